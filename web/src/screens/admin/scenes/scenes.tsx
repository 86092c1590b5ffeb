// All scenes in their order, retired ones too: each a way into it, moved up and down one place.
import type { KeptScene } from "../../../operations";
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { operation } from "../../../server/client";
import { number, say } from "../../../words";
import { sayOfKeeping } from "../../../words/keeping";
import { useAsked } from "../asked";
import { readAll } from "./all";
import { Mover } from "./mover";
import { useOrder } from "./moving";
import "./scenes.css";

export function Scenes() {
  const { answer, failure, again } = useAsked("scenes", readAll);
  return (
    <>
      <nav class="row" aria-label={sayOfKeeping("keeping")}>
        <a class="button main" href="#/admin/scenes/new">
          <Icon name="plus" />
          {sayOfKeeping("newScene")}
        </a>
        <a class="button" href="#/admin/scenes/categories">
          {sayOfKeeping("categories")}
        </a>
        <a class="button" href="#/admin/scenes/log">
          {sayOfKeeping("log")}
        </a>
      </nav>
      <Failure error={failure} retry={again} />
      {!answer && !failure && <span class="skeleton scenes-to-come" role="status" aria-label={say("loading")} />}
      {answer?.length === 0 && <p class="dim">{sayOfKeeping("scenesNone")}</p>}
      {answer && answer.length > 0 && <List scenes={answer} />}
    </>
  );
}

function List({ scenes }: { scenes: KeptScene[] }) {
  const { order, busy, failure, move } = useOrder(scenes, (moved) =>
    operation<"order_scenes">("POST", "admin/scenes/order", { scene_ids: moved.map((each) => each.scene.id) }),
  );
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
