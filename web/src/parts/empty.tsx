// A place with nothing in it: the closed curtain, one sentence, and what to do.
import type { ComponentChildren } from "preact";
import { Curtain } from "./curtain";
import "./empty.css";

interface Said {
  title: string;
  /** The whole screen is this. */
  whole?: boolean;
  children?: ComponentChildren;
}

export function Empty({ title, whole = false, children }: Said) {
  return (
    <section class="nothing">
      <Curtain closed />
      {whole ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </section>
  );
}
