// A viewer's way onto the stage and down again: asking, waiting, taking it back, being let up, and stepping down.
import { useEffect, useState } from "preact/hooks";
import type { GuestRequest, Participant } from "../../../operations";
import { type Doing, useDoing } from "../../../parts/doing";
import type { LiveRoom } from "../../../room/live-room";
import { Refused } from "../../../server/client";
import type { LiveSession } from "../../../stores/live-session";
import { login } from "../../../stores/login";
import { answerRequest, askToJoin, useRequests } from "../../../stores/requests";
import { leaveStage, ownSeats, readOwnSeat } from "../../../stores/seats";
import { tell } from "../../../stores/toasts";
import { say } from "../../../words";
import { placeOf } from "./place";

export interface Guest {
  /** `called`: one may go up and has not yet. */
  at: "audience" | "asked" | "called" | "up";
  seat: Participant | null;
  request: GuestRequest | null;
  /** The sheet that shows oneself before one goes up. */
  readying: boolean;
  doing: Doing;
  ask: (message: string) => Promise<boolean>;
  takeBack: () => void;
  ready: (open: boolean) => void;
  goUp: (stream: MediaStream | null) => void;
  stepDown: () => void;
}

export function useGuest(live: LiveSession, room: LiveRoom | null): Guest {
  const me = login.value!.user.id;
  const host = live.creator_id === me;
  const doing = useDoing();
  const [listening, setListening] = useState(false);
  const [up, setUp] = useState(false);
  const [readying, setReadying] = useState(false);
  const requests = useRequests(live.id, listening && !host);
  const request = requests.pending.find((each) => each.requester_profile_id === me) ?? null;
  const allowed = !host && room !== null && room.microphone.value !== null;

  useEffect(() => {
    if (room && !host) void readOwnSeat(live.id, me).catch(() => {});
  }, [room]);
  useEffect(() => {
    setReadying(allowed); // whoever is let up sees themselves first
    if (up && !allowed) tell(say("backInAudience"));
    if (!allowed) setUp(false);
  }, [allowed]);
  useEffect(() => {
    if (requests.answered?.status === "rejected") tell(say("notThisTime"));
    if (requests.answered?.status === "expired") tell(say("notAnswered"));
  }, [requests.answered]);

  const ask = (message: string) =>
    doing.attempt(async () => {
      setListening(true);
      try {
        requests.take(await askToJoin(live.id, message));
      } catch (error) {
        if (!(error instanceof Refused && error.code === "already_asked")) throw error; // it is read with the others
      }
    });

  function takeBack() {
    if (request) void doing.attempt(async () => requests.take(await answerRequest(request.id, "cancel")));
  }

  function goUp(stream: MediaStream | null) {
    void doing.attempt(async () => {
      await room!.publish(live.session_type === "video_live", stream);
      setUp(true);
      setReadying(false);
    });
  }

  /** Nothing is sent from here on; the role goes as well, and with it the right to speak. */
  function stepDown() {
    void doing.attempt(async () => {
      await room!.retire();
      await leaveStage(live.id);
    });
  }

  return {
    at: placeOf({ allowed, up, asked: request !== null }),
    seat: ownSeats.value[live.id] ?? null,
    ...{ request, readying, doing, ask, takeBack, goUp, stepDown },
    ready: setReadying,
  };
}
