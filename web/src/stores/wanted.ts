// What is looked for, kept while one looks at what was found; a word with # before it is a tag.
import { signal } from "@preact/signals";

export const wanted = signal("");
