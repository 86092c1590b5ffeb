// One picture, large: keep it, like it, or be rid of it.
import { useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { Ask, Over } from "../../parts/sheet";
import type { SignedPicture } from "../../stores/pictures";
import { say, when } from "../../words";

interface Shown {
  picture: SignedPicture;
  onFavorite: () => void;
  onRemove: () => void;
  onClose: () => void;
}

export function Large({ picture, onFavorite, onRemove, onClose }: Shown) {
  const [asked, setAsked] = useState(false);
  return (
    <Over title={say("picture")} kind="large" onClose={onClose}>
      <img src={picture.full} alt={`${say("picture")}, ${when(picture.created_at)}`} data-testid="large" />
      <div class="row">
        <a class="button main" href={`${picture.full}&download=${nameFor(picture)}`} download={nameFor(picture)}>
          {say("download")}
        </a>
        <button class="button" aria-pressed={picture.is_favorite} onClick={onFavorite}>
          <Icon name="star" filled={picture.is_favorite} /> {say("favorite")}
        </button>
        <button class="button" onClick={() => setAsked(true)}>
          {say("remove")}
        </button>
      </div>
      {asked && (
        <Ask title={say("removeAsked")} yes={say("remove")} danger onYes={onRemove} onNo={() => setAsked(false)} />
      )}
    </Over>
  );
}

function nameFor(picture: SignedPicture): string {
  const ending = /\.\w+$/.exec(picture.image_url)?.[0] ?? ".png";
  return `sahne-${picture.created_at.slice(0, 10)}-${picture.id.slice(0, 8)}${ending}`;
}
