// What was just done, said once in passing: one sentence at a time, gone by itself; what can be undone says so, longer.
import { signal } from "@preact/signals";

const SHOWN_MS = 4000;
const UNDONE_WITHIN_MS = 8000;

export interface Told {
  sentence: string;
  undo?: (() => void) | undefined;
}

export const told = signal<Told | null>(null);
let going: ReturnType<typeof setTimeout> | undefined;

export function tell(sentence: string, undo?: () => void): void {
  told.value = { sentence, undo };
  clearTimeout(going);
  going = setTimeout(hush, undo ? UNDONE_WITHIN_MS : SHOWN_MS);
}

export function hush(): void {
  told.value = null;
}
