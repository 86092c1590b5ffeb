// A call over everything: it rings, one answers with or without a picture, talks, makes it small while elsewhere, and is
// told how it ended.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { go, place } from "../../frame/place";
import type { CallOfTwo } from "../../operations";
import { useDoing } from "../../parts/doing";
import { CallRoom } from "../../room/call-room";
import { Preview } from "../../room/preview";
import { answerCall, endCall, forgetCall, isAlive, isIncoming, joinCall, otherOf } from "../../stores/calls";
import { meetPeople, people } from "../../stores/people";
import { Ended } from "./ended";
import { Incoming } from "./incoming";
import { SmallCall } from "./small";
import { Talk } from "./talk";
import "./calls.css";

export function CallOver({ row }: { row: CallOfTwo }) {
  const [small, setSmall] = useState(false);
  const room = useMemo(() => new CallRoom(), []);
  const preview = useMemo(() => new Preview(), []);
  const entering = useRef(false);
  const doing = useDoing();
  const id = otherOf(row);
  const person = id === null ? null : people.value[id];
  const video = row.call_type === "video_call";
  const waiting = row.status === "initiated" || row.status === "ringing";
  const incoming = isIncoming(row);

  useEffect(() => void (id && meetPeople([id])), [id]);
  useEffect(() => {
    if (waiting && !incoming) void preview.open({ video }); // one sees oneself while it rings
  }, []);
  useEffect(() => {
    if (row.status === "accepted" && !entering.current) enter(() => joinCall(row));
    if (!isAlive(row)) leave();
  }, [row.status]);
  useEffect(() => leave, []);

  function leave() {
    preview.close();
    room.leave();
  }

  /** Into the room with what is open; after a reload that is opened first. */
  function enter(admission: () => ReturnType<typeof joinCall>, picture = video) {
    entering.current = true;
    void doing.attempt(async () => {
      try {
        if (!preview.stream.value) await preview.open({ video: picture });
        if (preview.failure.value) throw preview.failure.value;
        await room.enter(await admission(), preview.handOver());
      } catch (error) {
        entering.current = false;
        throw error;
      }
    });
  }

  function answer(picture: boolean) {
    if (place.value[0] === "session") go("/"); // nobody is to be overheard by a room
    enter(() => answerCall(row), picture);
  }

  const hangUp = () => void doing.attempt(() => endCall(row));
  const comeBack = () => enter(() => joinCall(row));

  if (!isAlive(row)) return <Ended row={row} person={person} onRead={forgetCall} />;
  if (waiting && incoming) return <Incoming {...{ row, person, doing }} onAnswer={answer} onDecline={hangUp} />;
  const shown = { row, person, room, preview, doing, onHangUp: hangUp };
  if (small) return <SmallCall {...shown} onLarge={() => setSmall(false)} />;
  return <Talk {...shown} onSmall={() => setSmall(true)} onComeBack={comeBack} />;
}
