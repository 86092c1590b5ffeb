// One's own account: a copy of everything, where one is signed in, becoming a creator, and giving the account up.
import { useEffect, useState } from "preact/hooks";
import type { Export, OwnCreator, SignedIn } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { Over } from "../../parts/sheet";
import {
  askCopy,
  askToCreate,
  deviceOf,
  giveUp,
  readCopy,
  readCreator,
  readSignedIn,
  signOutThere,
  sizeOf,
  wantsSignIn,
} from "../../stores/account";
import { login } from "../../stores/login";
import { tell } from "../../stores/toasts";
import { day, number, when } from "../../words";
import { sayOfAccount } from "../../words/account";
import { Consents } from "./consents";
import "./me.css";
import "./account.css";

const LOOK_MS = 5000;
const MESSAGE_CHARACTERS_MAX = 1000;

export function Account() {
  return (
    <div class="page me account">
      <Heading title={sayOfAccount("account")} back="/me" />
      <Copy />
      <Sessions />
      <Creating />
      <Consents />
      <Ending />
    </div>
  );
}

/** Looked at again while it is being made. */
function Copy() {
  const [copy, setCopy] = useState<Export | null>(null);
  const { busy, failure, attempt } = useDoing();
  const isComing = copy?.status === "queued" || copy?.status === "running";
  useEffect(() => void attempt(async () => setCopy(await readCopy())), []);
  useEffect(() => {
    if (!isComing) return;
    const looking = setInterval(() => void readCopy().then(setCopy, () => {}), LOOK_MS); // the next look may do better
    return () => clearInterval(looking);
  }, [isComing]);

  return (
    <section class="panel" aria-label={sayOfAccount("copy")} data-testid="copy">
      <div>
        <h2>{sayOfAccount("copy")}</h2>
        <p class="dim">{sayOfAccount("copyMeans")}</p>
      </div>
      <p role="status">{copy && told(copy)}</p>
      <Failure error={failure} />
      {copy?.status === "ready" ? (
        <button
          class="button main"
          disabled={busy}
          onClick={() => void attempt(async () => location.assign((await readCopy())!.url!))}
        >
          <Icon name="download" />
          {sayOfAccount("download")}
        </button>
      ) : (
        !isComing && (
          <button
            class="button soft"
            disabled={busy}
            onClick={() => void attempt(async () => setCopy(await askCopy()))}
          >
            {sayOfAccount("askCopy")}
          </button>
        )
      )}
    </section>
  );
}

function told(copy: Export): string {
  if (copy.status === "expired") return "";
  if (copy.status !== "ready") return sayOfAccount(copy.status);
  const values = { size: sizeOf(copy.bytes!), files: number(copy.pictures), when: when(copy.expires_at!) };
  return sayOfAccount("ready", values);
}

function Sessions() {
  const [sessions, setSessions] = useState<SignedIn[]>([]);
  const { busy, failure, attempt } = useDoing();
  useEffect(() => void attempt(async () => setSessions(await readSignedIn())), []);

  async function signOut(id: string) {
    if (await attempt(async () => setSessions(await signOutThere(id)))) tell(sayOfAccount("signedOut"));
  }

  return (
    <section class="panel" aria-label={sayOfAccount("signedIn")}>
      <h2>{sayOfAccount("signedIn")}</h2>
      <Failure error={failure} />
      <ul class="signed-in">
        {sessions.map((session) => {
          const name = deviceOf(session.user_agent) ?? sayOfAccount("somewhere");
          return (
            <li key={session.id} data-testid="signed-in">
              <div class="grow">
                <b>{name}</b>
                <small class="dim">
                  {[session.ip, sayOfAccount("usedAt", { when: when(session.used_at) })].filter(Boolean).join(" · ")}
                </small>
              </div>
              {session.is_current ? (
                <span class="pill">{sayOfAccount("thisOne")}</span>
              ) : (
                <button
                  class="round plain"
                  disabled={busy}
                  aria-label={sayOfAccount("signOutThere", { name })}
                  onClick={() => void signOut(session.id)}
                >
                  <Icon name="signOut" />
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Nothing for who is one already. */
function Creating() {
  const [creator, setCreator] = useState<OwnCreator>();
  const [message, setMessage] = useState("");
  const { busy, failure, attempt } = useDoing();
  useEffect(() => void attempt(async () => setCreator(await readCreator())), []);
  if (!creator || (creator.is_creator && !message)) return null;
  const { request } = creator;

  async function ask(event: SubmitEvent) {
    event.preventDefault();
    await attempt(async () => setCreator(await askToCreate(message.trim() || null)));
  }

  return (
    <section class="panel" aria-label={sayOfAccount("create")} data-testid="creating">
      <div>
        <h2>{sayOfAccount("create")}</h2>
        <p class="dim">{sayOfAccount("createMeans")}</p>
      </div>
      {creator.is_creator && <p>{sayOfAccount("isCreator")}</p>}
      {request?.status === "open" && <p role="status">{sayOfAccount("waiting")}</p>}
      {request?.status === "refused" && (
        <p>
          {sayOfAccount("wasRefused")} {request.reason}
        </p>
      )}
      <Failure error={failure} />
      {!creator.is_creator && request?.status !== "open" && (
        <form onSubmit={(event) => void ask(event)}>
          {creator.creators_are === "request" && (
            <div class="field">
              <label>
                {sayOfAccount("message")}
                <input
                  value={message}
                  maxLength={MESSAGE_CHARACTERS_MAX}
                  onInput={(event) => setMessage(event.currentTarget.value)}
                />
              </label>
            </div>
          )}
          <button class="button soft" disabled={busy}>
            {sayOfAccount(creator.creators_are === "open" ? "become" : "ask")}
          </button>
        </form>
      )}
    </section>
  );
}

function Ending() {
  const [asked, setAsked] = useState(false);
  const { busy, failure, attempt } = useDoing();
  const hasPassword = Boolean(login.value?.user.email);

  async function end(event: SubmitEvent) {
    event.preventDefault();
    const password = String(new FormData(event.currentTarget as HTMLFormElement).get("password") ?? "");
    await attempt(async () => tell(sayOfAccount("ended", { day: day(await giveUp(password)) })));
  }

  return (
    <section class="panel" aria-label={sayOfAccount("end")}>
      <div>
        <h2>{sayOfAccount("end")}</h2>
        <p class="dim">{sayOfAccount("endMeans")}</p>
      </div>
      <button class="button danger" onClick={() => setAsked(true)}>
        {sayOfAccount("end")}
      </button>
      {asked && (
        <Over title={sayOfAccount("endAsked")} onClose={() => setAsked(false)}>
          <form class="giving-up" onSubmit={(event) => void end(event)}>
            <p>{sayOfAccount("ends")}</p>
            <p>{sayOfAccount("goes")}</p>
            <p class="dim">{sayOfAccount("stays")}</p>
            {hasPassword && (
              <div class="field">
                <label>
                  {sayOfAccount("password")}
                  <input name="password" type="password" autocomplete="current-password" />
                </label>
              </div>
            )}
            {wantsSignIn(failure) ? (
              <p class="failure" role="alert">
                <strong>{sayOfAccount("signInAgain")}</strong>
              </p>
            ) : (
              <Failure error={failure} />
            )}
            <button class="button danger big full" disabled={busy}>
              {sayOfAccount("endYes")}
            </button>
          </form>
        </Over>
      )}
    </section>
  );
}
