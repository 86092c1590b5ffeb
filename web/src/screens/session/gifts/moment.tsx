// A dear gift has the whole screen for a moment: the picture behind grows dim, the gift rises, its name is a poster. A tap
// ends it; with little motion it stands still and goes by itself.
import { useEffect } from "preact/hooks";
import { Face, nameOf } from "../../../parts/face";
import { Coin } from "../../../parts/icons";
import type { Given } from "../../../room/gift-show";
import { giftName, giftOf, kindOf } from "../../../stores/gifts";
import type { Person } from "../../../stores/people";
import { people } from "../../../stores/people";
import { number, say } from "../../../words";

const SHOWN_MS = 3600;
const CONFETTI = 28;

interface Played {
  gift: Given | undefined;
  host: Person | null;
  onOver: () => void;
}

export function Moment({ gift, host, onOver }: Played) {
  useEffect(() => {
    if (!gift) return;
    const timer = setTimeout(onOver, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [gift?.id]);
  const what = gift && giftOf(gift.giftId);
  if (!gift || !what) return null;
  const sender = people.value[gift.senderId];
  return (
    <button
      type="button"
      key={gift.id}
      class={`moment ${kindOf(what) ?? "plain"}`}
      data-testid="moment"
      aria-label={say("endMoment")}
      onClick={onOver}
    >
      <i class="rays" />
      <i class="halo" />
      {what.icon_url && <img class="hero" src={what.icon_url} alt="" />}
      <span class="confetti">
        {Array.from({ length: CONFETTI }, (_, index) => (
          <i key={index} ref={(piece) => scatter(piece, index)} />
        ))}
      </span>
      <span class="poster">
        <span class="giver">
          <Face person={sender} />
          <span>
            <b>{nameOf(sender)}</b>
            <small>{say("forHost", { name: nameOf(host) })}</small>
          </span>
        </span>
        <strong>
          {giftName(what)}
          {gift.quantity > 1 && ` ×${number(gift.quantity)}`}
        </strong>
        <span class="coins">
          <Coin /> {number(gift.price * gift.quantity)}
        </span>
      </span>
    </button>
  );
}

/** Strewn evenly enough to look like chance: the golden angle. */
function scatter(piece: HTMLElement | null, index: number): void {
  if (!piece) return;
  piece.style.setProperty("--across", `${(index * 61.8) % 100}%`);
  piece.style.setProperty("--late", `${(index * 137) % 900}ms`);
  piece.style.setProperty("--turn", `${(index * 222) % 360}deg`);
}
