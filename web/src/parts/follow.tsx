// Following a creator, wherever their name stands: done at once, and undone when it is refused.
import { useEffect } from "preact/hooks";
import { readStandings, standings, turnFollow } from "../stores/follows";
import { login } from "../stores/login";
import type { Person } from "../stores/people";
import { tell } from "../stores/toasts";
import { count } from "../words";
import { sayOfPeople } from "../words/people";
import { useDoing } from "./doing";
import { nameOf } from "./face";
import { wordsOf } from "./failure";
import { Icon } from "./icons";

interface Followed {
  person: Person;
  /** In a pill over a picture: a sign alone once one follows. */
  inPill?: boolean;
}

/** Nothing where there is nobody to follow: oneself, and who is no creator. */
export function Follow({ person, inPill = false }: Followed) {
  const { busy, attempt } = useDoing();
  const standing = standings.value[person.id];
  if (!standing?.isCreator || person.id === login.value?.user.id) return null;
  const { isFollowed } = standing;
  const name = nameOf(person);

  async function turn(wanted: boolean) {
    await attempt(() => turnFollow(person.id, wanted).catch((error: unknown) => tell(wordsOf(error))));
  }

  async function press() {
    await turn(!isFollowed);
    if (isFollowed && !standings.value[person.id]!.isFollowed)
      tell(sayOfPeople("unfollowed", { name }), () => void turn(true));
  }

  return (
    <button
      type="button"
      class={`button small follow${isFollowed ? " soft" : " main"}${inPill ? " in-pill" : ""}`}
      data-testid="follow"
      aria-pressed={isFollowed}
      disabled={busy}
      onClick={() => void press()}
    >
      <Icon name={isFollowed ? "check" : "plus"} small />
      <span class="word">
        {sayOfPeople(isFollowed ? "following" : "follow")}
        <span class="unseen"> {name}</span>
      </span>
    </button>
  );
}

/** By how many somebody is followed; nothing while it is not known, or of who is no creator. */
export function Followers({ id }: { id: string }) {
  const standing = standings.value[id];
  if (!standing?.isCreator) return null;
  return (
    <span class="count" data-testid="followers">
      {count(standing.followers)} {sayOfPeople(standing.followers === 1 ? "follower" : "followers")}
    </span>
  );
}

/** Ask how one stands to them when they are shown; what cannot be read is not shown. */
export function useStandings(ids: string[]): void {
  useEffect(() => void readStandings(ids).catch(() => {}), [ids.join()]);
}
