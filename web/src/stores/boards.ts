// Who gave most, as the server counts it: in a session, or to a creator in a day, a week, at all times.
import type { Board } from "../operations";
import { operation } from "../server/client";
import { meetPeople } from "./people";

export type Span = Board["period"];

const SUPPORTERS_MAX = 20;

export async function readBoard(sessionId: string, creatorId: string, span: Span): Promise<Board> {
  const { board } =
    span === "session"
      ? await operation<"session_supporters">("GET", `live/sessions/${sessionId}/supporters?limit=${SUPPORTERS_MAX}`)
      : await operation<"creator_supporters">("GET", `live/supporters/${creatorId}/${span}?limit=${SUPPORTERS_MAX}`);
  await meetPeople(board.supporters.map((each) => each.profile_id));
  return board;
}
