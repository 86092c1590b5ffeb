// What is at the top of a screen that one came to from another: its name, and the way back.
import type { ComponentChildren } from "preact";
import { say } from "../words";
import { Icon } from "./icons";
import "./heading.css";

interface Named {
  title: string;
  /** Under the title. */
  hint?: string | undefined;
  /** Where the way back leads; without one this is a place of its own. */
  back?: string;
  aside?: ComponentChildren;
}

export function Heading({ title, hint, back, aside }: Named) {
  return (
    <header class="heading">
      {back && (
        <a class="round plain" href={`#${back}`} aria-label={say("back")}>
          <Icon name="back" />
        </a>
      )}
      <div class="grow">
        <h1>{title}</h1>
        {hint && <small class="dim">{hint}</small>}
      </div>
      {aside}
    </header>
  );
}
