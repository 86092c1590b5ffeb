// What the people who run the app ask one to agree to, and what one said last. Nothing where there are no texts.
import { useEffect, useState } from "preact/hooks";
import type { AskedConsent } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Switch } from "../../parts/switch";
import { readConsents, sayConsent } from "../../stores/account";
import { day } from "../../words";
import { consentWords, hasKind, sayOfConsents } from "../../words/consents";

export function Consents() {
  const [consents, setConsents] = useState<AskedConsent[]>([]);
  const { busy, failure, attempt } = useDoing();
  const load = () => attempt(async () => setConsents(await readConsents()));
  useEffect(() => void load(), []);
  if (consents.length === 0) return null;

  /** A text that changed meanwhile is read anew first. */
  async function turn(text: AskedConsent, isGiven: boolean) {
    if (!(await attempt(async () => setConsents(await sayConsent(text, isGiven))))) {
      await readConsents().then(setConsents, () => {});
    }
  }

  return (
    <section class="panel consents" aria-label={sayOfConsents("consents")} data-testid="consents">
      <div>
        <h2>{sayOfConsents("consents")}</h2>
        <p class="dim">{sayOfConsents("consentsMean")}</p>
      </div>
      <ul class="switches">
        {consents.map((text) => (
          <li key={text.kind}>
            <Switch
              name={nameOfKind(text.kind)}
              means={meaning(text)}
              on={isGiven(text)}
              disabled={busy}
              onTurn={(on) => void turn(text, on)}
            />
          </li>
        ))}
      </ul>
      <Failure error={consentWords(failure)} />
    </section>
  );
}

const isGiven = ({ version, answer }: AskedConsent) => Boolean(answer?.is_given && answer.version === version);

function meaning(text: AskedConsent): string {
  const { version, is_required, answer } = text;
  const said = isGiven(text)
    ? sayOfConsents("agreed", { day: day(answer!.said_at) })
    : sayOfConsents(answer?.is_given ? "isNewer" : is_required ? "isNeeded" : "isFree");
  return `${sayOfConsents("version", { version })} · ${said}`;
}

/** As the house names it, where the page has no word for it. */
function nameOfKind(kind: string): string {
  const name = kind.replaceAll("_", " ");
  return hasKind(kind) ? sayOfConsents(kind) : name.charAt(0).toUpperCase() + name.slice(1);
}
