// What a webhook was told, the newest first, with each try and its answer; a message to try it, and any of them once more.
import { useEffect, useState } from "preact/hooks";
import type { WebhookAttempt, WebhookMessage } from "../../../operations";
import { Chips } from "../../../parts/chips";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { operation } from "../../../server/client";
import { number, say, when } from "../../../words";
import { sayOfWebhooks, webhookWords } from "../../../words/webhooks";
import { useAsked } from "../asked";
import "./webhooks.css";

const STATES = ["all", "pending", "sent", "failed"] as const;
const PAGE = 20;
const LOOK_MS = 2000;
const SOON_MS = 90_000; // longer than one that is being sent is held

type State = (typeof STATES)[number];

export function Messages({ id }: { id: string }) {
  const [state, setState] = useState<State>("all");
  const [limit, setLimit] = useState(PAGE);
  const [round, setRound] = useState(0);
  const { failure: refused, busy, attempt } = useDoing();
  const { answer, failure, again } = useAsked(`messages ${id} ${state} ${limit} ${round}`, async () => {
    const asked = new URLSearchParams({ limit: `${limit}` });
    if (state !== "all") asked.set("status", state);
    const path = `admin/webhooks/${id}/messages?${asked}` as `admin/webhooks/${string}/messages`;
    return (await operation<"webhook_messages">("GET", path)).messages;
  });
  const isUnderWay = answer?.some(isDueSoon);
  useEffect(() => {
    if (!isUnderWay) return;
    const looking = setTimeout(() => setRound(round + 1), LOOK_MS);
    return () => clearTimeout(looking);
  }, [isUnderWay, round]);

  async function send(ask: () => Promise<unknown>) {
    if (await attempt(ask)) setRound(round + 1);
  }

  const sendTest = () => send(() => operation<"try_webhook">("POST", `admin/webhooks/${id}/test`));
  const sendAgain = (message: string) =>
    send(() => operation<"redeliver_webhook_message">("POST", `admin/webhooks/${id}/messages/${message}/redeliver`));

  return (
    <section class="panel webhook-messages" aria-label={sayOfWebhooks("messages")}>
      <div class="row">
        <h2 class="grow">{sayOfWebhooks("messages")}</h2>
        <button class="button small" onClick={() => setRound(round + 1)} aria-label={sayOfWebhooks("lookAgain")}>
          <Icon name="refresh" />
        </button>
        <button class="button small main" disabled={busy} onClick={() => void sendTest()}>
          {sayOfWebhooks("test")}
        </button>
      </div>
      <Chips
        name={sayOfWebhooks("standing")}
        value={state}
        wrapped
        options={STATES.map((value) => ({ value, label: sayOfWebhooks(value) }))}
        onChoose={setState}
      />
      <Failure error={failure} retry={again} />
      <Failure error={webhookWords(refused)} />
      {answer?.length === 0 && <p class="dim">{sayOfWebhooks("noMessages")}</p>}
      <ol>
        {answer?.map((message) => (
          <Line key={message.id} message={message} busy={busy} onAgain={() => void sendAgain(message.id)} />
        ))}
      </ol>
      {answer?.length === limit && (
        <button class="button full" onClick={() => setLimit(limit + PAGE)}>
          {say("showMore")}
        </button>
      )}
    </section>
  );
}

/** Then what comes of it is worth waiting for. */
function isDueSoon({ status, next_at }: WebhookMessage): boolean {
  return status === "pending" && (!next_at || Date.parse(next_at) < Date.now() + SOON_MS);
}

interface Listed {
  message: WebhookMessage;
  busy: boolean;
  onAgain: () => void;
}

function Line({ message, busy, onAgain }: Listed) {
  const { code, status, created_at, next_at, attempts } = message;
  return (
    <li data-testid="webhook-message">
      <div class="row">
        <span class="grow">
          <code>{code}</code>
          <small class="dim">
            {when(created_at)}
            {status === "pending" && next_at && ` · ${sayOfWebhooks("nextAt", { when: when(next_at) })}`}
          </small>
        </span>
        <span class={status === "failed" ? "pill live" : status === "sent" ? "pill gold" : "pill"}>
          {sayOfWebhooks(status)}
        </span>
        <button class="round plain" disabled={busy} aria-label={sayOfWebhooks("sendAgain", { code })} onClick={onAgain}>
          <Icon name="send" />
        </button>
      </div>
      {attempts.length > 0 && (
        <details>
          <summary>{sayOfWebhooks("tries", { count: number(attempts.length) })}</summary>
          <ul>
            {attempts.map((each) => (
              <li key={each.created_at}>{inWords(each)}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function inWords({ created_at, status_code, error, answer, milliseconds }: WebhookAttempt): string {
  const came = status_code ? sayOfWebhooks("answered", { status: String(status_code) }) : error;
  return [when(created_at), came, `${number(milliseconds)} ms`, answer].filter(Boolean).join(" · ");
}
