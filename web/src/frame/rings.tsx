// What rings anywhere on the page: a call, an invitation to a stage, and what one is reminded of.
import { useEffect } from "preact/hooks";
import { later } from "../parts/later";
import { call, callWish, followCalls } from "../stores/calls";
import { listed } from "../stores/listed";
import { login } from "../stores/login";
import { followSeats, invitation } from "../stores/seats";
import { place } from "./place";

const CallOver = later(() => import("../screens/calls/over").then((file) => file.CallOver));
const CallQuestion = later(() => import("../screens/calls/question").then((file) => file.CallQuestion));
const Invitation = later(() => import("../screens/session/guests/invitation").then((file) => file.Invitation));

export function Rings() {
  const me = login.value?.user.id;
  useEffect(() => (me ? followCalls(me) : undefined), [me]);
  useEffect(() => (me ? followSeats(me) : undefined), [me]);
  const isFirstSeen = listed.value !== undefined || place.value.length > 0;
  useEffect(() => (me && isFirstSeen ? notices(me) : undefined), [me, isFirstSeen]);
  const row = call.value;
  const seat = invitation.value;
  return (
    <>
      {seat && !row && <Invitation key={seat.invited_at} seat={seat} />}
      {row && <CallOver key={row.id} row={row} />}
      {callWish.value && !row && <CallQuestion wish={callWish.value} />}
    </>
  );
}

/** Fetched when the list stands, which comes first. */
function notices(me: string): () => void {
  let isOver = false;
  let stop = () => {};
  import("./notices").then(
    (file) => {
      if (!isOver) stop = file.followNotices(me);
    },
    () => {}, // without a network there is nothing to hear
  );
  return () => {
    isOver = true;
    stop();
  };
}
