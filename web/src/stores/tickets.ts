// The tickets that one holds: whoever has one is told so and goes straight in. The server asks for one anyway.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { operation } from "../server/client";
import type { LiveSession } from "./live-session";
import { balance } from "./wallet";

/** Of which sessions; undefined until it is known. */
const held = signal<ReadonlySet<string> | undefined>(undefined);

export const holdsTicket = (sessionId: string) => held.value?.has(sessionId) ?? false;

/** Read them, once, where there is something that a ticket opens. */
export function useTickets(wanted: boolean): void {
  useEffect(() => {
    if (wanted && held.value === undefined) void readTickets().catch(() => {}); // the server knows all the same
  }, [wanted]);
}

async function readTickets(): Promise<void> {
  const { tickets } = await operation<"own_tickets">("GET", "live/tickets");
  held.value = new Set(tickets.flatMap((ticket) => ticket.session_id ?? []));
}

/** Somebody else signs in. */
export function forgetTickets(): void {
  held.value = undefined;
}

/** Pay for it at the price that was shown; a retry with the same key pays once, and so does whoever holds one. */
export async function buyTicket(live: LiveSession, key: string): Promise<void> {
  const path = `live/sessions/${live.id}/ticket` as const;
  const answer = await operation<"buy_ticket">("POST", path, { expected_price: live.ppv_coin_price }, key);
  balance.value = answer.wallet.balance;
  held.value = new Set([...(held.value ?? []), live.id]);
}
