// Tickets that were bought in this browser: whoever holds one goes straight in. The server asks for one anyway.
import { signal } from "@preact/signals";
import { operation } from "../server/client";
import type { LiveSession } from "./live-session";
import { login } from "./login";
import { balance } from "./wallet";

const KEPT = "tickets";
const KEPT_MAX = 50;

const bought = signal<string[]>(JSON.parse(localStorage.getItem(KEPT) ?? "[]"));
const named = (sessionId: string) => `${login.value?.user.id}/${sessionId}`;

export const holdsTicket = (sessionId: string) => bought.value.includes(named(sessionId));

/** Pay for it at the price that was shown; a retry with the same key pays once, and so does whoever holds one. */
export async function buyTicket(live: LiveSession, key: string): Promise<void> {
  const path = `live/sessions/${live.id}/ticket` as const;
  const answer = await operation<"buy_ticket">("POST", path, { expected_price: live.ppv_coin_price }, key);
  balance.value = answer.wallet.balance;
  bought.value = [...bought.value.filter((each) => each !== named(live.id)), named(live.id)].slice(-KEPT_MAX);
  localStorage.setItem(KEPT, JSON.stringify(bought.value));
}
