// What costs a little more passes over the lower third on its way: a tram rides by, a cat looks up, a lantern lights.
import type { Given } from "../../../room/gift-show";
import { giftOf, kindOf } from "../../../stores/gifts";

interface Passers {
  gifts: Given[];
  onPast: (gift: Given) => void;
}

export function Passing({ gifts, onPast }: Passers) {
  return (
    <div class="passing" aria-hidden="true">
      {gifts.map((gift) => {
        const what = giftOf(gift.giftId);
        if (!what?.icon_url) return null;
        return (
          <img
            key={gift.id}
            class={kindOf(what) ?? ""}
            src={what.icon_url}
            alt=""
            onAnimationEnd={() => onPast(gift)}
          />
        );
      })}
    </div>
  );
}
