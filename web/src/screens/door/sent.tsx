// A letter is on its way: what to do with it, and the way back.
import { Icon } from "../../parts/icons";
import { say } from "../../words";

export function Sent({ what, onSignIn }: { what: string; onSignIn: () => void }) {
  return (
    <>
      <BackTo onSignIn={onSignIn} />
      <div role="status">
        <h1>{say("lookIntoMail")}</h1>
        <p class="dim">{what}</p>
      </div>
      <button type="button" class="button big full" onClick={onSignIn}>
        {say("signIn")}
      </button>
    </>
  );
}

export function BackTo({ onSignIn }: { onSignIn: () => void }) {
  return (
    <button type="button" class="round veil back" aria-label={say("back")} onClick={onSignIn}>
      <Icon name="back" />
    </button>
  );
}
