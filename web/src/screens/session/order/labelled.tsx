// A choice with its word above it; the choice itself names what it is for those who do not see the word.
import type { ComponentChildren } from "preact";

export function Labelled({ word, children }: { word: string; children: ComponentChildren }) {
  return (
    <div class="labelled">
      <b aria-hidden="true">{word}</b>
      {children}
    </div>
  );
}
