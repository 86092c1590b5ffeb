// The fields of a scene: what it is called, what makes its pictures with the placeholders at hand, for whom and when.
import { useRef } from "preact/hooks";
import type { KeptCategory } from "../../../operations";
import { Switch } from "../../../parts/switch";
import { type KeepingWord, sayOfKeeping } from "../../../words/keeping";
import { type Draft, PLACEHOLDERS } from "./draft";

interface Typed {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

export function Fields({ draft, change, categories }: Typed & { categories: KeptCategory[] }) {
  return (
    <>
      <Text field="name" word="name" most={120} required {...{ draft, change }} />
      <Text field="description" word="description" most={1000} {...{ draft, change }} />
      <div class="pair">
        <div class="field">
          <label>
            {sayOfKeeping("category")}
            <select value={draft.category} onChange={(event) => change({ category: event.currentTarget.value })}>
              {categories.map(({ category: { slug, name } }) => (
                <option key={slug} value={slug}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Text field="subcategory" word="subcategory" most={120} {...{ draft, change }} />
      </div>
      <Template {...{ draft, change }} />
      <Lines field="negative_prompt" word="negative" {...{ draft, change }} />
      <Text field="keywords" word="keywords" most={1300} {...{ draft, change }} />
      <Text field="thumbnail_url" word="thumbnail" most={2000} {...{ draft, change }} />
      <ul class="panel switches">
        <li>
          <Switch
            name={sayOfKeeping("isActive")}
            means={sayOfKeeping("isActiveMeans")}
            on={draft.is_active}
            onTurn={(is_active) => change({ is_active })}
          />
        </li>
        <li>
          <Switch
            name={sayOfKeeping("isPremium")}
            means={sayOfKeeping("isPremiumMeans")}
            on={draft.is_premium}
            onTurn={(is_premium) => change({ is_premium })}
          />
        </li>
      </ul>
      <div>
        <div class="pair">
          <Moment field="active_from" word="from" {...{ draft, change }} />
          <Moment field="active_until" word="until" {...{ draft, change }} />
        </div>
        <p class="hint">{sayOfKeeping("untilMeans")}</p>
      </div>
    </>
  );
}

interface Named extends Typed {
  word: KeepingWord;
}

type TextField = "name" | "description" | "subcategory" | "keywords" | "thumbnail_url";

function Text(props: Named & { field: TextField; most: number; required?: boolean }) {
  const { field, word, most, required, draft, change } = props;
  return (
    <div class="field">
      <label>
        {sayOfKeeping(word)}
        <input
          value={draft[field]}
          maxLength={most}
          required={required}
          autocomplete="off"
          onInput={(event) => change({ [field]: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

function Template({ draft, change }: Typed) {
  const typed = useRef<HTMLTextAreaElement>(null);

  /** Where the cursor is, which stays behind it. */
  function insert(placeholder: string) {
    const area = typed.current!;
    area.setRangeText(placeholder, area.selectionStart, area.selectionEnd, "end");
    change({ prompt_template: area.value });
    area.focus();
  }

  return (
    <div>
      <div class="field of-template">
        <label>
          {sayOfKeeping("template")}
          <textarea
            ref={typed}
            rows={5}
            maxLength={8000}
            required
            value={draft.prompt_template}
            onInput={(event) => change({ prompt_template: event.currentTarget.value })}
          />
        </label>
      </div>
      <p class="hint">{sayOfKeeping("templateMeans", { placeholders: PLACEHOLDERS.join(" ") })}</p>
      <div class="row">
        {PLACEHOLDERS.map((each) => (
          <button
            key={each}
            type="button"
            class="button small"
            aria-label={sayOfKeeping("insert", { placeholder: each })}
            onClick={() => insert(each)}
          >
            {each}
          </button>
        ))}
      </div>
    </div>
  );
}

function Lines({ field, word, draft, change }: Named & { field: "negative_prompt" }) {
  return (
    <div class="field of-template">
      <label>
        {sayOfKeeping(word)}
        <textarea
          rows={2}
          maxLength={8000}
          value={draft[field]}
          onInput={(event) => change({ [field]: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}

function Moment({ field, word, draft, change }: Named & { field: "active_from" | "active_until" }) {
  return (
    <div class="field">
      <label>
        {sayOfKeeping(word)}
        <input
          type="datetime-local"
          value={draft[field]}
          onInput={(event) => change({ [field]: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}
