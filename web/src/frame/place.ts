// Where we are: the address after the `#`, as a signal.
import { signal } from "@preact/signals";

export const place = signal(read());

addEventListener("hashchange", () => {
  place.value = read();
  scrollTo(0, 0);
});

export function go(to: string): void {
  location.hash = to;
}

/** As `go`, but the place left is not one to come back to. */
export function goInstead(to: string): void {
  location.replace(`#${to}`);
}

function read(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean);
}
