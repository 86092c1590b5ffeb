// A trial to be: a name, and two ways or more of making the scene's pictures. Each begins as the scene is now; what is changed
// of it is sent.
import { useState } from "preact/hooks";
import type { KeptScene, Variant } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { Over } from "../../../parts/sheet";
import { operation } from "../../../server/client";
import { number } from "../../../words";
import { sayOfKeeping } from "../../../words/keeping";
import { sayOfTrying } from "../../../words/trying";
import { keywordsOf, textOf } from "./draft";

const WAYS_MIN = 2;
const WAYS_MAX = 8;
const WEIGHT_MAX = 1000;

interface Way {
  label: string;
  weight: number;
  template: string;
  negative: string;
  keywords: string;
}

interface Opened {
  kept: KeptScene;
  onClose: () => void;
  onStarted: () => void;
}

export function NewTrial({ kept, onClose, onStarted }: Opened) {
  const now: Way = {
    label: "",
    weight: 1,
    template: kept.prompt_template,
    negative: kept.negative_prompt ?? "",
    keywords: (kept.scene.style_keywords ?? []).join(", "),
  };
  const [name, setName] = useState("");
  const [ways, setWays] = useState<Way[]>([{ ...now, label: sayOfTrying("now") }, now]);
  const { busy, failure, attempt } = useDoing();

  async function start(event: SubmitEvent) {
    event.preventDefault();
    const body = { name: name.trim(), variants: ways.map((way) => otherwise(way, now)) };
    const path = `admin/scenes/${kept.scene.id}/experiments` as const;
    if (!(await attempt(() => operation<"start_experiment">("POST", path, body)))) return;
    onClose();
    onStarted();
  }

  return (
    <Over title={sayOfTrying("start")} held onClose={onClose}>
      <form class="scene-form" onSubmit={(event) => void start(event)}>
        <div class="field">
          <label>
            {sayOfTrying("trialName")}
            <input value={name} maxLength={120} required onInput={(event) => setName(event.currentTarget.value)} />
          </label>
        </div>
        <p class="dim">{sayOfTrying("waysMean")}</p>
        {ways.map((way, index) => (
          <Fields
            key={index}
            place={index + 1}
            way={way}
            onChange={(part) => setWays(ways.with(index, { ...way, ...part }))}
            onRemove={ways.length > WAYS_MIN ? () => setWays(ways.toSpliced(index, 1)) : undefined}
          />
        ))}
        {ways.length < WAYS_MAX && (
          <button type="button" class="button" onClick={() => setWays([...ways, now])}>
            {sayOfTrying("addWay")}
          </button>
        )}
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {sayOfTrying("start")}
        </button>
      </form>
    </Over>
  );
}

/** What a way has otherwise than the scene now. */
function otherwise(way: Way, now: Way): Variant {
  return {
    label: way.label.trim(),
    weight: way.weight,
    ...(way.template === now.template ? {} : { prompt_template: way.template.trim() }),
    ...(way.negative === now.negative ? {} : { negative_prompt: textOf(way.negative) }),
    ...(way.keywords === now.keywords ? {} : { style_keywords: keywordsOf(way.keywords) }),
  };
}

interface OfOne {
  place: number;
  way: Way;
  onChange: (part: Partial<Way>) => void;
  onRemove: (() => void) | undefined;
}

function Fields({ place, way, onChange, onRemove }: OfOne) {
  const values = { number: number(place) };
  return (
    <fieldset aria-label={sayOfTrying("way", values)}>
      <h2>{sayOfTrying("way", values)}</h2>
      <div class="field">
        <label>
          {sayOfTrying("label")}
          <input
            value={way.label}
            maxLength={40}
            required
            autocomplete="off"
            onInput={(event) => onChange({ label: event.currentTarget.value })}
          />
        </label>
        {onRemove && (
          <button type="button" class="round plain" aria-label={sayOfTrying("removeWay", values)} onClick={onRemove}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <div class="field">
        <label>
          {sayOfTrying("weight")}
          <input
            type="number"
            inputMode="numeric"
            min={1}
            max={WEIGHT_MAX}
            step={1}
            required
            value={way.weight}
            onInput={(event) => onChange({ weight: event.currentTarget.valueAsNumber })}
          />
        </label>
      </div>
      <Lines
        label={sayOfKeeping("template")}
        rows={4}
        required
        value={way.template}
        onType={(template) => onChange({ template })}
      />
      <Lines
        label={sayOfKeeping("negative")}
        rows={2}
        value={way.negative}
        onType={(negative) => onChange({ negative })}
      />
      <Lines
        label={sayOfKeeping("keywords")}
        rows={2}
        value={way.keywords}
        onType={(keywords) => onChange({ keywords })}
      />
    </fieldset>
  );
}

interface Typed {
  label: string;
  rows: number;
  required?: boolean;
  value: string;
  onType: (value: string) => void;
}

function Lines({ label, rows, required = false, value, onType }: Typed) {
  return (
    <div class="field of-template">
      <label>
        {label}
        <textarea
          rows={rows}
          maxLength={8000}
          required={required}
          value={value}
          onInput={(event) => onType(event.currentTarget.value)}
        />
      </label>
    </div>
  );
}
