// A picture over what it was made of, with an edge between them that is drawn to and fro: a slider as large as the picture.
import { useState } from "preact/hooks";
import { say } from "../words";
import { Icon } from "./icons";
import "./before-after.css";

interface Shown {
  before: string;
  after: string;
  /** Width over height. */
  shape: number;
  alt: string;
}

const RESTS_AT = 44; // per cent from the left
const KEY_STEP = 5;
const SWEPT_MS = 900;

/** Another pair wants another `key`: each arrives once. */
export function BeforeAfter({ before, after, shape, alt }: Shown) {
  const [at, setAt] = useState(100);
  const [arriving, setArriving] = useState(true);

  /** Once, from the right: that there is something to draw is seen without a word. */
  function sweep() {
    setAt(RESTS_AT);
    setTimeout(() => setArriving(false), SWEPT_MS);
  }

  function move(to: number) {
    setArriving(false);
    setAt(Math.min(100, Math.max(0, to)));
  }

  return (
    <div
      class={arriving ? "before-after arriving" : "before-after"}
      style={{ "--at": `${at}%`, "--shape": shape }}
      data-testid="before-after"
    >
      <img src={after} alt={alt} onLoad={sweep} data-testid="result" />
      <img class="before" src={before} alt="" />
      <span class="pill old">{say("before")}</span>
      <span class="pill new">{say("after")}</span>
      <input
        type="range"
        min={0}
        max={100}
        value={at}
        aria-label={say("beforeAfter")}
        onInput={({ currentTarget }) => move(currentTarget.valueAsNumber)}
        onKeyDown={(event) => {
          const way = { ArrowLeft: -KEY_STEP, ArrowRight: KEY_STEP }[event.key];
          if (!way) return;
          event.preventDefault();
          move(at + way);
        }}
      />
      <span class="edge" aria-hidden="true">
        <i>
          <Icon name="back" small />
          <Icon name="more" small />
        </i>
      </span>
    </div>
  );
}
