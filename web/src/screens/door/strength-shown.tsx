// How hard a password is to guess, as three bars and a word.
import { say } from "../../words";
import { strengthOf } from "./strength";

export const PASSWORD_CHARACTERS_MIN = 6; // as the server asks
const STEPS = 3;

export function Strength({ password }: { password: string }) {
  const strength = strengthOf(password, PASSWORD_CHARACTERS_MIN);
  const words = [say("passwordShort"), say("passwordWeak"), say("passwordFine"), say("passwordStrong")];
  return (
    <div class={`strength of-${strength}`}>
      {Array.from({ length: STEPS }, (_, step) => (
        <i key={step} class={step < strength ? "on" : ""} />
      ))}
      <span id="strength">{words[strength]}</span>
    </div>
  );
}
