// Doing what may take a while and may fail: busy meanwhile, afterwards the failure, for the page to show.
import { useState } from "preact/hooks";

export interface Doing {
  busy: boolean;
  failure: unknown;
  /** Do it; the failure before is forgotten, what it throws is the next one. Answers whether it went well. */
  attempt: (act: () => Promise<unknown>) => Promise<boolean>;
  /** A failure that came by another way; null forgets it. */
  fail: (failure: unknown) => void;
}

export function useDoing(): Doing {
  const [busy, setBusy] = useState(false);
  const [failure, fail] = useState<unknown>(null);

  async function attempt(act: () => Promise<unknown>): Promise<boolean> {
    fail(null);
    setBusy(true);
    try {
      await act();
      return true;
    } catch (error) {
      fail(error);
      return false;
    } finally {
      setBusy(false);
    }
  }

  return { busy, failure, attempt, fail };
}
