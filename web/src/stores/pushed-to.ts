// Whose pushes this browser shows. Where nobody's, what looks after them is never fetched.
const KEPT = "push";

export interface PushedTo {
  user: string;
  /** What the server calls this browser. */
  device: string;
}

export function pushedTo(): PushedTo | null {
  return JSON.parse(localStorage.getItem(KEPT) ?? "null");
}

export function keepPushedTo(whom: PushedTo | null): void {
  if (whom) localStorage.setItem(KEPT, JSON.stringify(whom));
  else localStorage.removeItem(KEPT);
}
