// Finding creators and sessions while one types; the arrow keys go through what was found, Escape ends it.
import type { ComponentChildren, TargetedKeyboardEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { later } from "../../parts/later";
import type { Found } from "../../stores/search";
import { wanted } from "../../stores/wanted";
import { say } from "../../words";

const Results = later(() => import("./results").then((file) => file.Results));

const LETTERS_MIN = 2;
const LETTERS_MAX = 60;
const ASKED_AFTER_MS = 250;
const STOPS = ".search input, .found a";

interface Answered {
  words: string;
  found: Found;
}

/** What is found stands in place of `children`. */
export function Search({ children }: { children: ComponentChildren }) {
  const [answered, setAnswered] = useState<Answered | null>(null);
  const { busy, failure, attempt, fail } = useDoing();
  const words = wanted.value.trim();
  const searching = words.length >= LETTERS_MIN;

  useEffect(() => {
    fail(null);
    if (!searching) return setAnswered(null);
    let current = true; // what was asked before is not shown after what is asked now
    const timer = setTimeout(() => {
      void attempt(async () => {
        const { find } = await import("../../stores/search");
        const found = await find(words);
        if (current) setAnswered({ words, found });
      });
    }, ASKED_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [words]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the field and the links within
    <div class="finding" onKeyDown={walk}>
      <search class="search">
        <Icon name="search" />
        <input
          type="search"
          value={wanted.value}
          maxLength={LETTERS_MAX}
          placeholder={say("searchHint")}
          aria-label={say("search")}
          enterkeyhint="search"
          autocomplete="off"
          onInput={({ currentTarget }) => (wanted.value = currentTarget.value)}
        />
        {wanted.value && (
          <button class="round plain" aria-label={say("clear")} onClick={() => (wanted.value = "")}>
            <Icon name="close" />
          </button>
        )}
      </search>
      {searching ? (
        <div class="found" aria-busy={busy}>
          <Failure error={failure} />
          {answered ? <Results {...answered} /> : !failure && <Waiting />}
        </div>
      ) : (
        children
      )}
    </div>
  );
}

/** The shape of a few people, while nothing has been found yet. */
function Waiting() {
  return (
    <ul class="listing" aria-label={say("loading")}>
      <li class="skeleton" />
      <li class="skeleton" />
      <li class="skeleton" />
    </ul>
  );
}

/** Up and down between the field and what was found. */
function walk(event: TargetedKeyboardEvent<HTMLElement>): void {
  if (event.key === "Escape") wanted.value = "";
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0 || !wanted.value) return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(STOPS)];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  event.preventDefault();
  stops[Math.max(0, Math.min(stops.length - 1, at + by))]?.focus();
}
