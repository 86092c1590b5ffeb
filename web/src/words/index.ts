// What the page says: the chosen language, fetched alone, and words, refusals, numbers and dates in it.
import { batch, signal } from "@preact/signals";
import type { Words } from "./english";
import type { Refusals } from "./refusals-english";

export type Language = "en" | "tr";

interface Spoken {
  words: Words;
  refusals: Refusals;
}

// English as most of the world writes its dates; the numbers are the same everywhere.
const WORDS: Record<Language, () => Promise<Spoken>> = {
  en: () => import("./english").then((file) => ({ words: file.english, refusals: file.refusals })),
  tr: () => import("./turkish").then((file) => ({ words: file.turkish, refusals: file.refusals })),
};
const LOCALES = { en: "en-GB", tr: "tr-TR" } as const;
const SHORT_FROM = 10_000;
const DAY_MS = 86_400_000;
const DAYS_BY_NAME = 7;

const remembered = localStorage.getItem("language");
const guessed: Language = navigator.language.startsWith("tr") ? "tr" : "en";
export const language = signal<Language>(remembered === "tr" || remembered === "en" ? remembered : guessed);
const spoken = signal<Spoken | null>(null);
const locale = () => LOCALES[language.value];

/** A sentence; `{name}` in it stands for a value. */
export function say(word: keyof Words, values: Record<string, string> = {}): string {
  return filled(spoken.value?.words[word] ?? word, values); // nothing is drawn before the words are there, but that they cannot be had
}

/** As `say`, of words that lie apart: both languages come with the screen that says them. */
export function sayer<Said extends Record<string, string>>(words: Record<Language, Said>) {
  return (word: keyof Said, values: Record<string, string> = {}) => filled(words[language.value][word]!, values);
}

function filled(said: string, values: Record<string, string>): string {
  return said.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}

/** The sentence for a refusal's code, if there is one. */
export function sentence(code: string): string | undefined {
  return spoken.value?.refusals[code as keyof Refusals];
}

/** From now on; what is shown changes when its words have come. */
export async function speak(chosen: Language): Promise<void> {
  localStorage.setItem("language", chosen);
  const said = await WORDS[chosen]();
  document.documentElement.lang = chosen;
  batch(() => {
    spoken.value = said;
    language.value = chosen;
  });
}

export function number(value: number | null | undefined): string {
  return new Intl.NumberFormat(locale()).format(value ?? 0);
}

/** How many, where there is little room: 1,240 but 12K. */
export function count(value: number | null | undefined): string {
  const many = value ?? 0;
  if (many < SHORT_FROM) return number(many);
  return new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: 1 }).format(many);
}

/** What came or went: +1,000, −50. */
export function signed(value: number): string {
  return new Intl.NumberFormat(locale(), { signDisplay: "always" }).format(value).replace("-", "−");
}

/** A moment as one says it: Today 21:30, Tomorrow 23:00, Sunday 18:00, 14 March 18:00; the year only when it is another. */
export function when(iso: string): string {
  return `${day(iso)} ${time(iso)}`;
}

/** Its day alone: Today, Sunday, 14 March. */
export function day(iso: string): string {
  return dayOf(new Date(iso), new Date());
}

/** Its time alone: 21:30. */
export function time(iso: string): string {
  const clock = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return clock.format(new Date(iso));
}

function dayOf(date: Date, now: Date): string {
  const days = Math.round((midnight(date) - midnight(now)) / DAY_MS);
  if (Math.abs(days) <= 1) {
    const day = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day");
    return day.charAt(0).toLocaleUpperCase(locale()) + day.slice(1);
  }
  if (days > 0 && days < DAYS_BY_NAME) return new Intl.DateTimeFormat(locale(), { weekday: "long" }).format(date);
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", year }).format(date);
}

const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** A length of time in its two largest units: 45 seconds, 12 minutes, 1 hour 5 minutes. */
export function duration(seconds: number): string {
  const unit = (value: number, name: "hour" | "minute" | "second") =>
    new Intl.NumberFormat(locale(), { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  if (seconds < 60) return unit(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return unit(minutes, "minute");
  return `${unit(Math.floor(minutes / 60), "hour")} ${minutes % 60 ? unit(minutes % 60, "minute") : ""}`.trim();
}
