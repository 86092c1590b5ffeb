// One of the people: how they stand, what there is of them, and what an admin does about it.
import { useState } from "preact/hooks";
import type { Operations, PersonSummary } from "../../../operations";
import { Chips } from "../../../parts/chips";
import { useDoing } from "../../../parts/doing";
import { Face, nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { Over } from "../../../parts/sheet";
import { operation } from "../../../server/client";
import { tell } from "../../../stores/toasts";
import { number, say, when } from "../../../words";
import { sayOfUsers } from "../../../words/users";
import { useAsked } from "../asked";
import { Why } from "./why";

const LENGTHS = { days1: 1, days7: 7, days30: 30, forever: null } as const;
const PREMIUM_DAYS = 30;

type Length = keyof typeof LENGTHS;
type Act = "suspend_user" | "unsuspend_user" | "sign_user_out" | "grant_premium";

interface Shown {
  id: string;
  onClose: () => void;
  onChanged: () => void;
}

export function One({ id, onClose, onChanged }: Shown) {
  const [round, setRound] = useState(0);
  const { answer, failure, again } = useAsked(
    `user ${id} ${round}`,
    async () => (await operation<"read_user">("GET", `admin/users/${id}`)).user,
  );
  const name = answer && (answer.display_name || answer.username ? nameOf(answer) : answer.email);

  function changed() {
    setRound(round + 1);
    onChanged();
  }

  return (
    <Over
      title={name ?? say("somebody")}
      under={answer?.email ?? undefined}
      face={<Face person={answer ?? null} />}
      onClose={onClose}
    >
      <Failure error={failure} retry={again} />
      {answer && <Summary user={answer} onChanged={changed} />}
    </Over>
  );
}

function Summary({ user, onChanged }: { user: PersonSummary; onChanged: () => void }) {
  const [suspending, setSuspending] = useState(false);
  const { busy, failure, attempt } = useDoing();

  async function act(what: Act, path: string, body?: Operations[Act]["body"]) {
    const done = await attempt(() =>
      operation<Act>("POST", `admin/users/${user.id}/${path}` as Operations[Act]["path"], body),
    );
    if (done) onChanged();
    if (done && what === "sign_user_out") tell(sayOfUsers("signedOut"));
  }

  function suspend(reason: string, length: Length) {
    setSuspending(false);
    const days = LENGTHS[length];
    void act("suspend_user", "suspend", { reason, ends_at: days === null ? null : inDays(days) });
  }

  const counts = [
    [sayOfUsers("coins"), user.balance],
    [sayOfUsers("pictures"), user.pictures],
    [sayOfUsers("sessions"), user.live_sessions],
    [sayOfUsers("shadows"), user.shadows],
    [sayOfUsers("reported"), user.reported],
  ] as const;
  const given = user.is_premium ? { is_premium: false } : { is_premium: true, until: inDays(PREMIUM_DAYS) };

  return (
    <div class="closing" data-testid="user-summary">
      <p class="pills">
        {user.is_creator && <span class="pill gold">{say("creator")}</span>}
        {user.is_premium && (
          <span class="pill">
            {user.premium_until
              ? sayOfUsers("premiumUntil", { when: when(user.premium_until) })
              : sayOfUsers("premium")}
          </span>
        )}
        {user.suspended_until && (
          <span class="pill">{sayOfUsers("suspendedUntil", { when: when(user.suspended_until) })}</span>
        )}
        {user.deletion_due && <span class="pill">{sayOfUsers("erasedOn", { when: when(user.deletion_due) })}</span>}
      </p>
      <p class="dim">
        {[
          sayOfUsers("since", { when: when(user.created_at) }),
          user.last_seen_at && sayOfUsers("seen", { when: when(user.last_seen_at) }),
          sayOfUsers("signedIn", { count: number(user.sessions.length) }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <dl class="counts">
        {counts.map(([what, count]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{number(count)}</dd>
          </div>
        ))}
      </dl>
      {user.suspensions.length > 0 && (
        <section aria-label={sayOfUsers("before")}>
          <h3>{sayOfUsers("before")}</h3>
          <ul class="suspensions">
            {user.suspensions.map((each) => (
              <li key={each.created_at}>
                {each.reason} <small class="dim">{when(each.created_at)}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Failure error={failure} />
      <button class="button soft full" disabled={busy} onClick={() => void act("sign_user_out", "sign-out")}>
        {sayOfUsers("signOut")}
      </button>
      <button class="button soft full" disabled={busy} onClick={() => void act("grant_premium", "premium", given)}>
        {sayOfUsers(user.is_premium ? "endPremium" : "givePremium")}
      </button>
      {user.standing === "suspended" ? (
        <button class="button main full" disabled={busy} onClick={() => void act("unsuspend_user", "unsuspend")}>
          {sayOfUsers("unsuspend")}
        </button>
      ) : (
        <button class="button danger full" disabled={busy} onClick={() => setSuspending(true)}>
          {sayOfUsers("suspend")}
        </button>
      )}
      {suspending && <Suspending onYes={suspend} onClose={() => setSuspending(false)} />}
    </div>
  );
}

interface Asked {
  onYes: (reason: string, length: Length) => void;
  onClose: () => void;
}

function Suspending({ onYes, onClose }: Asked) {
  const [length, setLength] = useState<Length>("days7");
  return (
    <Why
      title={sayOfUsers("suspend")}
      yes={sayOfUsers("suspend")}
      onYes={(reason) => onYes(reason, length)}
      onClose={onClose}
    >
      <Chips
        name={sayOfUsers("howLong")}
        value={length}
        options={(Object.keys(LENGTHS) as Length[]).map((value) => ({ value, label: sayOfUsers(value) }))}
        onChoose={setLength}
      />
    </Why>
  );
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}
