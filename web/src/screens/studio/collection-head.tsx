// Above the pictures of a collection: sharing it, calling it otherwise, being rid of it.
import { useState } from "preact/hooks";
import type { Collection } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Ask, Over } from "../../parts/sheet";
import { dropCollection, editCollection } from "../../stores/gallery";
import { say } from "../../words";
import { sayGallery } from "../../words/gallery";
import { NameForm } from "./collect-sheet";
import { ShareSheet } from "./share-sheet";

export function CollectionHead({ collection, onDropped }: { collection: Collection; onDropped: () => void }) {
  const [asked, setAsked] = useState<"share" | "rename" | "drop" | null>(null);
  const { busy, failure, attempt } = useDoing();
  const { id, name } = collection;
  const close = () => setAsked(null);

  async function rename(to: string) {
    const done = await attempt(() => editCollection(id, { name: to }));
    if (done) close();
  }

  async function drop() {
    close();
    const done = await attempt(() => dropCollection(id));
    if (done) onDropped();
  }

  return (
    <div class="selection-acts">
      <button class="button small" onClick={() => setAsked("share")}>
        <Icon name="share" small />
        {sayGallery("shareCollection")}
      </button>
      <button class="button small" onClick={() => setAsked("rename")}>
        <Icon name="edit" small />
        {sayGallery("rename")}
      </button>
      <button class="button small" onClick={() => setAsked("drop")}>
        <Icon name="bin" small />
        {sayGallery("dropCollection")}
      </button>
      <Failure error={failure} />
      {asked === "share" && <ShareSheet shared={{ kind: "collections", id }} title={name} onClose={close} />}
      {asked === "rename" && (
        <Over title={sayGallery("rename")} onClose={close}>
          <NameForm
            title={sayGallery("nameIt")}
            name={name}
            yes={say("save")}
            busy={busy}
            onName={(to) => void rename(to)}
          />
        </Over>
      )}
      {asked === "drop" && (
        <Ask
          title={sayGallery("dropAsked", { name })}
          yes={say("remove")}
          danger
          onYes={() => void drop()}
          onNo={close}
        >
          {sayGallery("dropMeans")}
        </Ask>
      )}
    </div>
  );
}
