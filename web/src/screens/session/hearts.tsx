// Hearts on their way up.
import { Icon } from "../../parts/icons";
import type { Hearts } from "../../room/hearts";
import "./hearts.css";

export function HeartsUp({ hearts }: { hearts: Hearts }) {
  return (
    <div class="hearts" aria-hidden="true">
      {hearts.flying.map((heart) => (
        <i key={heart.key} class={`drift-${heart.key % 4}`} onAnimationEnd={() => hearts.landed(heart)}>
          <Icon name="heart" filled />
        </i>
      ))}
    </div>
  );
}
