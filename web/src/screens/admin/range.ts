// How long back an admin looks, on all parts of the page, for as long as the page is open.
import { signal } from "@preact/signals";
import type { OverviewAnswer } from "../../operations";

export const RANGES = ["7", "28", "90"] as const;
export type Range = (typeof RANGES)[number];

export const range = signal<Range>("28");

/** What each part is given: how many days, and what the server told of people in them. */
export interface Told {
  days: number;
  overview: OverviewAnswer;
}
