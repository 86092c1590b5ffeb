// Inside a room, on a phone or a desk, and the sheets that come over it. The house lights go down meanwhile: it is night
// in both looks.
import { useEffect } from "preact/hooks";
import { Over } from "../../parts/sheet";
import { dimHouse, wide } from "../../stores/look";
import { say } from "../../words";
import { GiftQuestion } from "./gifts/question";
import { GiftSheet } from "./gifts/sheet";
import { GoalSheet } from "./goals/sheet";
import { AskSheet } from "./guests/ask";
import { GoUpSheet } from "./guests/go-up";
import { QueueSheet } from "./guests/queue";
import { Here } from "./here";
import { HouseRules } from "./order/house-rules";
import { NameSheet } from "./order/name-sheet";
import { Phone } from "./phone";
import { type Attended, useRoom } from "./room";
import { MoreSheet } from "./tools";
import { Wide } from "./wide";
import "./room.css";
import "./in-room.css";
import "./gifts/gifts.css";

export function Inside({ live, mine, attendance }: Attended) {
  const room = useRoom({ live, mine, attendance });
  useEffect(() => dimHouse(), []);
  return (
    <article class={`room${wide.value ? " wide" : ""}${room.sheet === "gifts" ? " under-sheet" : ""}`}>
      {wide.value ? <Wide {...room} /> : <Phone {...room} />}
      <GiftQuestion giving={room.giving} />
      {room.sheet === "gifts" && <GiftSheet live={live} giving={room.giving} best={room.best} onClose={room.close} />}
      {room.sheet === "goals" && <GoalSheet sessionId={live.id} goals={room.goals} onClose={room.close} />}
      {room.sheet === "here" && (
        <Over title={say("here")} onClose={room.close}>
          <Here sessionId={live.id} viewers={live.viewer_count ?? 0} onName={room.onName} />
        </Over>
      )}
      {room.sheet === "more" && (
        <MoreSheet
          room={attendance.room}
          {...{ live, mine }}
          onOrder={room.onOrder}
          onGuests={room.onGuests}
          asking={room.requests.pending.length}
          onClose={room.close}
        />
      )}
      {room.sheet === "guests" && <QueueSheet requests={room.requests} onClose={room.close} />}
      {room.sheet === "order" && <HouseRules live={live} onClose={room.close} />}
      {room.sheet === "ask" && <AskSheet {...{ live, guest: room.guest }} onClose={room.close} />}
      {room.named && <NameSheet key={room.named.profileId} live={live} {...room.named} onClose={room.unname} />}
      {room.guest.readying && <GoUpSheet live={live} guest={room.guest} />}
    </article>
  );
}
