// Being in a session: the way in, by ticket or by a seat from before a reload, the room meanwhile, and the way out.
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Doing, useDoing } from "../parts/doing";
import { operation, Refused } from "../server/client";
import type { LiveSession } from "../stores/live-session";
import { balance } from "../stores/wallet";
import { type Entrance, entranceTo } from "./entrance";
import { giveUpSeat, hasSeat, LiveRoom, takeSeat } from "./live-room";

export interface Attendance extends Pick<Doing, "busy" | "failure" | "fail"> {
  /** Let in, though the room may still be on its way. */
  admitted: boolean;
  room: LiveRoom | null;
  /** Where the room's pictures go; nowhere once the page shows something else. */
  screen: RefObject<HTMLDivElement | null>;
  start: () => void;
  join: () => void;
  buyTicket: () => void;
  end: () => void;
  leave: (onLeft: () => void) => void;
}

/** `load` asks for the session's row anew; `mine` says whether the session is one's own. */
export function useAttendance(
  live: LiveSession | null | undefined,
  mine: boolean,
  load: () => Promise<unknown>,
): Attendance {
  const [inside, setInside] = useState<LiveRoom | "waiting" | null>(null);
  const screen = useRef<HTMLDivElement>(null);
  const { busy, failure, attempt, fail } = useDoing();
  const room = inside instanceof LiveRoom ? inside : null;
  const over = live?.status === "ended" || live?.status === "cancelled";

  useEffect(() => () => room?.leave(), [room]);
  useEffect(() => {
    if (over) goOut();
  }, [over]);
  useEffect(() => {
    if (live?.status !== "live") return;
    const entrance = mine ? entranceTo(live.id) : null;
    if (entrance) enter(entrance);
    else if (!mine && hasSeat(live.id)) join();
  }, [live?.id]);

  const path = `live/sessions/${live?.id}` as const;
  const start = () => void attempt(() => comeIn("start"));
  const join = () => void attempt(() => comeIn("join"));
  const enter = (entrance: Entrance) => void attempt(() => comeIn("start", entrance));

  async function comeIn(verb: "start" | "join", entrance?: Entrance) {
    try {
      const livekit = entrance?.livekit ?? (await admission(verb));
      await load();
      setInside("waiting");
      if (!screen.current) return; // gone on to another page, or it ended meanwhile
      takeSeat(live!.id);
      const entered = await LiveRoom.enter(livekit, screen.current, putOut);
      if (!screen.current) return entered.leave();
      setInside(entered);
      if (verb === "start") await entered.publish(live!.session_type === "video_live", entrance?.stream);
    } catch (error) {
      if (error instanceof Refused) goOut(error.code);
      throw error;
    }
  }

  async function admission(verb: "start" | "join") {
    const { livekit } = await (verb === "start"
      ? operation<"start_session">("POST", `${path}/start`)
      : operation<"join_session">("POST", `${path}/join`));
    return livekit;
  }

  function putOut(code: string) {
    goOut(code);
    fail(Refused.by(code));
  }

  /** A seat is kept only for a room that could not be reached. */
  function goOut(code?: string) {
    setInside(null);
    if (code !== "room_unreachable") giveUpSeat();
  }

  function buyTicket() {
    void attempt(async () => {
      const bought = await operation<"buy_ticket">(
        "POST",
        `${path}/ticket`,
        { expected_price: live!.ppv_coin_price },
        crypto.randomUUID(),
      );
      balance.value = bought.wallet.balance;
      await comeIn("join");
    });
  }

  function end() {
    void attempt(async () => {
      await operation<"end_session">("POST", `${path}/end`);
      goOut();
      await load();
    });
  }

  function leave(onLeft: () => void) {
    void attempt(async () => {
      await operation<"leave_session">("POST", `${path}/leave`);
      goOut();
      onLeft();
    });
  }

  return { admitted: inside !== null, room, screen, start, join, buyTicket, end, leave, busy, failure, fail };
}
