// Where to go when a room has closed: those that are open.
import { useEffect } from "preact/hooks";
import { listed, readListed } from "../../stores/listed";
import { say } from "../../words";
import { LiveCard } from "../discover/cards";

const SHOWN = 4;

export function Elsewhere() {
  // what is not known is not shown: the way back to the stage is there anyway
  useEffect(() => void readListed().catch(() => {}), []);
  const open = listed.value?.filter((row) => row.status === "live").slice(0, SHOWN);
  if (!open?.length) return null;
  return (
    <section>
      <h2>{say("onNow")}</h2>
      <div class="cards">
        {open.map((row) => (
          <LiveCard key={row.id} row={row} />
        ))}
      </div>
    </section>
  );
}
