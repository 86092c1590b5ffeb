// Where somebody is with a session: before its door, on the way in, inside, or out again and why. A machine without a
// clock and without a network: what happens is told to it, and what does not fit where one is changes nothing.
export type Stay =
  | { at: "outside"; why: string | null }
  | { at: "knocking" } // the server is asked for a seat
  | { at: "admitted" } // there is a seat; the room is on its way
  | { at: "inside" }
  | { at: "reconnecting" };

export type Happening =
  | { what: "knocked" | "admitted" | "entered" | "lost" | "found" | "left" }
  | { what: "refused"; why: string };

export const OUTSIDE: Stay = { at: "outside", why: null };

/** A room that could not be reached is worth another try: the seat in it is kept, through a reload too. */
const SEAT_KEPT_FOR = "room_unreachable";

const STEPS: Record<Exclude<Happening["what"], "left" | "refused">, { from: Stay["at"][]; to: Stay }> = {
  knocked: { from: ["outside"], to: { at: "knocking" } },
  admitted: { from: ["knocking"], to: { at: "admitted" } },
  entered: { from: ["admitted"], to: { at: "inside" } },
  lost: { from: ["inside"], to: { at: "reconnecting" } },
  found: { from: ["reconnecting"], to: { at: "inside" } },
};

export function next(stay: Stay, happening: Happening): Stay {
  if (happening.what === "left") return OUTSIDE;
  if (happening.what === "refused") return stay.at === "outside" ? stay : { at: "outside", why: happening.why };
  const { from, to } = STEPS[happening.what];
  return from.includes(stay.at) ? to : stay;
}

/** Let in, though the room may still be on its way or lost for a moment. */
export function isAdmitted(stay: Stay): boolean {
  return stay.at === "admitted" || stay.at === "inside" || stay.at === "reconnecting";
}

/** Whether this window should find its way back in after a reload. */
export function keepsSeat(stay: Stay): boolean {
  return isAdmitted(stay) || (stay.at === "outside" && stay.why === SEAT_KEPT_FOR);
}
