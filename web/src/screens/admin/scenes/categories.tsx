// The groups of scenes in their order: moved up and down one place, named in every language, retired and brought back.
import { useState } from "preact/hooks";
import type { CategoryEdit, KeptCategory, NewCategory } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { Over } from "../../../parts/sheet";
import { Switch } from "../../../parts/switch";
import { operation } from "../../../server/client";
import { number, say } from "../../../words";
import { sayOfKeeping } from "../../../words/keeping";
import { useAsked } from "../asked";
import { type Naming, textOf } from "./draft";
import { Mover } from "./mover";
import { useOrder } from "./moving";
import { Namings } from "./namings";
import "./scenes.css";
import "./editor.css";

type Opened = KeptCategory | "new";

export function Categories() {
  const [round, setRound] = useState(0);
  const [opened, setOpened] = useState<Opened>();
  const { answer, failure, again } = useAsked(`categories ${round}`, async () => ({
    round,
    ...(await operation<"admin_categories">("GET", "admin/categories")),
  }));
  return (
    <>
      <div class="row">
        <button class="button main" onClick={() => setOpened("new")}>
          <Icon name="plus" />
          {sayOfKeeping("newCategory")}
        </button>
      </div>
      <Failure error={failure} retry={again} />
      {!answer && !failure && <span class="skeleton scenes-to-come" role="status" aria-label={say("loading")} />}
      {answer?.categories.length === 0 && <p class="dim">{sayOfKeeping("categoriesNone")}</p>}
      {answer && answer.categories.length > 0 && (
        <List key={answer.round} categories={answer.categories} onOpen={setOpened} />
      )}
      {opened && (
        <Form
          kept={opened === "new" ? null : opened}
          onClose={() => setOpened(undefined)}
          onSaved={() => setRound(round + 1)}
        />
      )}
    </>
  );
}

function List({ categories, onOpen }: { categories: KeptCategory[]; onOpen: (kept: KeptCategory) => void }) {
  const { order, busy, failure, move } = useOrder(categories, (moved) =>
    operation<"order_categories">("POST", "admin/categories/order", {
      category_ids: moved.map((each) => each.category.id),
    }),
  );
  return (
    <>
      <Failure error={failure} />
      <ol class="listing kept-scenes">
        {order.map((kept, index) => (
          <li key={kept.category.id} data-testid="kept-category">
            <span class="grow">
              <b class="cut">{kept.category.name}</b>
              <small class="dim">{factsOf(kept)}</small>
            </span>
            <button
              class="button small"
              aria-label={sayOfKeeping("change", { name: kept.category.name })}
              onClick={() => onOpen(kept)}
            >
              {sayOfKeeping("changeShort")}
            </button>
            <Mover
              up
              name={kept.category.name}
              disabled={busy || index === 0}
              onMove={() => void move(index, index - 1)}
            />
            <Mover
              name={kept.category.name}
              disabled={busy || index === order.length - 1}
              onMove={() => void move(index, index + 1)}
            />
          </li>
        ))}
      </ol>
    </>
  );
}

function factsOf({ category, translations }: KeptCategory): string {
  return [
    !category.is_active && sayOfKeeping("retired"),
    category.slug,
    ...translations.map((each) => `${each.locale}: ${each.name}`),
    sayOfKeeping("scenesIn", { count: number(category.scene_count) }),
  ]
    .filter(Boolean)
    .join(" · ");
}

interface Written {
  kept: KeptCategory | null;
  onClose: () => void;
  onSaved: () => void;
}

function Form({ kept, onClose, onSaved }: Written) {
  const category = kept?.category;
  const [before] = useState(() => fieldsOf(kept));
  const [typed, setTyped] = useState(before);
  const { busy, failure, attempt } = useDoing();
  const change = (part: Partial<Fields>) => setTyped((fields) => ({ ...fields, ...part }));

  async function save(event: SubmitEvent) {
    event.preventDefault();
    const done = await attempt(() =>
      category
        ? operation<"edit_category">("PATCH", `admin/categories/${category.id}`, changed(bodyOf(before), bodyOf(typed)))
        : operation<"add_category">("POST", "admin/categories", bodyOf(typed)),
    );
    if (!done) return;
    onClose();
    onSaved();
  }

  return (
    <Over title={category?.name ?? sayOfKeeping("newCategory")} onClose={onClose}>
      <form class="scene-form" onSubmit={(event) => void save(event)}>
        <Typed
          label={sayOfKeeping("name")}
          value={typed.name}
          most={120}
          required
          onType={(name) => change({ name })}
        />
        <div>
          <Typed
            label={sayOfKeeping("slug")}
            value={typed.slug}
            most={60}
            required
            onType={(slug) => change({ slug })}
          />
          <p class="hint">{sayOfKeeping("slugMeans")}</p>
        </div>
        <Typed
          label={sayOfKeeping("description")}
          value={typed.description}
          most={1000}
          onType={(description) => change({ description })}
        />
        <Namings namings={typed.namings} onChange={(namings) => change({ namings })} />
        <Switch
          name={sayOfKeeping("isActive")}
          means={sayOfKeeping("isActiveMeans")}
          on={typed.is_active}
          onTurn={(is_active) => change({ is_active })}
        />
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {say("save")}
        </button>
      </form>
    </Over>
  );
}

interface Fields {
  name: string;
  slug: string;
  description: string;
  is_active: boolean;
  namings: Naming[];
}

function fieldsOf(kept: KeptCategory | null): Fields {
  return {
    name: kept?.category.name ?? "",
    slug: kept?.category.slug ?? "",
    description: kept?.category.description ?? "",
    is_active: kept?.category.is_active ?? true,
    namings: (kept?.translations ?? []).map((each) => ({ ...each, description: each.description ?? "" })),
  };
}

function bodyOf(fields: Fields): NewCategory {
  return {
    name: fields.name.trim(),
    slug: fields.slug.trim(),
    description: textOf(fields.description),
    is_active: fields.is_active,
    translations: fields.namings.map((each) => ({ ...each, description: textOf(each.description) })),
  };
}

function changed(was: CategoryEdit, now: CategoryEdit): CategoryEdit {
  const names = (Object.keys(now) as (keyof CategoryEdit)[]).filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(was[name]),
  );
  return Object.fromEntries(names.map((name) => [name, now[name]]));
}

interface Line {
  label: string;
  value: string;
  most: number;
  required?: boolean;
  onType: (value: string) => void;
}

function Typed({ label, value, most, required = false, onType }: Line) {
  return (
    <div class="field">
      <label>
        {label}
        <input
          value={value}
          maxLength={most}
          required={required}
          autocomplete="off"
          onInput={(event) => onType(event.currentTarget.value)}
        />
      </label>
    </div>
  );
}
