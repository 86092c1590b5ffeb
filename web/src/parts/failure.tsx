// A failure as a sentence: ours for the codes we know, else the server's own words and what it says to try.
import { Refused } from "../server/client";
import { say, sentence } from "../words";
import "./failure.css";

interface Named {
  code?: unknown;
  name?: unknown;
  message?: unknown;
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  const { code, name, message } = error as Named;
  const ours = sentence(String(code)) ?? sentence(isOffline(error as Named) ? "offline" : String(name));
  const hint = !ours && error instanceof Refused ? error.hint : null;
  return (
    <p class="failure" role="alert">
      <strong>{ours ?? String(message ?? error)}</strong>
      {hint && <span>{hint}</span>}
      {retry && (
        <button type="button" class="button small" onClick={retry}>
          {say("retry")}
        </button>
      )}
    </p>
  );
}

/** The request never arrived: as each of the client's parts, and the browser itself, calls it. */
function isOffline({ name, message }: Named): boolean {
  return (
    name === "FunctionsFetchError" ||
    name === "AuthRetryableFetchError" ||
    name === "StorageUnknownError" ||
    /^(TypeError: )?(Failed to fetch|Load failed|NetworkError)/.test(String(message))
  );
}
