// A gift that has just come: who, what, and how many of it by now. Two at most; the others wait.
import { Face, nameOf } from "../../../parts/face";
import { BANNERS_MAX, type Banner } from "../../../room/gift-show";
import { giftName, giftOf } from "../../../stores/gifts";
import { people } from "../../../stores/people";
import { number, say } from "../../../words";

const SPARKS_FROM = [10, 50, 99];

export function Banners({ banners }: { banners: Banner[] }) {
  return (
    <div class="combos" aria-hidden="true">
      {banners.slice(0, BANNERS_MAX).map((banner) => (
        <Combo key={banner.comboId} banner={banner} />
      ))}
    </div>
  );
}

/** The chat's line tells a screen reader; this is for the eyes. */
function Combo({ banner }: { banner: Banner }) {
  const gift = giftOf(banner.giftId);
  const person = people.value[banner.senderId];
  const sparks = SPARKS_FROM.some((many) => banner.count >= many);
  return (
    <div class={sparks ? "combo sparks" : "combo"} data-testid="combo">
      <Face person={person} />
      <span class="whose">
        <b class="cut">{nameOf(person)}</b>
        <small class="cut">{say("giftSent", { gift: giftName(gift) })}</small>
      </span>
      {gift?.icon_url && <img src={gift.icon_url} alt="" />}
      <em class="count" key={banner.count}>
        ×{number(banner.count)}
      </em>
    </div>
  );
}
