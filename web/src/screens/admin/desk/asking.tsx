// Who wants to be a creator, the oldest first: approved, or refused with a word why. Nothing where nobody asks.
import { useState } from "preact/hooks";
import type { CreatorRequestOf } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { operation } from "../../../server/client";
import { say, when } from "../../../words";
import { sayOfUsers } from "../../../words/users";
import { useAsked } from "../asked";
import { Why } from "./why";

export function Asking() {
  const [round, setRound] = useState(0);
  const { answer, failure, again } = useAsked(
    `asking ${round}`,
    async () => (await operation<"read_creator_requests">("GET", "admin/creator-requests")).requests,
  );
  if (!answer?.length && !failure) return null;
  return (
    <section class="creator-asking" aria-label={sayOfUsers("asking")}>
      <h2>{sayOfUsers("asking")}</h2>
      <Failure error={failure} retry={again} />
      <ol class="figures">
        {answer?.map((request) => (
          <Request key={request.id} request={request} onDecided={() => setRound(round + 1)} />
        ))}
      </ol>
    </section>
  );
}

function Request({ request, onDecided }: { request: CreatorRequestOf; onDecided: () => void }) {
  const [refusing, setRefusing] = useState(false);
  const { busy, failure, attempt } = useDoing();

  async function decide(status: "approved" | "refused", reason?: string) {
    setRefusing(false);
    const body = { status, reason: reason ?? null };
    const path = `admin/creator-requests/${request.id}` as const;
    if (await attempt(() => operation<"decide_creator_request">("PATCH", path, body))) onDecided();
  }

  return (
    <li class="panel report" data-testid="creator-request">
      <b>{request.person ? nameOf(request.person) : say("somebody")}</b>
      <small class="dim">{when(request.created_at)}</small>
      {request.message && <blockquote>{request.message}</blockquote>}
      <Failure error={failure} />
      <div class="row">
        <button class="button small main" disabled={busy} onClick={() => void decide("approved")}>
          {sayOfUsers("approve")}
        </button>
        <button class="button small" disabled={busy} onClick={() => setRefusing(true)}>
          {sayOfUsers("refuse")}
        </button>
      </div>
      {refusing && (
        <Why
          title={sayOfUsers("reasonRefused")}
          yes={sayOfUsers("refuse")}
          onYes={(reason) => void decide("refused", reason)}
          onClose={() => setRefusing(false)}
        />
      )}
    </li>
  );
}
