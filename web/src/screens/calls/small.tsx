// A call while one is elsewhere: a small picture in a corner; a tap makes it large again.
import { useCorner } from "../../parts/corner";
import { Face, nameOf } from "../../parts/face";
import { Icon } from "../../parts/icons";
import { MovingPicture } from "../../parts/moving-picture";
import { wide } from "../../stores/look";
import { say } from "../../words";
import { type Talking, Timer } from "./talk";

const MARGINS_PHONE = { top: 72, side: 12, foot: 92 };
const MARGINS_WIDE = { top: 24, side: 24, foot: 24 };

export function SmallCall({ row, person, room, doing, onHangUp, onLarge }: Talking & { onLarge: () => void }) {
  const corner = useCorner<HTMLElement>({ right: true, foot: true }, wide.value ? MARGINS_WIDE : MARGINS_PHONE);
  const theirs = room.theirs.value;
  return (
    <aside
      class="small-call night"
      {...corner}
      aria-label={say("callWith", { name: nameOf(person) })}
      data-testid="small-call"
    >
      {theirs ? <MovingPicture stream={theirs} /> : <Face person={person} size="large" />}
      <button class="enlarge" aria-label={say("makeLarge")} onClick={onLarge} />
      <span class="pill">
        {row.status === "accepted" ? <Timer row={row} link={room.link.value} /> : say("calling")}
      </span>
      <button class="round no" aria-label={say("endCall")} disabled={doing.busy} onClick={onHangUp}>
        <Icon name="hangUp" />
      </button>
    </aside>
  );
}
