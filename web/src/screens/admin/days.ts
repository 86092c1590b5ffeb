// The days of a report, whether anything happened on them or not, and numbers as an admin reads them.
import { language } from "../../words";

const LOCALES = { en: "en-GB", tr: "tr-TR" } as const;
const DAY_MS = 86_400_000;

export type Measure = number | null;

/** The last so many days of a time zone, oldest first: `2031-05-01`. */
export function lastDays(count: number, zone: string, now = Date.now()): string[] {
  // Swedish writes its dates as ISO does
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(now);
  const noon = Date.parse(`${today}T12:00:00Z`);
  return Array.from({ length: count }, (_, back) => isoOf(noon - (count - 1 - back) * DAY_MS));
}

/** How many on each day: the rows of a day together, none where there is no row. */
export function counts<Row extends { day: string }>(days: string[], rows: Row[], of: (row: Row) => number): number[] {
  const known = new Map<string, number>();
  for (const row of rows) known.set(row.day, (known.get(row.day) ?? 0) + of(row));
  return days.map((day) => known.get(day) ?? 0);
}

/** What was measured on each day: nothing where there is no row. */
export function measures<Row extends { day: string }>(
  days: string[],
  rows: Row[],
  of: (row: Row) => Measure,
): Measure[] {
  const known = new Map(rows.map((row) => [row.day, of(row)]));
  return days.map((day) => known.get(day) ?? null);
}

/** 14 May; it has no time zone any more. */
export function dayName(day: string): string {
  const noon = new Date(`${day}T12:00:00Z`);
  const words = new Intl.DateTimeFormat(LOCALES[language.value], { day: "numeric", month: "short", timeZone: "UTC" });
  return words.format(noon);
}

export function share(part: number, whole: number): string {
  const digits = { style: "percent", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(LOCALES[language.value], digits).format(whole ? part / whole : 0);
}

export function dollars(microdollars: number): string {
  const money = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" } as const;
  return new Intl.NumberFormat(LOCALES[language.value], money).format(microdollars / 1e6);
}

export function decimal(value: number): string {
  return new Intl.NumberFormat(LOCALES[language.value], { maximumFractionDigits: 1 }).format(value);
}

export const sum = (values: Measure[]): number => values.reduce<number>((all, each) => all + (each ?? 0), 0);

const isoOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
