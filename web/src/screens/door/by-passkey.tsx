// Coming in with a passkey: the browser shows those it has for this place.
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { comeIn } from "../../stores/passkeys";
import { inOurWords, sayOfPasskeys } from "../../words/passkeys";
import "../../parts/passkeys.css";

export function ByPasskey() {
  const { busy, failure, attempt } = useDoing();
  return (
    <section class="by-passkey">
      <button type="button" class="button big full" disabled={busy} onClick={() => void attempt(comeIn)}>
        <Icon name="lock" />
        {sayOfPasskeys("comeIn")}
      </button>
      <Failure error={inOurWords(failure)} />
    </section>
  );
}
