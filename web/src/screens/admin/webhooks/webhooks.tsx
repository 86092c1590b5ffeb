// Others who are told what happens: their addresses, how each stands, and a new one.
import { useState } from "preact/hooks";
import type { Webhook } from "../../../operations";
import { Failure } from "../../../parts/failure";
import { Icon } from "../../../parts/icons";
import { Over } from "../../../parts/sheet";
import { operation } from "../../../server/client";
import { number, when } from "../../../words";
import { sayOfWebhooks } from "../../../words/webhooks";
import { useAsked } from "../asked";
import { type Typed, WebhookForm } from "./form";
import { Secret } from "./secret";
import "./webhooks.css";

const NEW: Typed = { url: "", description: "", codes: [] };

export function Webhooks() {
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [round, setRound] = useState(0);
  const { answer, failure, again } = useAsked(
    `webhooks ${round}`,
    async () => (await operation<"list_webhooks">("GET", "admin/webhooks")).webhooks,
  );

  async function create(typed: Typed) {
    const made = await operation<"create_webhook">("POST", "admin/webhooks", typed);
    setAdding(false);
    setSecret(made.secret);
    setRound(round + 1);
  }

  return (
    <section class="webhooks" aria-label={sayOfWebhooks("webhooks")}>
      <p class="dim">{sayOfWebhooks("webhooksMean")}</p>
      <Failure error={failure} retry={again} />
      {answer?.length === 0 && <p class="dim">{sayOfWebhooks("none")}</p>}
      {answer && answer.length > 0 && (
        <ul class="listing">
          {answer.map((webhook) => (
            <li key={webhook.id} data-testid="webhook">
              <a class="row" href={`#/admin/webhooks/${webhook.id}`}>
                <span class="grow">
                  <b class="cut">{webhook.url}</b>
                  <small class="dim cut">{factsOf(webhook)}</small>
                </span>
                <Standing webhook={webhook} />
                <Icon name="more" />
              </a>
            </li>
          ))}
        </ul>
      )}
      <button class="button main" onClick={() => setAdding(true)}>
        <Icon name="plus" />
        {sayOfWebhooks("add")}
      </button>
      {adding && (
        <Over title={sayOfWebhooks("add")} onClose={() => setAdding(false)}>
          <WebhookForm before={NEW} yes={sayOfWebhooks("add")} onSave={create} />
        </Over>
      )}
      {secret && <Secret secret={secret} onKept={() => setSecret(undefined)} />}
    </section>
  );
}

export function Standing({ webhook: { is_active, failing_since } }: { webhook: Webhook }) {
  if (!is_active) return <span class="pill">{sayOfWebhooks("stopped")}</span>;
  if (failing_since) return <span class="pill live">{sayOfWebhooks("failing")}</span>;
  return <span class="pill gold">{sayOfWebhooks("active")}</span>;
}

function factsOf({ description, codes, failing_since, stopped_because }: Webhook): string {
  const facts = [
    description,
    codes.length ? sayOfWebhooks("someEvents", { count: number(codes.length) }) : sayOfWebhooks("everyEvent"),
    stopped_because && sayOfWebhooks(stopped_because === "gone" ? "becauseGone" : "becauseFailing"),
    failing_since && sayOfWebhooks("failingSince", { when: when(failing_since) }),
  ];
  return facts.filter(Boolean).join(" · ");
}
