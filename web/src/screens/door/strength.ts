// How hard a password is to guess, roughly: its length counts most, then how many kinds of letters it has.
export type Strength = 0 | 1 | 2 | 3;

const LONG = 14;
const FAIR = 10;
const KINDS = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u];

/** 0 is too short to be taken. */
export function strengthOf(password: string, charactersMin: number): Strength {
  const characters = [...password];
  if (characters.length < charactersMin) return 0;
  const kinds = KINDS.filter((kind) => kind.test(password)).length;
  if (new Set(characters).size < charactersMin - 1) return 1; // "aaaaaaaaaaaa" is long and says nothing
  if (characters.length >= LONG || (characters.length >= FAIR && kinds >= 3)) return 3;
  return characters.length >= FAIR || kinds >= 3 ? 2 : 1;
}
