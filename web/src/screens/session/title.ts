// A session's title as somebody typed it: more than spaces, or a refusal as the server's would be.
import { Refused } from "../../server/client";

export const TITLE_CHARACTERS_MAX = 120;

export function titleFrom(form: EventTarget | null): string {
  const title = String(new FormData(form as HTMLFormElement).get("title")).trim();
  if (!title) throw new Refused("title_empty", "A title needs a word.", null);
  return title;
}
