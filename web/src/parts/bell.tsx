// The bell of a planned session: pressed, one is told a day and a quarter of an hour before, and when it starts.
import { useEffect } from "preact/hooks";
import { readReminders, reminded, turnReminder } from "../stores/reminders";
import { tell } from "../stores/toasts";
import { sayOfPeople } from "../words/people";
import { useDoing } from "./doing";
import { wordsOf } from "./failure";
import { Icon } from "./icons";

interface Rung {
  sessionId: string;
  title: string;
  /** With words, as wide as there is room. */
  big?: boolean;
}

export function Bell({ sessionId, title, big = false }: Rung) {
  const { busy, attempt } = useDoing();
  const isSet = reminded.value.has(sessionId);
  useEffect(() => void readReminders(), []);

  async function turn() {
    const said = await attempt(() =>
      turnReminder(sessionId, !isSet).catch((error: unknown) => {
        tell(wordsOf(error));
        throw error;
      }),
    );
    if (said && !isSet) tell(sayOfPeople("reminderMeans"));
  }

  return (
    <button
      type="button"
      class={big ? `button big full ${isSet ? "soft" : "main"}` : `round bell${isSet ? " set" : ""}`}
      data-testid="bell"
      aria-label={big ? undefined : sayOfPeople("remindOf", { title })}
      aria-pressed={isSet}
      disabled={busy}
      onClick={() => void turn()}
    >
      <Icon name={isSet ? "bellSet" : "bell"} filled={isSet} />
      {big && sayOfPeople(isSet ? "reminderSet" : "remindMe")}
    </button>
  );
}
