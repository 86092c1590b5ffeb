// A failure in words, with what to do.
import { Refused } from "../client";
import { say } from "../words";

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  const message = error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error);
  const hint = error instanceof Refused ? error.hint : null;
  return (
    <p class="failure" role="alert">
      <strong>{message}</strong>
      {hint && <span>{hint}</span>}
      {retry && (
        <button class="quiet" onClick={retry}>
          {say("retry")}
        </button>
      )}
    </p>
  );
}
