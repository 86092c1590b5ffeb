// One picture over everything; a swipe, an arrow key or a button shows the next. What it was made of is a tap away.
import { useEffect, useRef, useState } from "preact/hooks";
import { BeforeAfter } from "../../parts/before-after";
import { Icon } from "../../parts/icons";
import { Over } from "../../parts/sheet";
import { photoOf, type SignedPicture } from "../../stores/pictures";
import { say, when } from "../../words";
import { sceneName } from "../../words/scenes";
import { Actions } from "./actions";
import { labelOf, shapeOf } from "./picture";
import "./viewer.css";

interface Shown {
  pictures: SignedPicture[];
  first: number;
  onChange: (changed: SignedPicture) => void;
  onRemoved: (id: string) => void;
  onClose: () => void;
}

export function Viewer({ pictures, first, onChange, onRemoved, onClose }: Shown) {
  const [at, setAt] = useState(first);
  const [photo, setPhoto] = useState<string | null>(null);
  const [compared, setCompared] = useState(false);
  const track = useRef<HTMLUListElement>(null);
  const picture = pictures[Math.min(at, pictures.length - 1)]!;

  useEffect(() => track.current?.scrollTo({ left: first * track.current.clientWidth }), []);
  useEffect(() => {
    setPhoto(null);
    setCompared(false);
    let wanted = true;
    photoOf(picture).then(
      (url) => wanted && setPhoto(url),
      () => {}, // it is not kept any more
    );
    return () => {
      wanted = false;
    };
  }, [picture.id]);

  function turn(by: number) {
    track.current?.scrollBy({ left: by * track.current.clientWidth, behavior: "smooth" });
  }

  function removed() {
    if (pictures.length === 1) onClose();
    onRemoved(picture.id);
  }

  return (
    <Over title={picture.scene ? sceneName(picture.scene) : say("picture")} kind="screenful" onClose={onClose}>
      <div class="viewer">
        <ul
          class={compared ? "track unseen" : "track"}
          ref={track}
          onScroll={({ currentTarget }) => setAt(Math.round(currentTarget.scrollLeft / currentTarget.clientWidth))}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys, which then scroll it
          tabIndex={0}
        >
          {pictures.map((each) => (
            <li key={each.id}>
              <img
                src={each.full}
                alt={labelOf(each)}
                loading="lazy"
                data-testid={each === picture ? "large" : undefined}
              />
            </li>
          ))}
        </ul>
        {compared && photo && (
          <div class="compared">
            <BeforeAfter
              key={picture.id}
              before={photo}
              after={picture.full}
              shape={shapeOf(picture)}
              alt={labelOf(picture)}
            />
          </div>
        )}
        {!compared && at > 0 && (
          <button class="round veil turn" aria-label={say("previous")} onClick={() => turn(-1)}>
            <Icon name="back" />
          </button>
        )}
        {!compared && at < pictures.length - 1 && (
          <button class="round veil turn next" aria-label={say("next")} onClick={() => turn(1)}>
            <Icon name="more" />
          </button>
        )}
      </div>
      <p class="viewer-facts dim">
        {when(picture.created_at)}
        {photo && (
          <button class="button small" aria-pressed={compared} onClick={() => setCompared(!compared)}>
            {say("beforeAfter")}
          </button>
        )}
      </p>
      <Actions picture={picture} onChange={onChange} onRemoved={removed} />
    </Over>
  );
}
