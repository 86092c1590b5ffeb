// All scenes in their order, retired ones too: each a way into it, moved up and down one place.
import { useState } from "preact/hooks";
import type { KeptScene } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { operation } from "../../../server/client";
import { number, say } from "../../../words";
import { sayOfKeeping } from "../../../words/keeping";
import { useAsked } from "../asked";
import "./scenes.css";

const PAGE = 100;

export function Scenes() {
  const { answer, failure, again } = useAsked("scenes", readAll);
  return (
    <>
      <a class="button main new-scene" href="#/admin/scenes/new">
        <Icon name="plus" />
        {sayOfKeeping("newScene")}
      </a>
      <Failure error={failure} retry={again} />
      {!answer && !failure && <span class="skeleton scenes-to-come" role="status" aria-label={say("loading")} />}
      {answer?.length === 0 && <p class="dim">{sayOfKeeping("scenesNone")}</p>}
      {answer && answer.length > 0 && <List scenes={answer} />}
    </>
  );
}

async function readAll(): Promise<KeptScene[]> {
  const all: KeptScene[] = [];
  let after: string | null = null;
  do {
    const page: string = after === null ? "" : `&after=${encodeURIComponent(after)}`;
    const told = await operation<"admin_scenes">("GET", `admin/scenes?limit=${PAGE}${page}`);
    all.push(...told.scenes);
    after = told.next;
  } while (after !== null);
  return all;
}

function List({ scenes }: { scenes: KeptScene[] }) {
  const [order, setOrder] = useState(scenes);
  const { busy, failure, attempt } = useDoing();

  /** Shown at once, put back if it is refused. */
  async function move(from: number, to: number) {
    const moved = order.with(from, order[to]!).with(to, order[from]!);
    setOrder(moved);
    const scene_ids = moved.map((each) => each.scene.id);
    if (!(await attempt(() => operation<"order_scenes">("POST", "admin/scenes/order", { scene_ids })))) setOrder(order);
  }

  return (
    <>
      <Failure error={failure} />
      <ol class="listing kept-scenes">
        {order.map((kept, index) => (
          <li key={kept.scene.id} data-testid="kept-scene">
            <a href={`#/admin/scenes/${kept.scene.id}`}>
              {kept.scene.thumbnail_url ? <img src={kept.scene.thumbnail_url} alt="" loading="lazy" /> : <span />}
              <span class="grow">
                <b class="cut">{kept.scene.name}</b>
                <small class="dim">{factsOf(kept)}</small>
              </span>
            </a>
            <Mover
              up
              name={kept.scene.name}
              disabled={busy || index === 0}
              onMove={() => void move(index, index - 1)}
            />
            <Mover
              name={kept.scene.name}
              disabled={busy || index === order.length - 1}
              onMove={() => void move(index, index + 1)}
            />
          </li>
        ))}
      </ol>
    </>
  );
}

interface Moved {
  up?: boolean;
  name: string;
  disabled: boolean;
  onMove: () => void;
}

function Mover({ up = false, name, disabled, onMove }: Moved) {
  return (
    <button
      class={up ? "round plain turned" : "round plain"}
      aria-label={sayOfKeeping(up ? "further" : "back", { name })}
      disabled={disabled}
      onClick={onMove}
    >
      <Icon name="down" />
    </button>
  );
}

function factsOf({ scene, version, is_offered, experiment_id }: KeptScene): string {
  return [
    !scene.is_active && sayOfKeeping("retired"),
    scene.is_active && !is_offered && sayOfKeeping("notNow"),
    scene.is_premium && sayOfKeeping("premium"),
    experiment_id && sayOfKeeping("tried"),
    scene.category,
    sayOfKeeping("madeBy", { version: number(version) }),
    sayOfKeeping("usedTimes", { count: number(scene.usage_count) }),
  ]
    .filter(Boolean)
    .join(" · ");
}
