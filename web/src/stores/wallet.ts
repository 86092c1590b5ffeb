// The coins of who is signed in; null until they are known.
import { signal } from "@preact/signals";
import { operation } from "../server/client";

export const balance = signal<number | null>(null);

export async function refreshBalance(): Promise<void> {
  const wallet = await operation<"read_wallet">("GET", "coins/wallet").catch(() => null);
  if (wallet) balance.value = wallet.balance;
}
