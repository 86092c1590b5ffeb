// How a person looks in a list: a picture or an initial on a colour of their own.
import type { Person } from "../people";
import { language, say } from "../words";

/** Undefined is somebody not known yet; null, or a face without a name, somebody unnamed. */
export function nameOf(person: Person | null | undefined): string {
  if (person === undefined) return "…";
  return person?.display_name || person?.username || say("somebody");
}

export function Face({ person, large = false }: { person: Person | null | undefined; large?: boolean }) {
  const shape = large ? "face large" : "face";
  if (person?.avatar_url) return <img class={shape} src={person.avatar_url} alt="" loading="lazy" />;
  const hue = [...(person?.id ?? "")].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  return (
    <span class={shape} style={{ background: `hsl(${hue} 55% 45%)` }} aria-hidden="true">
      {nameOf(person).slice(0, 1).toLocaleUpperCase(language.value)}
    </span>
  );
}
