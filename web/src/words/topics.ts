// What sessions are about, in words: topics in Turkish by their slugs, tags, and languages as this language calls them.
import { language } from "./index";

const TURKISH: Record<string, string> = {
  talk: "Sohbet",
  music: "Müzik",
  games: "Oyun",
  cooking: "Mutfak",
  beauty: "Güzellik ve stil",
  fitness: "Spor salonu",
  art: "Sanat ve el işi",
  learning: "Öğrenme",
  travel: "Gezi",
  sports: "Spor",
  comedy: "Komedi",
  other: "Başka bir şey",
};

/** A topic that somebody added is called as they did. */
export function topicName({ slug, name }: { slug: string; name: string }): string {
  return (language.value === "tr" && TURKISH[slug]) || name;
}

/** `tr` is Turkish, or Türkçe. */
export function languageName(code: string): string {
  const named = new Intl.DisplayNames(language.value, { type: "language" }).of(code) ?? code;
  return named.charAt(0).toLocaleUpperCase(language.value) + named.slice(1);
}

export const tagged = (tag: string) => `#${tag}`;
