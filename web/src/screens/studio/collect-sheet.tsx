// Into which collection the chosen pictures go: one that is there, or a new one.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Over } from "../../parts/sheet";
import { addCollection, collections, putIn } from "../../stores/gallery";
import { tell } from "../../stores/toasts";
import { number, say } from "../../words";
import { sayGallery } from "../../words/gallery";
import "./collect-sheet.css";

const NAME_CHARACTERS_MAX = 80;

interface Shown {
  ids: string[];
  onDone: () => void;
  onClose: () => void;
}

export function CollectSheet({ ids, onDone, onClose }: Shown) {
  const { busy, failure, attempt } = useDoing();

  async function collect(into: () => Promise<{ id: string; name: string }>) {
    const done = await attempt(async () => {
      const { id, name } = await into();
      await putIn(id, ids);
      tell(sayGallery("collected", { name }));
    });
    if (done) onDone();
  }

  return (
    <Over title={sayGallery("collect")} onClose={onClose}>
      {collections.value.length > 0 && (
        <ul class="listing">
          {collections.value.map((each) => (
            <li key={each.id}>
              <button class="collection" disabled={busy} onClick={() => void collect(async () => each)}>
                {each.cover ? <img src={each.cover} alt="" /> : <Icon name="image" />}
                <span class="grow">
                  <b>{each.name}</b>
                  <small class="dim">
                    {say(each.images === 1 ? "onePicture" : "manyPictures", { count: number(each.images) })}
                  </small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <NameForm
        title={sayGallery("newCollection")}
        yes={sayGallery("create")}
        busy={busy}
        onName={(name) => void collect(() => addCollection(name))}
      />
      <Failure error={failure} />
    </Over>
  );
}

interface Named {
  title: string;
  name?: string;
  yes: string;
  busy: boolean;
  onName: (name: string) => void;
}

export function NameForm({ title, name = "", yes, busy, onName }: Named) {
  const [typed, setTyped] = useState(name);
  return (
    <form
      class="name-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim()) onName(typed.trim());
      }}
    >
      <div class="field">
        <label>
          {title}
          <input
            value={typed}
            maxLength={NAME_CHARACTERS_MAX}
            placeholder={sayGallery("nameIt")}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
      </div>
      <button class="button main full" disabled={busy || !typed.trim()}>
        {yes}
      </button>
    </form>
  );
}
