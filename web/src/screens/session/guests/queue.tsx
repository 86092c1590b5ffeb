// The host's queue: who asks first as a card on the stage, all of them in a sheet, each let in or not.
import { useState } from "preact/hooks";
import type { GuestRequest } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Face, nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { useNow } from "../../../parts/now";
import { Over } from "../../../parts/sheet";
import { people } from "../../../stores/people";
import { answerRequest, type Requests } from "../../../stores/requests";
import { say } from "../../../words";
import "./guests.css";

/** The first one that was not put off, over the picture. */
export function FirstRequest({ requests }: { requests: Requests }) {
  const [later, setLater] = useState<string[]>([]);
  const { busy, failure, attempt } = useDoing();
  const first = requests.pending.find((request) => !later.includes(request.id));
  if (!first) return failure ? <Failure error={failure} /> : null;
  const person = people.value[first.requester_profile_id];
  const letIn = () => void attempt(async () => requests.take(await answerRequest(first.id, "approve")));
  return (
    <div class="first-request" role="status" data-testid="first-request">
      <Face person={person} />
      <span class="grow">
        <b class="cut">{say("wantsToJoin", { name: nameOf(person) })}</b>
        {first.message && <small class="cut">{first.message}</small>}
        <Failure error={failure} />
      </span>
      <button class="button over-picture" onClick={() => setLater([...later, first.id])}>
        {say("later")}
      </button>
      <button class="button main" disabled={busy} onClick={letIn}>
        {say("letIn")}
      </button>
    </div>
  );
}

export function QueueSheet({ requests, onClose }: { requests: Requests; onClose: () => void }) {
  const { busy, failure, attempt } = useDoing();
  const answer = (request: GuestRequest, yes: boolean) =>
    void attempt(async () => requests.take(await answerRequest(request.id, yes ? "approve" : "reject")));
  return (
    <Over title={say("guestRequests")} onClose={onClose}>
      <Failure error={failure ?? requests.unread} />
      {requests.pending.length === 0 && <p class="dim">{say("nobodyAsks")}</p>}
      <ul class="queue">
        {requests.pending.map((request) => (
          <Asking key={request.id} {...{ request, busy }} onAnswer={(yes) => answer(request, yes)} />
        ))}
      </ul>
    </Over>
  );
}

interface Asked {
  request: GuestRequest;
  busy: boolean;
  onAnswer: (yes: boolean) => void;
}

function Asking({ request, busy, onAnswer }: Asked) {
  const now = useNow();
  const person = people.value[request.requester_profile_id];
  const left = Math.max(0, Math.ceil((Date.parse(request.expires_at ?? "") - now) / 1000));
  return (
    <li data-testid="request">
      <Face person={person} />
      <span class="grow">
        <b class="cut">{nameOf(person)}</b>
        <small class="dim">{request.message || say("secondsLeft", { seconds: String(left) })}</small>
      </span>
      <button class="button small" disabled={busy} onClick={() => onAnswer(false)}>
        {say("sayNo")}
      </button>
      <button class="button main small" disabled={busy} onClick={() => onAnswer(true)}>
        {say("letIn")}
      </button>
    </li>
  );
}
