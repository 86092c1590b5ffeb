// One session, from its plan to its end: before its door, inside, or over.
import { Failure } from "../../parts/failure";
import { useAttendance } from "../../room/attendance";
import { useLiveSession } from "../../stores/live-session";
import { login } from "../../stores/login";
import { say } from "../../words";
import { Ended } from "../ended/ended";
import { Doorway, OnTheWay } from "./doorway";
import { Inside } from "./inside";
import "./session.css";

export function SessionScreen({ id }: { id: string }) {
  const { live, load, unread } = useLiveSession(id);
  const mine = live?.creator_id === login.value?.user.id;
  const attendance = useAttendance(live, mine, load);

  if (live === undefined && unread) return <Failure error={unread} retry={() => void load()} />;
  if (live === undefined) return <span class="front skeleton" role="status" aria-label={say("loading")} />;
  if (!live || live.status === "ended" || live.status === "cancelled") return <Ended live={live} />;
  if (attendance.admitted) return <Inside live={live} mine={mine} attendance={attendance} />;
  if (attendance.entering) return <OnTheWay live={live} />;
  return <Doorway live={live} mine={mine} attendance={attendance} load={load} />;
}
