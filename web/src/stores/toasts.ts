// What was just done, said once in passing. What shows it comes only when there is something to say.
import { signal } from "@preact/signals";

/** The sentences of this visit, so far; each is a new one even when it says the same again. */
export const told = signal<readonly { sentence: string }[]>([]);

export function tell(sentence: string): void {
  told.value = [...told.value, { sentence }];
}
