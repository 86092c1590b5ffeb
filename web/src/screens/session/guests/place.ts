// Where a guest is, from what is known of them.
interface Known {
  /** LiveKit lets them speak. */
  allowed: boolean;
  /** They do. */
  up: boolean;
  /** A request of theirs waits. */
  asked: boolean;
}

export function placeOf({ allowed, up, asked }: Known): "audience" | "asked" | "called" | "up" {
  if (allowed) return up ? "up" : "called";
  return asked ? "asked" : "audience";
}

/** Seats that are shown in an audio room, the host's included: as many as look like a round, more when they are taken. */
const SEATS_SHOWN_MIN = 8;
const SEATS_MAX = 9;

export function freeSeats(taken: number): number {
  return Math.max(0, Math.min(SEATS_MAX, Math.max(SEATS_SHOWN_MIN, taken)) - taken);
}
