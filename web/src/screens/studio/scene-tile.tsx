// A scene as what it makes; without a picture of it, its name on a colour of its own.
import { colourOf } from "../../parts/face";
import { Icon } from "../../parts/icons";
import type { Scene } from "../../stores/scenes";
import { say } from "../../words";
import { sceneName } from "../../words/scenes";
import "./scene-tile.css";

interface Shown {
  scene: Scene;
  locked?: boolean;
  chosen?: boolean;
  onChoose: () => void;
}

export function SceneTile({ scene, locked = false, chosen = false, onChoose }: Shown) {
  return (
    <button
      class="scene"
      data-testid="scene"
      aria-pressed={chosen}
      title={scene.description ?? undefined}
      onClick={onChoose}
    >
      <span class="scene-picture">
        {scene.thumbnail_url ? (
          <img src={scene.thumbnail_url} alt="" loading="lazy" />
        ) : (
          <span class="drawn" style={{ background: colourOf(scene.id) }}>
            <Icon name="studio" />
          </span>
        )}
        {locked && (
          <span class="crown" title={say("premium")}>
            <Icon name="crown" small filled />
            <span class="unseen">{say("premium")}</span>
          </span>
        )}
        {chosen && (
          <span class="chosen">
            <Icon name="check" />
          </span>
        )}
      </span>
      <b>{sceneName(scene)}</b>
    </button>
  );
}
