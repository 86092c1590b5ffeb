// Before a call that costs something: what a minute is, and how long the coins last.
import { AddCoins } from "../../parts/add-coins";
import { useDoing } from "../../parts/doing";
import { nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Coin } from "../../parts/icons";
import { Ask } from "../../parts/sheet";
import { type CallWish, callWish, placeCall } from "../../stores/calls";
import { people } from "../../stores/people";
import { balance } from "../../stores/wallet";
import { duration, number, say } from "../../words";
import "./calls.css";

export function CallQuestion({ wish }: { wish: CallWish }) {
  const { failure, attempt } = useDoing();
  const { coinPerMinute: price } = wish;
  const coins = balance.value ?? 0;
  const minutes = Math.floor(coins / price);
  const decline = () => {
    callWish.value = null;
  };
  return (
    <Ask
      title={say("callAsked", { name: nameOf(people.value[wish.personId]) })}
      yes={say("call")}
      impossible={minutes === 0}
      onYes={() => void attempt(() => placeCall(wish))}
      onNo={decline}
    >
      <div class="call-asked" data-testid="call-price">
        <b class="coins">
          <Coin /> {say("coinsAMinute", { coins: number(price) })}
        </b>
        <small>
          {minutes > 0
            ? say("coinsLast", { coins: number(coins), time: duration(minutes * 60) })
            : say("coinsShort", { coins: number(price - coins) })}
        </small>
        {minutes === 0 && <AddCoins small />}
        <Failure error={failure} />
      </div>
    </Ask>
  );
}
