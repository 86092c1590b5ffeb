// Finding people and sessions by what they are called, while one types.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { type Found, find } from "../../stores/search";
import { say } from "../../words";
import { LiveCard, PlanRow } from "./cards";

const LETTERS_MIN = 2;
const LETTERS_MAX = 60;
const ASKED_AFTER_MS = 250;

/** What is found stands in place of `children`. */
export function Search({ children }: { children: ComponentChildren }) {
  const [typed, setTyped] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const { failure, attempt } = useDoing();
  const wanted = typed.trim();
  const searching = wanted.length >= LETTERS_MIN;

  useEffect(() => {
    setFound(null);
    if (!searching) return;
    let current = true; // what was asked before is not shown after what is asked now
    const timer = setTimeout(() => {
      void attempt(async () => {
        const answer = await find(wanted);
        if (current) setFound(answer);
      });
    }, ASKED_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wanted]);

  return (
    <>
      <search class="search">
        <Icon name="search" />
        <input
          type="search"
          value={typed}
          maxLength={LETTERS_MAX}
          placeholder={say("searchHint")}
          aria-label={say("search")}
          enterkeyhint="search"
          autocomplete="off"
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        {typed && (
          <button class="round plain" aria-label={say("clear")} onClick={() => setTyped("")}>
            <Icon name="close" />
          </button>
        )}
      </search>
      {searching ? (
        <div class="found" aria-live="polite" aria-busy={!found}>
          <Failure error={failure} />
          {found && <Results found={found} />}
        </div>
      ) : (
        children
      )}
    </>
  );
}

function Results({ found: { people, sessions } }: { found: Found }) {
  if (people.length + sessions.length === 0) return <p class="dim">{say("nothingFound")}</p>;
  const live = sessions.filter((row) => row.status === "live");
  const planned = sessions.filter((row) => row.status === "scheduled");
  return (
    <>
      {people.length > 0 && (
        <section>
          <h2>{say("people")}</h2>
          <ul class="listing">
            {people.map((person) => (
              <li key={person.id}>
                <a href={`#/profile/${person.id}`} data-testid="found-person">
                  <Face person={person} />
                  <span class="grow">
                    <b class="cut">{nameOf(person)}</b>
                    {person.username && <small class="dim">@{person.username}</small>}
                  </span>
                  <Icon name="more" />
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      {live.length > 0 && (
        <section>
          <h2>{say("liveNow")}</h2>
          <div class="cards">
            {live.map((row) => (
              <LiveCard key={row.id} row={row} />
            ))}
          </div>
        </section>
      )}
      {planned.length > 0 && (
        <section class="coming-up">
          <h2>{say("upcoming")}</h2>
          <ul>
            {planned.map((row) => (
              <PlanRow key={row.id} row={row} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
