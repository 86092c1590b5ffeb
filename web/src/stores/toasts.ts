// What was just done, said once in passing: one sentence at a time, gone by itself; what can be undone, or leads
// somewhere, says so and stays longer.
import { signal } from "@preact/signals";

const SHOWN_MS = 4000;
const PRESSED_WITHIN_MS = 8000;

/** A way that a toast leads. */
export interface Way {
  name: string;
  to: string;
}

export interface Told {
  sentence: string;
  undo?: (() => void) | undefined;
  way?: Way | undefined;
}

export const told = signal<Told | null>(null);
let going: ReturnType<typeof setTimeout> | undefined;

/** With how it is undone, or where it leads. */
export function tell(sentence: string, more?: (() => void) | Way): void {
  told.value = { sentence, ...(typeof more === "function" ? { undo: more } : { way: more }) };
  clearTimeout(going);
  going = setTimeout(hush, more ? PRESSED_WITHIN_MS : SHOWN_MS);
}

export function hush(): void {
  told.value = null;
}
