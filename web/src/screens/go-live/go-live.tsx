// Before one goes live: oneself in the camera, what it is about, who may come and when, and one red button. Nothing is
// on the server before the countdown has ended, and who leaves leaves nothing behind.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { goInstead } from "../../frame/place";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Face } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Icon, type IconName } from "../../parts/icons";
import { MovingPicture } from "../../parts/moving-picture";
import { Segments } from "../../parts/segments";
import { prepare } from "../../room/entrance";
import { Preview } from "../../room/preview";
import { ABOUT_NOTHING, type About } from "../../stores/about";
import { profile } from "../../stores/login";
import type { Every } from "../../stores/series";
import { tell } from "../../stores/toasts";
import { number, say, when } from "../../words";
import { sayOfPlans } from "../../words/plans";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { TITLE_CHARACTERS_MAX, titleFrom } from "../session/title";
import { AboutSheet, aboutInWords } from "./about";
import { DevicesSheet, WhenSheet } from "./choices";
import { Countdown } from "./countdown";
import { takeCover } from "./cover";
import { type Entry, goOnAir, plan, type Wish } from "./opening";
import { WhoSheet } from "./who";
import "./go-live.css";

const ENTRY_ICONS = { public: "people", pay_per_view: "ticket", subscribers_only: "crown" } as const;

export function GoLive() {
  if (profile.value?.is_creator) return <Wings host={profile.value.id} />;
  return (
    <Empty title={say("forCreators")} whole>
      <p>{say("becomeCreator")}</p>
      <a class="button main" href="#/">
        {say("toTheStage")}
      </a>
    </Empty>
  );
}

/** Where one stands before the curtain opens. */
function Wings({ host }: { host: string }) {
  const [kind, setKind] = useState<Wish["kind"]>("video_live");
  const [entry, setEntry] = useState<Entry>({ access_type: "public" });
  const [at, setAt] = useState<Date | null>(null);
  const [every, setEvery] = useState<Every>(null);
  const [about, setAbout] = useState<About>(ABOUT_NOTHING);
  const [cover, setCover] = useState<Blob | null>(null);
  const [sheet, setSheet] = useState<"who" | "when" | "about" | "devices" | null>(null);
  const [counting, setCounting] = useState<string | null>(null);
  const { busy, failure, attempt, fail } = useDoing();
  const preview = useMemo(() => new Preview(), []);
  const form = useRef<HTMLFormElement>(null);
  const video = kind === "video_live";

  useEffect(() => void preview.open({ video }), [video]);
  useEffect(() => () => preview.close(), []);

  const wish = (title: string): Wish => ({
    title,
    kind,
    entry,
    at,
    every: at ? every : null,
    about,
    cover: video ? cover : null,
  });

  function submit(event: SubmitEvent) {
    event.preventDefault();
    fail(null);
    try {
      const title = titleFrom(form.current);
      if (at) void attempt(() => put(title));
      else setCounting(title);
    } catch (refused) {
      fail(refused);
      form.current?.querySelector<HTMLInputElement>("[name=title]")?.focus();
    }
  }

  async function put(title: string) {
    const id = await plan(wish(title), host);
    tell(say("planned"));
    goInstead(`/session/${id}`);
  }

  async function open(title: string) {
    const opened = await attempt(async () => {
      const { session, livekit } = await goOnAir(wish(title), host);
      prepare({ sessionId: session.id, livekit, stream: preview.handOver() });
      goInstead(`/session/${session.id}`);
    });
    if (!opened) setCounting(null);
  }

  return (
    <article class="go-live night">
      <h1 class="unseen">{say("goLive")}</h1>
      <div class="mirror">
        {video ? <MovingPicture stream={preview.stream.value} mirrored /> : <Heard preview={preview} />}
        <CameraHelp preview={preview} video={video} onAudio={() => setKind("audio_room")} />
      </div>
      <a class="round veil leave" href="#/" aria-label={say("close")}>
        <Icon name="close" />
      </a>
      <div class="kind">
        <Segments
          name={say("kind")}
          value={kind}
          options={[
            { value: "video_live", label: say("videoLive") },
            { value: "audio_room", label: say("audio") },
          ]}
          onChoose={setKind}
        />
      </div>
      <Devices preview={preview} video={video} onMore={() => setSheet("devices")} />
      <form ref={form} onSubmit={submit} noValidate>
        <div class="headline">
          {video && <Cover stream={preview.stream.value} cover={cover} onTake={setCover} onFailure={fail} />}
          <label class="grow">
            {say("title")}
            <input
              name="title"
              maxLength={TITLE_CHARACTERS_MAX}
              placeholder={say("titleHint")}
              autocomplete="off"
              enterkeyhint="done"
              required
            />
          </label>
        </div>
        <div class="options">
          <Option
            icon={ENTRY_ICONS[entry.access_type]}
            name={whoMayCome(entry)}
            what={say("whoMayCome")}
            onClick={() => setSheet("who")}
          />
          <Option
            icon="clock"
            name={at ? when(at.toISOString()) : say("now")}
            what={at && every ? sayOfPlans(every) : say(at ? "whenIsIt" : "orPickDate")}
            onClick={() => setSheet("when")}
          />
          <Option
            icon="tag"
            name={aboutInWords(about) || sayOfPlans("aboutNothing")}
            what={sayOfPlans("about")}
            onClick={() => setSheet("about")}
          />
        </div>
        <Failure error={failure} />
        <button class="button main big full" disabled={busy || counting !== null || (!at && !preview.stream.value)}>
          {!at && <i class="record" />}
          {at ? say("planFor", { when: when(at.toISOString()) }) : say("goLive")}
        </button>
        <p class="note">{say(at ? "ticketsEarly" : "nobodySees")}</p>
      </form>
      {sheet === "who" && <WhoSheet value={entry} onChoose={setEntry} onClose={() => setSheet(null)} />}
      {sheet === "when" && (
        <WhenSheet value={at} every={every} onChoose={setAt} onEvery={setEvery} onClose={() => setSheet(null)} />
      )}
      {sheet === "about" && (
        <AboutSheet
          value={about}
          onClose={(chosen) => {
            setAbout(chosen);
            setSheet(null);
          }}
        />
      )}
      {sheet === "devices" && <DevicesSheet preview={preview} onClose={() => setSheet(null)} />}
      {counting !== null && <Countdown onZero={() => void open(counting)} onWait={() => setCounting(null)} />}
    </article>
  );
}

function whoMayCome(entry: Entry): string {
  if (entry.access_type === "public") return say("everybody");
  if (entry.access_type === "pay_per_view") return say("ticketOf", { coins: number(entry.ppv_coin_price) });
  return entry.least
    ? sayOfSubscriptions("fromTier", { tier: entry.least.name })
    : sayOfSubscriptions("forSubscribers");
}

/** An audio room has no picture: one's face, as loud as one is. */
function Heard({ preview }: { preview: Preview }) {
  return (
    <div class="heard">
      <span style={{ transform: `scale(${1 + preview.level.value * 0.4})` }} />
      <Face person={profile.value} size="huge" />
    </div>
  );
}

interface Help {
  preview: Preview;
  video: boolean;
  onAudio: () => void;
}

function CameraHelp({ preview, video, onAudio }: Help) {
  if (!preview.failure.value) {
    return (
      <p class="deaf" role="status">
        {preview.deaf.value && say("hearNothing")}
      </p>
    );
  }
  return (
    <div class="help">
      <Failure error={preview.failure.value} retry={() => void preview.change({})} />
      <p>{say("allowHint")}</p>
      {video && (
        <button type="button" class="button" onClick={onAudio}>
          {say("audioInstead")}
        </button>
      )}
    </div>
  );
}

function Devices({ preview, video, onMore }: { preview: Preview; video: boolean; onMore: () => void }) {
  const on = preview.microphone.value;
  return (
    <div class="devices">
      <Tool icon="settings" name={say("devices")} onClick={onMore} />
      {video && preview.cameras.value.length > 1 && (
        <Tool icon="flip" name={say("flip")} onClick={() => void preview.flip()} />
      )}
      <button
        type="button"
        class={on ? "round veil" : "round off"}
        aria-label={say("microphone")}
        aria-pressed={on}
        onClick={() => preview.turnMicrophone(!on)}
      >
        <Icon name={on ? "microphone" : "microphoneOff"} />
      </button>
      <span class="meter" aria-hidden="true">
        <i style={{ transform: `scaleY(${on ? preview.level.value : 0})` }} />
      </span>
    </div>
  );
}

function Tool({ icon, name, onClick }: { icon: IconName; name: string; onClick: () => void }) {
  return (
    <button type="button" class="round veil" aria-label={name} title={name} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

interface Covered {
  stream: MediaStream | null;
  cover: Blob | null;
  onTake: (cover: Blob) => void;
  onFailure: (error: unknown) => void;
}

/** What stands for the session in every list: taken from the camera when the host taps, and only then. */
function Cover({ stream, cover, onTake, onFailure }: Covered) {
  const url = useMemo(() => cover && URL.createObjectURL(cover), [cover]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return (
    <button
      type="button"
      class="cover-choice"
      disabled={!stream}
      aria-label={say("takeCover")}
      onClick={() => stream && takeCover(stream).then(onTake, onFailure)}
    >
      {url ? <img src={url} alt="" data-testid="cover" /> : <Icon name="camera" />}
      <span>{say("cover")}</span>
    </button>
  );
}

interface Offered {
  icon: IconName;
  name: string;
  what: string;
  onClick: () => void;
}

function Option({ icon, name, what, onClick }: Offered) {
  return (
    <button type="button" class="option" aria-haspopup="dialog" onClick={onClick}>
      <Icon name={icon} />
      <b>{name}</b>
      <small>{what}</small>
    </button>
  );
}
