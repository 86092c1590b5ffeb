// A letter is on its way: what to do with it, another one where none came, and the way back.
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { say } from "../../words";
import { sayOfLetters } from "../../words/letters";
import { BackTo } from "./back-to";

interface Letter {
  what: string;
  /** Ask for it once more. */
  again: () => Promise<unknown>;
  onSignIn: () => void;
}

export function Sent({ what, again, onSignIn }: Letter) {
  const [isAgain, setAgain] = useState(false);
  const { busy, failure, attempt } = useDoing();
  return (
    <>
      <BackTo onSignIn={onSignIn} />
      <div role="status">
        <h1>{say("lookIntoMail")}</h1>
        <p class="dim">{isAgain ? sayOfLetters("another") : what}</p>
      </div>
      <Failure error={failure} />
      <button type="button" class="button main big full" onClick={onSignIn}>
        {say("signIn")}
      </button>
      <button
        type="button"
        class="button big full"
        disabled={busy}
        onClick={() => void attempt(again).then((done) => done && setAgain(true))}
      >
        {sayOfLetters("again")}
      </button>
      <p class="hint">{sayOfLetters("notThere")}</p>
    </>
  );
}
