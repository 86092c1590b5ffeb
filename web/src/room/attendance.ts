// Being in a session: the way in, by ticket or by a seat from before a reload, the room meanwhile, and the way out.
import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Doing, useDoing } from "../parts/doing";
import { operation, Refused } from "../server/client";
import type { LiveSession } from "../stores/live-session";
import { holdsTicket, useTickets } from "../stores/tickets";
import { type Entrance, entranceTo } from "./entrance";
import { LiveRoom } from "./live-room";
import { giveUpSeat, hasSeat, takeSeat } from "./seat";
import { type Happening, isAdmitted, keepsSeat, next, OUTSIDE, type Stay } from "./stay";

export interface Attendance extends Pick<Doing, "busy" | "failure" | "fail"> {
  stay: Stay;
  /** Let in, though the room may still be on its way. */
  admitted: boolean;
  /** On the way in, or about to be: there is nothing to decide. */
  entering: boolean;
  room: LiveRoom | null;
  start: () => void;
  join: () => void;
  end: () => void;
  leave: (onLeft: () => void) => void;
}

const UNREACHABLE = "room_unreachable";
const OF_THE_LIVE_SERVER = [UNREACHABLE, "livekit_unavailable"];
const TRIED_AGAIN_AFTER_MS = [0, 1000, 2000, 4000, 8000, 15_000, 30_000];

/** `load` asks for the session's row anew; `mine` says whether the session is one's own. */
export function useAttendance(
  live: LiveSession | null | undefined,
  mine: boolean,
  load: () => Promise<unknown>,
): Attendance {
  const stay = useMemo(() => signal<Stay>(OUTSIDE), []);
  const [room, setRoom] = useState<LiveRoom | null>(null);
  const { busy, failure, attempt, fail } = useDoing();
  const over = live?.status === "ended" || live?.status === "cancelled";
  const isFree = live ? live.access_type === "public" || holdsTicket(live.id) : false;
  const isOpen = live?.status === "live" && !mine && isFree; // nothing stands between

  useTickets(live?.access_type === "pay_per_view");
  useEffect(() => () => room?.leave(), [room]);
  useEffect(() => () => happen({ what: "left" }), []);
  useEffect(() => {
    if (over) goOut({ what: "left" });
  }, [over]);
  useEffect(() => {
    if (live?.status !== "live") return;
    const entrance = mine ? entranceTo(live.id) : null;
    if (entrance) enter(entrance);
    else if (stay.value.at === "outside" && (isOpen || (!mine && hasSeat(live.id)))) join();
  }, [live?.id, live?.status, isFree]);

  const told = { gone, lost: () => happen({ what: "lost" }), found };
  const path = `live/sessions/${live?.id}` as const;
  const start = () => void attempt(() => comeIn("start"));
  const join = () => void attempt(() => comeIn("join"));
  const enter = (entrance: Entrance) => void attempt(() => comeIn("start", entrance));

  function happen(happening: Happening) {
    stay.value = next(stay.value, happening);
  }

  async function comeIn(verb: "start" | "join", entrance?: Entrance) {
    happen({ what: "knocked" });
    try {
      const livekit = entrance?.livekit ?? (await admission(verb));
      await load();
      happen({ what: "admitted" });
      if (!isAdmitted(stay.value)) return; // gone on to another page, or it ended meanwhile
      takeSeat(live!.id);
      const entered = await LiveRoom.enter(livekit, told);
      if (!isAdmitted(stay.value)) return entered.leave();
      setRoom(entered);
      happen({ what: "entered" });
      if (verb === "start") await entered.publish(live!.session_type === "video_live", entrance?.stream);
    } catch (error) {
      // who is inside and may not use the camera stays inside
      if (error instanceof Refused || stay.value.at !== "inside") goOut(refusedBy(error));
      throw error;
    }
  }

  async function admission(verb: "start" | "join") {
    const { livekit } = await (verb === "start"
      ? operation<"start_session">("POST", `${path}/start`)
      : operation<"join_session">("POST", `${path}/join`));
    return livekit;
  }

  function found() {
    happen({ what: "found" });
    void load(); // what changed meanwhile
  }

  function gone(code: string) {
    if (code === UNREACHABLE) void comeBack();
    else putOut(code);
  }

  /** The live server fell over, or forgot us: the seat is ours, so the way in is asked for anew until it is there again. */
  async function comeBack() {
    happen({ what: "lost" });
    const verb = mine ? "start" : "join";
    for (const wait of TRIED_AGAIN_AFTER_MS) {
      await new Promise((done) => setTimeout(done, wait));
      if (stay.value.at !== "reconnecting") return; // gone on to another page, or it ended meanwhile
      try {
        const entered = await LiveRoom.enter(await admission(verb), told);
        if (stay.value.at !== "reconnecting") return entered.leave();
        setRoom(entered);
        found();
        if (mine) await entered.publish(live!.session_type === "video_live");
        return;
      } catch (error) {
        if (error instanceof Refused && !OF_THE_LIVE_SERVER.includes(error.code)) return putOut(error.code);
      }
    }
    putOut(UNREACHABLE);
  }

  function putOut(code: string) {
    goOut({ what: "refused", why: code });
    fail(Refused.by(code));
  }

  function goOut(happening: Happening) {
    happen(happening);
    setRoom(null);
    if (!keepsSeat(stay.value)) giveUpSeat();
  }

  function end() {
    void attempt(async () => {
      await operation<"end_session">("POST", `${path}/end`);
      goOut({ what: "left" });
      await load();
    });
  }

  function leave(onLeft: () => void) {
    void attempt(async () => {
      await operation<"leave_session">("POST", `${path}/leave`);
      goOut({ what: "left" });
      onLeft();
    });
  }

  const now = stay.value;
  const admitted = isAdmitted(now);
  const entering = now.at === "knocking" || (isOpen && now.at === "outside" && now.why === null);
  return { stay: now, admitted, entering, room, start, join, end, leave, busy, failure, fail };
}

function refusedBy(error: unknown): Happening {
  return { what: "refused", why: error instanceof Refused ? error.code : "failed" };
}
