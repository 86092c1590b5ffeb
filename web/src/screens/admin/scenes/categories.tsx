// The groups of scenes in their order: moved up and down one place, named in every language, retired and brought back.
import { useState } from "preact/hooks";
import type { KeptCategory, NewCategory } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { Over } from "../../../parts/sheet";
import { Switch } from "../../../parts/switch";
import { operation } from "../../../server/client";
import { number, say } from "../../../words";
import { sayOfKeeping } from "../../../words/keeping";
import { useAsked } from "../asked";
import type { Naming } from "./draft";
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
  const [name, setName] = useState(category?.name ?? "");
  const [slug, setSlug] = useState(category?.slug ?? "");
  const [description, setDescription] = useState(category?.description ?? "");
  const [isActive, setActive] = useState(category?.is_active ?? true);
  const [namings, setNamings] = useState<Naming[]>(
    (kept?.translations ?? []).map((each) => ({ ...each, description: each.description ?? "" })),
  );
  const { busy, failure, attempt } = useDoing();

  async function save(event: SubmitEvent) {
    event.preventDefault();
    const body: NewCategory = {
      name: name.trim(),
      slug: slug.trim(),
      description: description.trim() || null,
      is_active: isActive,
      translations: namings.map((each) => ({ ...each, description: each.description.trim() || null })),
    };
    const done = await attempt(() =>
      category
        ? operation<"edit_category">("PATCH", `admin/categories/${category.id}`, body)
        : operation<"add_category">("POST", "admin/categories", body),
    );
    if (!done) return;
    onClose();
    onSaved();
  }

  return (
    <Over title={category?.name ?? sayOfKeeping("newCategory")} onClose={onClose}>
      <form class="scene-form" onSubmit={(event) => void save(event)}>
        <Typed label={sayOfKeeping("name")} value={name} most={120} required onType={setName} />
        <div>
          <Typed label={sayOfKeeping("slug")} value={slug} most={60} required onType={setSlug} />
          <p class="hint">{sayOfKeeping("slugMeans")}</p>
        </div>
        <Typed label={sayOfKeeping("description")} value={description} most={1000} onType={setDescription} />
        <Namings namings={namings} onChange={setNamings} />
        <Switch
          name={sayOfKeeping("isActive")}
          means={sayOfKeeping("isActiveMeans")}
          on={isActive}
          onTurn={setActive}
        />
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {say("save")}
        </button>
      </form>
    </Over>
  );
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
