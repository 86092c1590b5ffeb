// Before a dear gift: what it costs, what is left, and for the smaller ones an offer not to ask again today.
import { useState } from "preact/hooks";
import { Coin } from "../../../parts/icons";
import { Ask } from "../../../parts/sheet";
import { giftName } from "../../../stores/gifts";
import { balance } from "../../../stores/wallet";
import { number, say } from "../../../words";
import { canBeQuiet, coinsOf, type Giving, type Wish } from "./giving";

export function GiftQuestion({ giving }: { giving: Giving }) {
  return giving.asked && <Question wish={giving.asked} giving={giving} />;
}

function Question({ wish, giving }: { wish: Wish; giving: Giving }) {
  const [quiet, setQuiet] = useState(false);
  const { gift, quantity } = wish;
  const coins = balance.value ?? 0;
  return (
    <Ask title={say("giveAsked")} yes={say("give")} onYes={() => giving.confirm(quiet)} onNo={giving.decline}>
      <div class="gift-asked">
        {gift.icon_url && <img src={gift.icon_url} alt="" />}
        <b>
          {giftName(gift)}
          {quantity > 1 && ` ×${number(quantity)}`}
        </b>
        <span class="coins">
          <Coin /> {number(coinsOf(wish))}
        </span>
        <small>
          {say("balanceAfter")}: <span class="count">{`${number(coins)} → ${number(coins - coinsOf(wish))}`}</span>
        </small>
        {canBeQuiet(wish) && (
          <label class="tick">
            <input type="checkbox" checked={quiet} onChange={({ currentTarget }) => setQuiet(currentTarget.checked)} />
            {say("notAgainToday")}
          </label>
        )}
      </div>
    </Ask>
  );
}
