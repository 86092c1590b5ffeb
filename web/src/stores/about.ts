// What a session is about, as its host says it: a topic, a few tags, the language that is spoken.
export interface About {
  category: string | null;
  tags: string[];
  language: string | null;
}

export const ABOUT_NOTHING: About = { category: null, tags: [], language: null };

const TAGS_MAX = 5;
const TAG_LETTERS_MIN = 2;
const TAG_LETTERS_MAX = 24;

/** What was typed as the server takes tags: each once, none too short or too long, five at most. */
export function tagsIn(typed: string): string[] {
  const words = typed.split(/[\s,#]+/).filter((word) => {
    const letters = [...word].length;
    return letters >= TAG_LETTERS_MIN && letters <= TAG_LETTERS_MAX;
  });
  return [...new Set(words)].slice(0, TAGS_MAX);
}

export function isSame(one: About, other: About): boolean {
  const lists = [one, other].map(({ category, language: spoken, tags }) => [category, spoken, ...tags].join());
  return lists[0] === lists[1];
}
