// One of those who are told: what it is told, whether it is, its secret, a message to try it, what came of the others, and its end.
import { useState } from "preact/hooks";
import { goInstead } from "../../../frame/place";
import type { Operations, Webhook } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Segments } from "../../../parts/segments";
import { Ask } from "../../../parts/sheet";
import { Switch } from "../../../parts/switch";
import { operation } from "../../../server/client";
import { tell } from "../../../stores/toasts";
import { number, say } from "../../../words";
import { sayOfWebhooks, webhookWords } from "../../../words/webhooks";
import { useAsked } from "../asked";
import { WebhookForm } from "./form";
import { Messages } from "./messages";
import { Secret } from "./secret";
import { Standing } from "./webhooks";
import "./webhooks.css";

type Edit = Operations["change_webhook"]["body"];

const OVERLAPS = ["0", "24", "168"] as const;
type Overlap = (typeof OVERLAPS)[number];

export function WebhookPage({ id }: { id: string }) {
  const [round, setRound] = useState(0);
  const { answer, failure, again } = useAsked(`webhook ${id} ${round}`, async () => {
    const { webhooks } = await operation<"list_webhooks">("GET", "admin/webhooks");
    return webhooks.find((each) => each.id === id) ?? null;
  });
  if (failure) return <Failure error={failure} retry={again} />;
  if (answer === null) return <p class="dim">{sayOfWebhooks("noSuch")}</p>;
  if (!answer) return <span class="skeleton webhook-to-come" role="status" aria-label={say("loading")} />;
  return <One webhook={answer} onChanged={() => setRound(round + 1)} />;
}

interface Shown {
  webhook: Webhook;
  onChanged: () => void;
}

function One({ webhook, onChanged }: Shown) {
  const path = `admin/webhooks/${webhook.id}` as const;

  async function change(edit: Edit) {
    await operation<"change_webhook">("PATCH", path, edit);
    onChanged();
  }

  return (
    <div class="webhook-page">
      <div class="webhook-side">
        <section class="panel" aria-label={sayOfWebhooks("address")}>
          <div class="row">
            <h2 class="grow">{sayOfWebhooks("address")}</h2>
            <Standing webhook={webhook} />
          </div>
          <WebhookForm
            before={webhook}
            yes={say("save")}
            onSave={async (typed) => {
              await change(typed);
              tell(say("saved"));
            }}
          />
        </section>
        <Active webhook={webhook} change={change} />
        <Secrets webhook={webhook} onChanged={onChanged} />
        <Ending webhook={webhook} />
      </div>
      <Messages id={webhook.id} />
    </div>
  );
}

function Active({ webhook, change }: { webhook: Webhook; change: (edit: Edit) => Promise<void> }) {
  const { busy, failure, attempt } = useDoing();
  const because = webhook.stopped_because === "gone" ? "becauseGone" : "becauseFailing";
  return (
    <section class="panel" aria-label={sayOfWebhooks("told")}>
      <Switch
        name={sayOfWebhooks("told")}
        means={sayOfWebhooks(webhook.stopped_because ? because : "toldMeans")}
        on={webhook.is_active}
        disabled={busy}
        onTurn={(is_active) => void attempt(() => change({ is_active }))}
      />
      <Failure error={failure} />
    </section>
  );
}

function Secrets({ webhook, onChanged }: Shown) {
  const [overlap, setOverlap] = useState<Overlap>("24");
  const [secret, setSecret] = useState<string>();
  const { busy, failure, attempt } = useDoing();

  async function rotate() {
    const path = `admin/webhooks/${webhook.id}/secret` as const;
    const made = await operation<"rotate_webhook_secret">("POST", path, { overlap_hours: Number(overlap) });
    setSecret(made.secret);
  }

  return (
    <section class="panel" aria-label={sayOfWebhooks("secret")}>
      <div>
        <h2>{sayOfWebhooks("secret")}</h2>
        <p class="dim">{sayOfWebhooks("signedWith", { count: number(webhook.secrets) })}</p>
      </div>
      <Segments
        name={sayOfWebhooks("overlap")}
        value={overlap}
        options={OVERLAPS.map((value) => ({ value, label: sayOfWebhooks(`overlap${value}`) }))}
        onChoose={setOverlap}
      />
      <p class="hint">{sayOfWebhooks("overlapMeans")}</p>
      <Failure error={failure} />
      <button class="button full" disabled={busy} onClick={() => void attempt(rotate)}>
        {sayOfWebhooks("rotate")}
      </button>
      {secret && (
        <Secret
          secret={secret}
          onKept={() => {
            setSecret(undefined);
            onChanged();
          }}
        />
      )}
    </section>
  );
}

function Ending({ webhook }: { webhook: Webhook }) {
  const [asked, setAsked] = useState(false);
  const { busy, failure, attempt } = useDoing();

  async function end() {
    setAsked(false);
    const done = await attempt(() => operation<"delete_webhook">("DELETE", `admin/webhooks/${webhook.id}`));
    if (done) goInstead("/admin/webhooks");
  }

  return (
    <>
      <Failure error={webhookWords(failure)} />
      <button class="button danger full" disabled={busy} onClick={() => setAsked(true)}>
        {sayOfWebhooks("remove")}
      </button>
      {asked && (
        <Ask
          title={sayOfWebhooks("removeAsked")}
          yes={sayOfWebhooks("remove")}
          danger
          onYes={() => void end()}
          onNo={() => setAsked(false)}
        >
          {sayOfWebhooks("removeMeans")}
        </Ask>
      )}
    </>
  );
}
