// Where we are: the address after the `#`, as a signal.
import { signal } from "@preact/signals";

export const place = signal(read());

addEventListener("hashchange", () => (place.value = read()));

export function go(to: string): void {
  location.hash = to;
}

function read(): string[] {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean);
}
