// What the page says: the chosen language, and words, refusals, numbers and dates in it.
import { signal } from "@preact/signals";
import { english, englishRefusals, type Refusals, type Words } from "./words/english";
import { turkish, turkishRefusals } from "./words/turkish";

export type Language = "en" | "tr";

const remembered = localStorage.getItem("language");
const guessed: Language = navigator.language.startsWith("tr") ? "tr" : "en";
export const language = signal<Language>(remembered === "tr" || remembered === "en" ? remembered : guessed);

export function say(word: keyof Words): string {
  return (language.value === "tr" ? turkish : english)[word];
}

/** The sentence for a refusal's code, if there is one. */
export function sentence(code: string): string | undefined {
  return (language.value === "tr" ? turkishRefusals : englishRefusals)[code as keyof Refusals];
}

export function speak(chosen: Language): void {
  localStorage.setItem("language", chosen);
  document.documentElement.lang = chosen;
  language.value = chosen;
}

export function number(value: number | null | undefined): string {
  return new Intl.NumberFormat(language.value).format(value ?? 0);
}

/** A date and time of day; the year only when it is another one. */
export function when(iso: string): string {
  const date = new Date(iso);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat(language.value, {
    weekday: "short",
    day: "numeric",
    month: "long",
    year,
    ...time,
  }).format(date);
}

/** A length of time in its two largest units: 45 seconds, 12 minutes, 1 hour 5 minutes. */
export function duration(seconds: number): string {
  const unit = (value: number, name: "hour" | "minute" | "second") =>
    new Intl.NumberFormat(language.value, { style: "unit", unit: name, unitDisplay: "long" }).format(value);
  if (seconds < 60) return unit(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return unit(minutes, "minute");
  return `${unit(Math.floor(minutes / 60), "hour")} ${minutes % 60 ? unit(minutes % 60, "minute") : ""}`.trim();
}
