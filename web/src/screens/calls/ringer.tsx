// A face, and the rings that breathe around it while it rings.
import { Face } from "../../parts/face";
import type { Person } from "../../stores/people";

export function Ringer({ person, still = false }: { person: Person | null | undefined; still?: boolean }) {
  return (
    <div class={still ? "ringer still" : "ringer"}>
      <span />
      <span />
      <span />
      <Face person={person} size="huge" />
    </div>
  );
}
