// The people of the app, found by how their address or name begins; one of them over it, and what is done about them. Above,
// who wants to be a creator.
import { useEffect, useState } from "preact/hooks";
import type { PersonRow } from "../../../operations";
import { Chips } from "../../../parts/chips";
import { Face, nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { operation } from "../../../server/client";
import { day, say } from "../../../words";
import { sayOfUsers } from "../../../words/users";
import { useAsked } from "../asked";
import { Asking } from "./asking";
import { One } from "./user";
import "./desk.css";

const STANDINGS = ["everybody", "named", "suspended", "leaving", "anonymous"] as const;
const PAGE = 30;
const TYPED_MS = 300;

type Standing = (typeof STANDINGS)[number];

export function Users() {
  const [words, setWords] = useState("");
  const [asked, setAsked] = useState("");
  const [standing, setStanding] = useState<Standing>("everybody");
  const [chosen, choose] = useState<string>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const typed = setTimeout(() => setAsked(words.trim()), TYPED_MS);
    return () => clearTimeout(typed);
  }, [words]);

  return (
    <>
      <Asking />
      <div class="field">
        <label>
          {sayOfUsers("find")}
          <input type="search" value={words} maxLength={80} onInput={(event) => setWords(event.currentTarget.value)} />
        </label>
      </div>
      <Chips
        name={sayOfUsers("standing")}
        value={standing}
        options={STANDINGS.map((value) => ({ value, label: sayOfUsers(value) }))}
        onChoose={setStanding}
      />
      <Found key={`${asked} ${standing}`} words={asked} standing={standing} round={round} onChoose={choose} />
      {chosen && <One id={chosen} onClose={() => choose(undefined)} onChanged={() => setRound(round + 1)} />}
    </>
  );
}

interface Wanted {
  words: string;
  standing: Standing;
  round: number;
  onChoose: (id: string) => void;
}

function Found({ words, standing, round, onChoose }: Wanted) {
  const [pages, setPages] = useState(1);
  const { answer, failure, again } = useAsked(`users ${words} ${standing} ${round} ${pages}`, async () => {
    let users: PersonRow[] = [];
    let next: string | null = null;
    for (let page = 0; page < pages; page++) {
      const asked = new URLSearchParams({ limit: `${PAGE}` });
      if (words) asked.set("q", words);
      if (standing !== "everybody") asked.set("standing", standing);
      if (next) asked.set("after", next);
      const told = await operation<"read_users">("GET", `admin/users?${asked}` as "admin/users");
      users = [...users, ...told.users];
      next = told.next;
      if (!next) break;
    }
    return { users, next };
  });
  return (
    <>
      <Failure error={failure} retry={again} />
      {answer?.users.length === 0 && <p class="dim">{sayOfUsers("nobody")}</p>}
      <ul class="listing people-found">
        {answer?.users.map((user) => (
          <li key={user.id} data-testid="user">
            <button class="row" onClick={() => onChoose(user.id)}>
              <Face person={user} />
              <span class="grow">
                <b>{user.display_name || user.username ? nameOf(user) : (user.email ?? say("somebody"))}</b>
                <small class="dim">
                  {[user.email, sayOfUsers("since", { when: day(user.created_at) })].filter(Boolean).join(" · ")}
                </small>
              </span>
              {user.standing !== "named" && <span class="pill">{sayOfUsers(user.standing)}</span>}
              {user.is_creator && <span class="pill gold">{say("creator")}</span>}
            </button>
          </li>
        ))}
      </ul>
      {answer?.next && (
        <button class="button full" onClick={() => setPages(pages + 1)}>
          {say("showMore")}
        </button>
      )}
    </>
  );
}
