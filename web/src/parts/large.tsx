// One picture, large: keep it, like it, or be rid of it.
import { useEffect, useRef, useState } from "preact/hooks";
import type { SignedPicture } from "../pictures";
import { say, when } from "../words";
import { Ask } from "./ask";
import { Star } from "./icons";

interface Shown {
  picture: SignedPicture;
  onFavorite: () => void;
  onRemove: () => void;
  onClose: () => void;
}

export function Large({ picture, onFavorite, onRemove, onClose }: Shown) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [asked, setAsked] = useState(false);
  useEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog class="large card" ref={dialog} aria-label={say("picture")} onClose={onClose}>
      <img src={picture.full} alt={`${say("picture")}, ${when(picture.created_at)}`} data-testid="large" />
      <div class="row">
        <a class="button main" href={`${picture.full}&download=${nameFor(picture)}`} download={nameFor(picture)}>
          {say("download")}
        </a>
        <button aria-pressed={picture.is_favorite} onClick={onFavorite}>
          <Star full={picture.is_favorite} /> {say("favorite")}
        </button>
        <button onClick={() => setAsked(true)}>{say("remove")}</button>
        <span class="grow" />
        <button class="quiet" onClick={() => dialog.current!.close()}>
          {say("close")}
        </button>
      </div>
      {asked && (
        <Ask yes={say("remove")} onYes={onRemove} onNo={() => setAsked(false)}>
          {say("removeAsked")}
        </Ask>
      )}
    </dialog>
  );
}

function nameFor(picture: SignedPicture): string {
  const ending = /\.\w+$/.exec(picture.image_url)?.[0] ?? ".png";
  return `sahne-${picture.created_at.slice(0, 10)}-${picture.id.slice(0, 8)}${ending}`;
}
