// Where we are: the address after the `#`, as a signal.
import { signal } from "@preact/signals";

export const place = signal(read());

addEventListener("hashchange", () => {
  const left = place.value;
  place.value = read();
  // what opens over a list, and closes again, leaves the list where it is
  if (place.value[0] !== left[0] || place.value[1] !== left[1]) scrollTo(0, 0);
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
