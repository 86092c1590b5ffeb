// What was just done, said once in passing: one sentence at a time, gone by itself.
import { signal } from "@preact/signals";

const SHOWN_MS = 4000;

export const told = signal<string | null>(null);
let going: ReturnType<typeof setTimeout> | undefined;

export function tell(sentence: string): void {
  told.value = sentence;
  clearTimeout(going);
  going = setTimeout(() => (told.value = null), SHOWN_MS);
}
