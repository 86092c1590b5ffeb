// Where there is room: six gifts a tap away, and the way to all of them.
import { Failure } from "../../../parts/failure";
import { Coin, Icon } from "../../../parts/icons";
import { giftName, gifts } from "../../../stores/gifts";
import { balance } from "../../../stores/wallet";
import { number, say } from "../../../words";
import type { Giving } from "./giving";

const AT_HAND = 6;

export function GiftRow({ giving, onAll }: { giving: Giving; onAll: () => void }) {
  return (
    <section class="gift-row" aria-label={say("gifts")}>
      {(gifts.value ?? []).slice(0, AT_HAND).map((gift) => (
        <button
          key={gift.id}
          type="button"
          class="gift"
          data-testid="gift"
          data-price={gift.coin_price}
          disabled={giving.busy || (balance.value ?? 0) < gift.coin_price}
          onClick={() => giving.give({ gift, quantity: 1 })}
        >
          {gift.icon_url ? <img src={gift.icon_url} alt="" /> : <Icon name="gift" />}
          <span>
            <b>{giftName(gift)}</b>
            <small class="coins">
              <Coin /> {number(gift.coin_price)}
            </small>
          </span>
        </button>
      ))}
      <button type="button" class="gift all" aria-haspopup="dialog" onClick={onAll}>
        <b>{say("allGifts")}</b>
        <Icon name="more" />
      </button>
      <Failure error={giving.failure} />
    </section>
  );
}
