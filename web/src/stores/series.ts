// How often a plan comes again, which everybody may know.
import { useEffect, useState } from "preact/hooks";
import { dataOf, sahne } from "../server/client";

/** Null is once: there is no series, or it was stopped. */
export type Every = "daily" | "weekly" | null;

/** Once as long as it is not known. */
export function useEvery(seriesId: string | null) {
  const [every, setEvery] = useState<Every>(null);
  useEffect(() => void everyOf(seriesId).then(setEvery, () => {}), [seriesId]);
  return [every, setEvery] as const;
}

async function everyOf(seriesId: string | null): Promise<Every> {
  if (!seriesId) return null;
  const asked = sahne.from("session_series").select("every").eq("id", seriesId).is("stopped_at", null).maybeSingle();
  return (await dataOf<{ every: Every } | null>(asked))?.every ?? null;
}
