// How a person looks in a list: a picture, or an initial on a colour of their own.
import type { Person } from "../stores/people";
import { language, say } from "../words";
import "./face.css";

// Twelve that are told apart at a glance, dark enough for white; chosen by id, so that a new name changes nothing.
const COLOURS = [
  ["#b3224f", "#5f0d2c"],
  ["#1d7a8c", "#0c3a52"],
  ["#8a5a10", "#4f2a06"],
  ["#5b4bb5", "#2b1f6b"],
  ["#2f7d4f", "#113f2c"],
  ["#b0472a", "#5e1d12"],
  ["#8d3a9c", "#44154f"],
  ["#3567b7", "#16305f"],
  ["#6d7420", "#34380c"],
  ["#a83a77", "#571539"],
  ["#4a6472", "#1f2f3a"],
  ["#9a4d4d", "#4c1f25"],
] as const;

/** Undefined is somebody not known yet; null, or a face without a name, somebody unnamed. */
export function nameOf(person: Person | null | undefined): string {
  if (person === undefined) return "…";
  return person?.display_name || person?.username || say("somebody");
}

export interface Shown {
  person: Person | null | undefined;
  size?: "tiny" | "small" | "middle" | "large" | "huge";
  /** A ring in crimson: live. */
  live?: boolean;
}

export function Face({ person, size = "middle", live = false }: Shown) {
  const shape = `face ${size}${live ? " live" : ""}`;
  if (person?.avatar_url) return <img class={shape} src={person.avatar_url} alt="" loading="lazy" />;
  return (
    <span class={shape} style={{ background: colourOf(person?.id) }} aria-hidden="true">
      {nameOf(person).slice(0, 1).toLocaleUpperCase(language.value)}
    </span>
  );
}

export function colourOf(id = ""): string {
  let mixed = 0x811c9dc5; // FNV-1a: neighbours in the alphabet are no neighbours here
  for (const letter of id) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193);
  const [light, dark] = COLOURS[(mixed >>> 0) % COLOURS.length]!;
  return `linear-gradient(150deg, ${light}, ${dark})`;
}
