// What a scene is called in other languages: one card each.
import { Icon } from "../../../parts/icons";
import { sayOfKeeping } from "../../../words/keeping";
import type { Naming } from "./draft";

interface Typed {
  namings: Naming[];
  onChange: (namings: Naming[]) => void;
}

const EMPTY: Naming = { locale: "", name: "", description: "" };

export function Namings({ namings, onChange }: Typed) {
  return (
    <section class="panel namings">
      <h2>{sayOfKeeping("inLanguages")}</h2>
      {namings.map((naming, index) => (
        <Card
          key={index}
          naming={naming}
          onChange={(part) => onChange(namings.with(index, { ...naming, ...part }))}
          onRemove={() => onChange(namings.toSpliced(index, 1))}
        />
      ))}
      <button type="button" class="button" onClick={() => onChange([...namings, EMPTY])}>
        {sayOfKeeping("addLanguage")}
      </button>
    </section>
  );
}

interface OfOne {
  naming: Naming;
  onChange: (part: Partial<Naming>) => void;
  onRemove: () => void;
}

function Card({ naming, onChange, onRemove }: OfOne) {
  const locale = naming.locale || "…";
  return (
    <fieldset aria-label={locale}>
      <div class="field">
        <label>
          {sayOfKeeping("locale")}
          <input
            value={naming.locale}
            required
            autocomplete="off"
            onInput={(event) => onChange({ locale: event.currentTarget.value })}
          />
        </label>
        <button
          type="button"
          class="round plain"
          aria-label={sayOfKeeping("removeLanguage", { locale })}
          onClick={onRemove}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="field">
        <label>
          {sayOfKeeping("name")}
          <input
            value={naming.name}
            maxLength={120}
            required
            onInput={(event) => onChange({ name: event.currentTarget.value })}
          />
        </label>
      </div>
      <div class="field">
        <label>
          {sayOfKeeping("description")}
          <input
            value={naming.description}
            maxLength={1000}
            onInput={(event) => onChange({ description: event.currentTarget.value })}
          />
        </label>
      </div>
    </fieldset>
  );
}
