// From the screen where one goes live to the room: the way in that the server gave, and the open camera and microphone.
import type { Room as Admission } from "../operations";

export interface Entrance {
  sessionId: string;
  livekit: Admission;
  stream: MediaStream | null;
}

let ready: Entrance | null = null;

export function prepare(entrance: Entrance): void {
  ready = entrance;
}

/** What was prepared for this session, once. */
export function entranceTo(sessionId: string): Entrance | null {
  const entrance = ready?.sessionId === sessionId ? ready : null;
  ready = null;
  return entrance;
}
