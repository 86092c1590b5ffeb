// What both arrangements of a room lay over its picture.
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import type { Requests } from "../../stores/requests";
import { number, say } from "../../words";
import { Moment } from "./gifts/moment";
import { Passing } from "./gifts/passing";
import { HeartsUp } from "./hearts";
import type { Room } from "./room";
import { Tool } from "./tools";

/** What is shown over the picture and is nobody's to press for long. */
export function Shown({ live, gifting, hearts }: Room) {
  return (
    <>
      <HeartsUp hearts={hearts} />
      <Passing gifts={gifting.show.passing} onPast={gifting.isPast} />
      <Moment gift={gifting.show.moments[0]} host={live.creator} onOver={gifting.momentIsOver} />
    </>
  );
}

/** What lasts, and what can be done about it. */
export function States({ room, attendance, mine }: Room) {
  return (
    <>
      {room?.soundBlocked.value && (
        <button type="button" class="button off sound" onClick={() => room.turnSoundOn()}>
          <Icon name="sound" /> {say("soundOn")}
        </button>
      )}
      {mine && room?.weak.value && (
        <p class="pill" role="status">
          <Icon name="signal" small /> {say("softPicture")}
        </p>
      )}
      <Failure error={attendance.failure} />
    </>
  );
}

/** How many ask to come up, and the way to them. */
export function GuestsTool({ requests, onClick }: { requests: Requests; onClick: () => void }) {
  const many = requests.pending.length;
  return (
    <Tool
      icon="people"
      name={say("guestRequests")}
      short={say("guestsShort")}
      testid="guests"
      badge={many > 0 && <em class="badge">{number(many)}</em>}
      onClick={onClick}
    />
  );
}

export function GiftButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" class="gift-button" aria-label={say("gifts")} aria-haspopup="dialog" onClick={onClick}>
      <img src="/gifts/rose.svg" alt="" />
    </button>
  );
}
