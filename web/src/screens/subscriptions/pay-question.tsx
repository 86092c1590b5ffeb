// Before a month is paid: what it costs, what of the coins stays, and how many are missing where they do not reach.
import { useState } from "preact/hooks";
import { AddCoins } from "../../parts/add-coins";
import type { Doing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Coin, Icon } from "../../parts/icons";
import { Ask } from "../../parts/sheet";
import { balance } from "../../stores/wallet";
import { number, say } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import "./tiers.css";

interface Payment {
  title: string;
  /** What it is, and when it is paid again. */
  means: string;
  price: number;
  /** What comes back at the same time. */
  back?: number;
  doing: Doing;
  /** The key stays the same as long as this is asked: a tap that is repeated pays once. */
  onYes: (key: string) => void;
  onNo: () => void;
}

export function PayQuestion({ title, means, price, back = 0, doing, onYes, onNo }: Payment) {
  const [key] = useState(() => crypto.randomUUID());
  const coins = balance.value ?? 0;
  const missing = price - back - coins;
  return (
    <Ask
      title={title}
      yes={sayOfSubscriptions("payNow", { coins: number(price) })}
      impossible={missing > 0 || doing.busy}
      onYes={() => onYes(key)}
      onNo={onNo}
    >
      <div class="to-pay" data-testid="to-pay">
        <p>{means}</p>
        {back > 0 && <p>{sayOfSubscriptions("comesBack", { coins: number(back) })}</p>}
        {missing > 0 ? (
          <p class="banner" data-testid="missing">
            <Coin />
            <b class="grow">{sayOfSubscriptions("coinsMissing", { coins: number(missing) })}</b>
            <AddCoins small />
          </p>
        ) : (
          <p class="coins-after">
            <span class="grow">{say("yourBalance")}</span>
            <span class="coins">
              <Coin /> {number(coins)}
            </span>
            <Icon name="more" small />
            <span class="coins" data-testid="balance-after">
              <Coin /> {number(coins - price + back)}
            </span>
          </p>
        )}
        <Failure error={doing.failure} />
      </div>
    </Ask>
  );
}
