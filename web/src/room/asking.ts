// When a gift is asked about before it is paid for: the dear ones, and small ones that add up to something dear.
const ASKED_FROM_COINS = 500;
const ADDS_UP_OVER_MS = 60_000;
/** Above that it is asked every time. */
export const QUIET_UNTIL_COINS = 2000;

export interface Spent {
  coins: number;
  at: number;
}

export function asksFirst(coins: number, lately: Spent[], now: number, quiet: boolean): boolean {
  if (coins < ASKED_FROM_COINS && spentLately(lately, now) + coins < ASKED_FROM_COINS) return false;
  return !(quiet && coins < QUIET_UNTIL_COINS);
}

export function spentLately(lately: Spent[], now: number): number {
  return lately.filter(({ at }) => at > now - ADDS_UP_OVER_MS).reduce((sum, { coins }) => sum + coins, 0);
}
