// A card of an admin's page: what it is about, a sentence, the picture, and the same as a table that can be kept as a file.
import type { ComponentChildren } from "preact";
import { number } from "../../words";
import { sayOfAdmin } from "../../words/admin";
import { saveCsv, type Table } from "./csv";
import "./figure.css";

interface Shown {
  title: string;
  /** What is to be seen, in a sentence. */
  summary: string | undefined;
  /** What is shown and kept as a file; without rows there is nothing to keep. */
  table: Table | undefined;
  /** What is kept as a file instead, where the table has a look of its own. */
  save?: Table | undefined;
  /** The table is what is shown already. */
  open?: boolean;
  /** As wide as two. */
  broad?: boolean;
  aside?: ComponentChildren;
  children?: ComponentChildren;
}

export function Figure({ title, summary, table, save = table, open = false, broad = false, aside, children }: Shown) {
  const some = table && table.rows.length > 0;
  return (
    <article class={broad ? "panel figure broad" : "panel figure"} aria-label={title}>
      <header>
        <h2 class="grow">{title}</h2>
        {save && save.rows.length > 0 && (
          <button
            class="button small"
            aria-label={sayOfAdmin("saveTableOf", { title })}
            onClick={() => saveCsv(title, save)}
          >
            {sayOfAdmin("saveTable")}
          </button>
        )}
      </header>
      {summary && <p class="dim">{summary}</p>}
      {aside}
      {children}
      {some && open && <Rows title={title} table={table} />}
      {some && !open && (
        <details>
          <summary>{sayOfAdmin("asTable")}</summary>
          <Rows title={title} table={table} />
        </details>
      )}
    </article>
  );
}

function Rows({ title, table }: { title: string; table: Table }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="table" tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            {table.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, place) =>
                place === 0 ? (
                  <th key={place} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={place}>{typeof cell === "number" ? number(cell) : (cell ?? "–")}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
