// What is shown of gifts as they come: banners that count up, two at most, and for the dear ones the whole screen, one at
// a time. A machine whose clock is told to it.
export interface Given {
  id: string;
  senderId: string;
  giftId: string;
  quantity: number;
  /** Of one. */
  price: number;
  /** The gifts in a row that it belongs to, and how many they are with it, as the server counts. */
  comboId: string;
  count: number;
}

export interface Banner extends Given {
  /** When it goes, in ms; null while it waits for a place. */
  until: number | null;
}

export interface Show {
  /** The first two are on the screen. */
  banners: Banner[];
  /** The first has the screen. */
  moments: Given[];
  /** Those on their way over the lower third. */
  passing: Given[];
}

export const NOTHING: Show = { banners: [], moments: [], passing: [] };
export const BANNERS_MAX = 2;
const BANNERS_WAITING_MAX = 20;
const MOMENTS_MAX = 6; // one plays, five wait
const MOMENT_FROM_COINS = 1000;
const PASSING_FROM_COINS = 100;
const PASSING_MAX = 2;
const COUNTS_UP_FOR_MS = 5000;
const COUNTS_UP_FOR_CROWDED_MS = 2500; // others wait for the place

export function given(show: Show, gift: Given, now: number): Show {
  if (gift.price >= MOMENT_FROM_COINS && show.moments.length < MOMENTS_MAX)
    return { ...show, moments: [...show.moments, gift] };
  const same = show.banners.findIndex((each) => each.comboId === gift.comboId);
  const banners =
    same < 0 ? [...show.banners, waiting(gift)] : show.banners.with(same, more(show.banners[same]!, gift));
  const passes = gift.price >= PASSING_FROM_COINS && show.passing.length < PASSING_MAX;
  return {
    ...show,
    banners: placed(banners.slice(0, BANNERS_WAITING_MAX), now),
    passing: passes ? [...show.passing, gift] : show.passing,
  };
}

/** Time has passed: who has been seen long enough makes room. */
export function passed(show: Show, now: number): Show {
  return {
    ...show,
    banners: placed(
      show.banners.filter(({ until }) => until === null || until > now),
      now,
    ),
  };
}

export function hasPassed(show: Show, gift: Given): Show {
  return { ...show, passing: show.passing.filter((each) => each.id !== gift.id) };
}

export function momentOver(show: Show): Show {
  return { ...show, moments: show.moments.slice(1) };
}

/** When to look again, in ms. */
export function nextAt({ banners }: Show): number | null {
  const times = banners.flatMap(({ until }) => (until === null ? [] : [until]));
  return times.length ? Math.min(...times) : null;
}

const waiting = (gift: Given): Banner => ({ ...gift, until: null });
const more = (banner: Banner, gift: Given): Banner => ({
  ...banner,
  count: Math.max(banner.count, gift.count), // they may come in another order
  until: null,
});

function placed(banners: Banner[], now: number): Banner[] {
  const stays = banners.length > BANNERS_MAX ? COUNTS_UP_FOR_CROWDED_MS : COUNTS_UP_FOR_MS;
  return banners.map((banner, index) =>
    index < BANNERS_MAX && banner.until === null ? { ...banner, until: now + stays } : banner,
  );
}
