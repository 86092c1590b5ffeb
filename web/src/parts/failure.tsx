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
  const ours = ourWords(error as Named);
  const hint = !ours && error instanceof Refused ? error.hint : null;
  return (
    <p class="failure" role="alert">
      <strong>{wordsOf(error)}</strong>
      {hint && <span>{hint}</span>}
      {retry && (
        <button type="button" class="button small" onClick={retry}>
          {say("retry")}
        </button>
      )}
    </p>
  );
}

/** In a sentence, where there is room for no more: a toast. */
export function wordsOf(error: unknown): string {
  return ourWords(error as Named) ?? String((error as Named).message ?? error);
}

function ourWords(error: Named): string | undefined {
  return sentence(String(error.code)) ?? sentence(isOffline(error) ? "offline" : String(error.name));
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
