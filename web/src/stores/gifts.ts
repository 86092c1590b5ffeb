// The gifts that can be given now, in the order of who runs the app; of one whose season is over the name stays.
import { signal } from "@preact/signals";
import { dataOf, sahne } from "../server/client";
import { language } from "../words";
import { turkishGifts } from "../words/gifts";

export interface Gift {
  id: string;
  name: string;
  icon_url: string | null;
  coin_price: number;
  /** When its season ends; null has none. */
  available_until: string | null;
}

const GIFTS_MAX = 100;

/** Undefined until it has been read. */
export const gifts = signal<Gift[] | undefined>(undefined);

export async function readGifts(): Promise<void> {
  const catalogue = sahne
    .from("gifts")
    .select("id,name,icon_url,coin_price,available_until")
    .order("order_index")
    .order("coin_price")
    .limit(GIFTS_MAX);
  gifts.value = await dataOf<Gift[]>(catalogue);
}

export const giftOf = (id: string | null): Gift | undefined => gifts.value?.find((gift) => gift.id === id);

/** What its picture shows, for the page's own pictures: `/gifts/rose.svg` is a rose in every language. */
export function kindOf(gift: Pick<Gift, "icon_url">): string | null {
  return /^\/gifts\/([a-z]+)\.svg$/.exec(gift.icon_url ?? "")?.[1] ?? null;
}

/** As who runs the app named it; in Turkish by what it shows, if that is known. */
export function giftName(gift: Pick<Gift, "name" | "icon_url"> | undefined): string {
  if (!gift) return "…";
  return (language.value === "tr" ? turkishGifts[kindOf(gift) ?? ""] : undefined) ?? gift.name;
}
