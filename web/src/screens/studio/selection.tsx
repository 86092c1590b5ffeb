// What can be done with several pictures at once: like them, put them in a collection or take them out, delete them.
import { useState } from "preact/hooks";
import type { Collection } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Ask } from "../../parts/sheet";
import { editCollection, markPictures, removePictures, takeOut } from "../../stores/gallery";
import type { SignedPicture } from "../../stores/pictures";
import { tell } from "../../stores/toasts";
import { number, say } from "../../words";
import { sayGallery } from "../../words/gallery";
import { CollectSheet } from "./collect-sheet";

interface Chosen {
  pictures: SignedPicture[];
  /** Whose pictures are shown, if one's are. */
  collection: Collection | undefined;
  onChange: (changed: SignedPicture) => void;
  onRemoved: (ids: string[]) => void;
  onDone: () => void;
}

export function Selection({ pictures, collection, onChange, onRemoved, onDone }: Chosen) {
  const [asked, setAsked] = useState<"remove" | "collect" | null>(null);
  const { busy, failure, attempt } = useDoing();
  const ids = pictures.map((each) => each.id);
  const liked = pictures.every((each) => each.is_favorite);

  async function mark() {
    const done = await attempt(() => markPictures(ids, !liked));
    if (done) for (const each of pictures) onChange({ ...each, is_favorite: !liked });
  }

  async function remove() {
    setAsked(null);
    const done = await attempt(async () => {
      const gone = await removePictures(ids);
      onRemoved(gone);
      tell(sayGallery("removedMany", { count: number(gone.length) }));
    });
    if (done) onDone();
  }

  async function leave(from: Collection) {
    const done = await attempt(() => takeOut(from.id, ids));
    if (!done) return;
    tell(sayGallery("takenOut"));
    onRemoved(ids);
    onDone();
  }

  async function cover(of: Collection) {
    const done = await attempt(() => editCollection(of.id, { cover_image_id: ids[0]! }));
    if (!done) return;
    tell(sayGallery("coverSet"));
    onDone();
  }

  return (
    <div class="selection" role="toolbar" aria-label={sayGallery("chosen", { count: number(ids.length) })}>
      <Failure error={failure} />
      <b role="status">{sayGallery("chosen", { count: number(ids.length) })}</b>
      <div class="selection-acts">
        <button class="button small" disabled={busy} onClick={() => void mark()}>
          <Icon name="heart" small filled={liked} />
          {sayGallery(liked ? "unlike" : "like")}
        </button>
        <button class="button small" disabled={busy} onClick={() => setAsked("collect")}>
          <Icon name="plus" small />
          {sayGallery("collect")}
        </button>
        {collection && (
          <button class="button small" disabled={busy} onClick={() => void leave(collection)}>
            <Icon name="less" small />
            {sayGallery("takeOut")}
          </button>
        )}
        {collection && ids.length === 1 && (
          <button class="button small" disabled={busy} onClick={() => void cover(collection)}>
            <Icon name="image" small />
            {sayGallery("makeCover")}
          </button>
        )}
        <button class="button small danger" disabled={busy} onClick={() => setAsked("remove")}>
          <Icon name="bin" small />
          {say("remove")}
        </button>
      </div>
      {asked === "remove" && (
        <Ask
          title={sayGallery("removeMany", { count: number(ids.length) })}
          yes={say("remove")}
          danger
          onYes={() => void remove()}
          onNo={() => setAsked(null)}
        >
          {sayGallery("removeManyMeans")}
        </Ask>
      )}
      {asked === "collect" && <CollectSheet ids={ids} onDone={onDone} onClose={() => setAsked(null)} />}
    </div>
  );
}
