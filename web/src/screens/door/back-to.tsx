// The way back to signing in.
import { Icon } from "../../parts/icons";
import { say } from "../../words";

export function BackTo({ onSignIn }: { onSignIn: () => void }) {
  return (
    <button type="button" class="round veil back" aria-label={say("back")} onClick={onSignIn}>
      <Icon name="back" />
    </button>
  );
}
