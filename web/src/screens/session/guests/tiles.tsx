// Several on one stage: each a tile with a name, a microphone and a ring while they speak; who comes opens like a curtain,
// and the others make room.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Face, nameOf } from "../../../parts/face";
import { Icon } from "../../../parts/icons";
import { MovingPicture } from "../../../parts/moving-picture";
import type { Broadcast, Voice } from "../../../room/live-room";
import { meetPeople, people } from "../../../stores/people";
import { say } from "../../../words";
import type { OnStage } from "./line-up";
import "./tiles.css";

const REFLOWED_IN_MS = 320;
const EASING = "cubic-bezier(0.6, 0, 0.2, 1)"; // `--e-both`, where a script moves things

interface Several {
  shown: OnStage[];
  hostId: string;
  /** A tap on somebody. */
  onName: (id: string) => void;
}

export function Tiles({ shown, hostId, onName }: Several) {
  const order = shown.map((each) => each.key).join();
  const grid = useReflow<HTMLDivElement>(order);
  useEffect(() => void meetPeople(shown.map((each) => each.id)), [order]);
  return (
    <div class="tiles" data-count={shown.length} ref={grid}>
      {shown.map(({ key, id, picture, voice }) => (
        <figure key={key} class={voice?.speaking ? "speaking" : ""} data-testid="tile">
          {picture ? <Seen picture={picture} /> : <Unseen id={id} />}
          <button
            class="of-tile"
            aria-haspopup="dialog"
            aria-label={nameOf(people.value[id])}
            onClick={() => onName(id)}
          />
          <Caption id={id} voice={voice} host={id === hostId} />
        </figure>
      ))}
    </div>
  );
}

function Seen({ picture }: { picture: Broadcast }) {
  return <MovingPicture track={picture.track} mirrored={picture.own && !picture.screen} whole={picture.screen} />;
}

/** A camera that is off. */
function Unseen({ id }: { id: string }) {
  return (
    <span class="unseen-guest">
      <Face person={people.value[id]} size="large" />
    </span>
  );
}

function Caption({ id, voice, host }: { id: string; voice: Voice | undefined; host: boolean }) {
  return (
    <figcaption>
      <Icon name={voice?.microphone ? "microphone" : "microphoneOff"} small />
      <span class="cut">{nameOf(people.value[id])}</span>
      {host && <em>{say("host")}</em>}
    </figcaption>
  );
}

/** Tiles slide from where they were to where they are: nothing is laid out twice. */
function useReflow<T extends HTMLElement>(order: string) {
  const grid = useRef<T>(null);
  const before = useRef(new Map<Element, DOMRect>());
  useLayoutEffect(() => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const now = new Map([...(grid.current?.children ?? [])].map((tile) => [tile, tile.getBoundingClientRect()]));
    for (const [tile, place] of now) {
      const was = before.current.get(tile);
      if (was && !still) tile.animate([{ transform: fromTo(was, place) }, { transform: "none" }], MOVE);
    }
    before.current = now;
  }, [order]);
  return grid;
}

const MOVE = { duration: REFLOWED_IN_MS, easing: EASING };

function fromTo(was: DOMRect, now: DOMRect): string {
  const x = was.left + was.width / 2 - (now.left + now.width / 2);
  const y = was.top + was.height / 2 - (now.top + now.height / 2);
  return `translate(${x}px, ${y}px) scale(${was.width / now.width}, ${was.height / now.height})`;
}
