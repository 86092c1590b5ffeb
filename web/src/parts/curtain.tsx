// The curtain: parted before a lit stage at the door, closed where nothing is on. Drawn from folds, so that it can move.
const WIDTH = 400;
const SHADES = ["#8c1038", "#b81a47", "#c8204f", "#9d1440", "#7a0c31"] as const;
const FOLDS = 8;
const SCALLOPS = 6;

/** How wide a parted half is at the top, at its tie and at its foot; where the tie is, and the foot. */
const HALF = { top: 158, tie: 62, foot: 82, tieAt: 236, footAt: 420 } as const;

export function Curtain({ closed = false }: { closed?: boolean }) {
  return closed ? <Closed /> : <Parted />;
}

function Parted() {
  return (
    <svg class="curtain" viewBox={`0 0 ${WIDTH} 400`} preserveAspectRatio="xMidYMin slice" aria-hidden="true">
      <defs>
        <radialGradient id="stage-glow" cx=".5" cy=".62" r=".62">
          <stop offset="0" stop-color="#8f3b4d" />
          <stop offset=".55" stop-color="#4a1733" />
          <stop offset="1" stop-color="#22091d" />
        </radialGradient>
        <linearGradient id="stage-beam" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stop-color="#fff3d0" stop-opacity=".75" />
          <stop offset="1" stop-color="#ffdf9f" stop-opacity=".08" />
        </linearGradient>
        <Trimmings />
      </defs>
      <rect width={WIDTH} height="400" fill="url(#stage-glow)" />
      <path d="M186 0H214L310 352H90Z" fill="url(#stage-beam)" />
      <ellipse cx="200" cy="352" rx="112" ry="22" fill="#ffdf9f" opacity=".5" />
      <Microphone />
      <g class="half left">
        <Half />
      </g>
      <g class="half right">
        <g transform={`translate(${WIDTH} 0) scale(-1 1)`}>
          <Half />
        </g>
      </g>
      <Valance />
    </svg>
  );
}

function Half() {
  const { tieAt, footAt } = HALF;
  const at = (width: number, fold: number) => ((width * fold) / FOLDS).toFixed(1);
  const edge = (fold: number) => ({ top: at(HALF.top, fold), tie: at(HALF.tie, fold), foot: at(HALF.foot, fold) });
  return (
    <>
      {Array.from({ length: FOLDS }, (_, fold) => {
        const near = edge(fold);
        const far = edge(fold + 1.1);
        const down = `C${near.top} 120 ${near.tie} 160 ${near.tie} ${tieAt}S${near.foot} 300 ${near.foot} ${footAt}`;
        const up = `C${far.foot} 300 ${far.tie} 300 ${far.tie} ${tieAt}S${far.top} 120 ${far.top} 0`;
        return (
          <path key={fold} d={`M${near.top} 0${down}H${far.foot}${up}Z`} fill={SHADES[(fold * 2) % SHADES.length]} />
        );
      })}
      <rect x="-4" y={tieAt - 6} width={HALF.tie + 14} height="13" rx="6.5" fill="url(#gold-trim)" />
    </>
  );
}

function Microphone() {
  return (
    <g>
      <path d="M200 196V350" stroke="#1b0b17" stroke-width="6" />
      <ellipse cx="200" cy="351" rx="30" ry="6" fill="#1b0b17" />
      <rect x="189" y="182" width="22" height="30" rx="9" fill="#2b1423" />
      <circle cx="200" cy="166" r="20" fill="#c9bcc2" />
      <path
        d="M182 160H218M181 168H219M184 176H216M192 148V184M200 146V186M208 148V184"
        stroke="#7d6c76"
        stroke-width="2"
      />
      <path
        d="M180 166A20 20 0 0 1 200 146"
        stroke="#fff"
        stroke-width="3"
        fill="none"
        opacity=".7"
        stroke-linecap="round"
      />
    </g>
  );
}

function Closed() {
  const fold = 320 / 12;
  return (
    <svg class="curtain closed" viewBox="0 0 400 246" aria-hidden="true">
      <defs>
        <clipPath id="stage-frame">
          <rect x="40" y="6" width="320" height="222" rx="18" />
        </clipPath>
        <linearGradient id="stage-fold">
          <stop offset="0" stop-color={SHADES[0]} />
          <stop offset=".5" stop-color={SHADES[2]} />
          <stop offset="1" stop-color={SHADES[4]} />
        </linearGradient>
        <radialGradient id="ghost-light" cx=".5" cy=".55" r=".55">
          <stop offset="0" stop-color="#ffdf9f" stop-opacity=".8" />
          <stop offset="1" stop-color="#ffb36b" stop-opacity="0" />
        </radialGradient>
        <Trimmings />
      </defs>
      <g clip-path="url(#stage-frame)">
        {Array.from({ length: 12 }, (_, index) => (
          <rect key={index} x={40 + index * fold} width={fold + 0.3} height="240" fill="url(#stage-fold)" />
        ))}
        <ellipse cx="200" cy="138" rx="130" ry="112" fill="url(#ghost-light)" />
        <g transform="translate(40 0) scale(.8 .62)">
          <Valance />
        </g>
      </g>
      <rect x="26" y="222" width="348" height="15" rx="7.5" fill="url(#gold-trim)" />
      <path d="M198 138H202V214H216L220 223H180L184 214H198Z" fill="#3a1c28" />
      <circle cx="200" cy="126" r="14" fill="#fff3cf" />
    </svg>
  );
}

function Valance() {
  const step = WIDTH / SCALLOPS;
  const scallops = Array.from({ length: SCALLOPS }, () => `q${-step / 2} 50 ${-step} 0`).join("");
  return (
    <>
      <path d={`M0 -6H${WIDTH}V42${scallops}Z`} fill="url(#valance)" />
      <path
        d={`M${WIDTH} 42${scallops}`}
        fill="none"
        stroke="url(#gold-trim)"
        stroke-width="5"
        stroke-linejoin="round"
      />
    </>
  );
}

function Trimmings() {
  return (
    <>
      <linearGradient id="valance" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="#6e0b2b" />
        <stop offset="1" stop-color="#c41f4d" />
      </linearGradient>
      <linearGradient id="gold-trim" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="#ffdf9f" />
        <stop offset="1" stop-color="#d9962f" />
      </linearGradient>
    </>
  );
}
