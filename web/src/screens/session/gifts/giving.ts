// Giving: a key for each tap, so that a retry never pays twice; dear ones after a question; the balance only by the answer.
import { useState } from "preact/hooks";
import { type Doing, useDoing } from "../../../parts/doing";
import { asksFirst, QUIET_UNTIL_COINS, type Spent } from "../../../room/asking";
import { operation } from "../../../server/client";
import type { Gift } from "../../../stores/gifts";
import { balance } from "../../../stores/wallet";

export interface Wish {
  gift: Gift;
  quantity: number;
}

export interface Giving extends Pick<Doing, "busy" | "failure"> {
  give: (wish: Wish) => void;
  /** What waits for a yes. */
  asked: Wish | null;
  confirm: (quietToday: boolean) => void;
  decline: () => void;
}

const QUIET_DAY = "gifts-unasked-on";
const today = () => new Date().toDateString();

export const coinsOf = ({ gift, quantity }: Wish) => gift.coin_price * quantity;
export const missing = (wish: Wish) => Math.max(0, coinsOf(wish) - (balance.value ?? 0));
export const canBeQuiet = (wish: Wish) => coinsOf(wish) < QUIET_UNTIL_COINS;

const lately: Spent[] = []; // of this window: what is asked about is what its person has in mind

export function useGiving(sessionId: string): Giving {
  const [asked, setAsked] = useState<Wish | null>(null);
  const { busy, failure, attempt } = useDoing();

  function give(wish: Wish) {
    const quiet = localStorage.getItem(QUIET_DAY) === today();
    if (asksFirst(coinsOf(wish), lately, Date.now(), quiet)) setAsked(wish);
    else send(wish);
  }

  function confirm(quietToday: boolean) {
    if (quietToday) localStorage.setItem(QUIET_DAY, today());
    setAsked(null);
    send(asked!);
  }

  function send(wish: Wish) {
    const { gift, quantity } = wish;
    void attempt(async () => {
      const sent = await operation<"send_gift">(
        "POST",
        `live/sessions/${sessionId}/gifts`,
        { gift_id: gift.id, quantity, expected_price: gift.coin_price },
        crypto.randomUUID(),
      );
      balance.value = sent.wallet.balance;
      lately.push({ coins: coinsOf(wish), at: Date.now() });
    });
  }

  return { give, asked, confirm, decline: () => setAsked(null), busy, failure };
}
