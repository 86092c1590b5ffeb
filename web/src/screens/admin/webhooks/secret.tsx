// What messages are signed with, shown this once.
import { Over } from "../../../parts/sheet";
import { tell } from "../../../stores/toasts";
import { say } from "../../../words";
import { sayOfWebhooks } from "../../../words/webhooks";
import "./webhooks.css";

export function Secret({ secret, onKept }: { secret: string; onKept: () => void }) {
  const copy = () => navigator.clipboard.writeText(secret).then(() => tell(say("copied")));
  return (
    <Over title={sayOfWebhooks("secret")} held onClose={onKept}>
      <div class="webhook-form">
        <p>{sayOfWebhooks("secretMeans")}</p>
        <code class="webhook-secret" data-testid="webhook-secret">
          {secret}
        </code>
        <button class="button full" onClick={() => void copy().catch(() => {})}>
          {sayOfWebhooks("copySecret")}
        </button>
        <button class="button main big full" onClick={onKept}>
          {sayOfWebhooks("kept")}
        </button>
      </div>
    </Over>
  );
}
