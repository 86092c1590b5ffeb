// What a call costs by the minute, what it has cost by now, and when the coins will not reach any more.
import type { CallOfTwo } from "../../operations";
import { Coin } from "../../parts/icons";
import { clockOf, useNow } from "../../parts/now";
import { costOf, isIncoming } from "../../stores/calls";
import { number, say } from "../../words";

const WARNED_BEFORE_MS = 180_000;

/** Who is called knows before answering what the other one pays. */
export function PaidByThem({ row }: { row: CallOfTwo }) {
  if (!row.coin_per_minute) return null;
  return (
    <p class="pill gold note" data-testid="paid-by-them">
      <Coin /> {say("theyPay", { coins: number(row.coin_per_minute) })}
    </p>
  );
}

/** In the call: the price, and for who pays it the sum, counted as it is paid. */
export function Cost({ row }: { row: CallOfTwo }) {
  const now = useNow();
  if (!row.coin_per_minute) return null;
  const price = say("coinsAMinute", { coins: number(row.coin_per_minute) });
  if (isIncoming(row) || !row.answered_at) {
    return (
      <span class="pill gold" data-testid="call-cost">
        <Coin /> {price}
      </span>
    );
  }
  const left = Date.parse(row.coins_last_until ?? "") - now;
  return (
    <>
      <span class="pill gold" title={price} data-testid="call-cost">
        <Coin /> {say("costSoFar", { coins: number(costOf(row, now)) })}
      </span>
      {left < WARNED_BEFORE_MS && (
        <span class="pill lasting" role="status">
          {say("coinsLastFor", { time: clockOf(left / 1000) })}
        </span>
      )}
    </>
  );
}
