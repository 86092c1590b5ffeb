// Asking to come up: a button where the thumb is, a small sheet for a word to the host, and taking it back while one waits.
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { useNow } from "../../../parts/now";
import { Over } from "../../../parts/sheet";
import type { LiveSession } from "../../../stores/live-session";
import { say } from "../../../words";
import type { Guest } from "./guest";
import "./guests.css";

const MESSAGE_CHARACTERS_MAX = 200;

interface Askable {
  live: LiveSession;
  guest: Guest;
  onAsk: () => void;
}

export function AskButton({ live, guest, onAsk }: Askable) {
  if (guest.at === "up") return null;
  if (guest.at === "called") {
    return (
      <button class="button off ask-up" data-testid="go-up" aria-label={say("goUp")} onClick={() => guest.ready(true)}>
        <Icon name="hand" />
        <span>{say("goUp")}</span>
      </button>
    );
  }
  if (guest.at === "asked") return <Waiting guest={guest} />;
  return (
    <button
      class="button off ask-up"
      data-testid="ask"
      aria-label={wordOf(live)}
      aria-haspopup="dialog"
      onClick={onAsk}
    >
      <Icon name="hand" />
      <span>{wordOf(live)}</span>
    </button>
  );
}

const wordOf = (live: LiveSession) => say(live.session_type === "audio_room" ? "askToSpeak" : "askToJoin");

function Waiting({ guest }: { guest: Guest }) {
  const now = useNow();
  const left = Math.max(0, Math.ceil((Date.parse(guest.request?.expires_at ?? "") - now) / 1000));
  return (
    <button
      class="button off ask-up waiting"
      data-testid="take-back"
      disabled={guest.doing.busy}
      onClick={guest.takeBack}
    >
      <i class="turning" />
      <span class="unseen">{say("asked")}</span>
      <time>{left}</time>
      <b>{say("takeBack")}</b>
    </button>
  );
}

interface Asking {
  live: LiveSession;
  guest: Guest;
  onClose: () => void;
}

export function AskSheet({ live, guest, onClose }: Asking) {
  const word = wordOf(live);
  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const message = String(new FormData(event.currentTarget as HTMLFormElement).get("message")).trim();
    if (await guest.ask(message)) onClose();
  }

  return (
    <Over title={word} onClose={onClose}>
      <form class="asking" onSubmit={(event) => void submit(event)}>
        <div class="field">
          <label>
            {say("wordToHost")}
            <input
              name="message"
              maxLength={MESSAGE_CHARACTERS_MAX}
              placeholder={say("wordToHostHint")}
              autocomplete="off"
              enterkeyhint="send"
            />
          </label>
        </div>
        <p class="dim">{say(live.session_type === "audio_room" ? "askAudioMeans" : "askVideoMeans")}</p>
        <Failure error={guest.doing.failure} />
        <button class="button main big full" disabled={guest.doing.busy}>
          <Icon name="hand" />
          {word}
        </button>
      </form>
    </Over>
  );
}
