// Who gave how much in a session, added up gift by gift.
export interface Supporter {
  /** A profile's. */
  id: string;
  coins: number;
}

export interface GiftLine {
  sender_profile_id: string;
  gift_coin_value: number | null;
}

/** Most generous first. */
export function addedTo(best: Supporter[], { sender_profile_id: id, gift_coin_value: value }: GiftLine): Supporter[] {
  const before = best.find((each) => each.id === id)?.coins ?? 0;
  const others = best.filter((each) => each.id !== id);
  return [...others, { id, coins: before + (value ?? 0) }].sort((a, b) => b.coins - a.coins);
}

export const coinsOfAll = (best: Supporter[]) => best.reduce((sum, { coins }) => sum + coins, 0);
