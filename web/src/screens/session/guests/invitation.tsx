// An invitation to a stage, wherever one is: it rings, says whose stage and as what, and is taken or not.
import { useEffect, useState } from "preact/hooks";
import { go } from "../../../frame/place";
import type { Participant } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Face, nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { notify, ring } from "../../../parts/ring";
import { Over } from "../../../parts/sheet";
import { dataOf, sahne } from "../../../server/client";
import type { Person } from "../../../stores/people";
import { answerInvitation } from "../../../stores/seats";
import { say } from "../../../words";
import type { Words } from "../../../words/english";
import "./guests.css";

interface Stage {
  title: string | null;
  session_type: "video_live" | "audio_room";
  creator: Person | null;
}

const MEANS: Record<string, keyof Words> = { moderator: "inviteModeratorMeans", speaker: "inviteSpeakerMeans" };

export function Invitation({ seat }: { seat: Participant }) {
  const [stage, setStage] = useState<Stage | null | undefined>(undefined);
  const doing = useDoing();
  const name = nameOf(stage?.creator ?? (stage === undefined ? undefined : null));

  useEffect(() => void readStage(seat.session_id).then(setStage, () => setStage(null)), []);
  useEffect(() => ring("invitation"), []);
  useEffect(() => (stage ? notify(say("invites", { name }), seat.id) : undefined), [stage]);

  async function answer(yes: boolean) {
    const done = await doing.attempt(() => answerInvitation(seat, yes ? "accept" : "reject"));
    if (done && yes) go(`/session/${seat.session_id}`);
  }

  const title = say(seat.invited_role === "moderator" ? "invitesToModerate" : "invites", { name });
  return (
    <Over title={title} face={<Face person={stage?.creator} size="large" />} onClose={() => void answer(false)}>
      <section class="invitation" data-testid="invitation">
        {stage?.title && <p class="its-title two-lines">{stage.title}</p>}
        <p class="dim">{say(MEANS[seat.invited_role ?? ""] ?? "inviteGuestMeans")}</p>
        <Failure error={doing.failure} />
        <div class="steps">
          <button class="button soft big" disabled={doing.busy} onClick={() => void answer(false)}>
            {say("decline")}
          </button>
          <button class="button main big" disabled={doing.busy} onClick={() => void answer(true)}>
            {say("accept")}
          </button>
        </div>
      </section>
    </Over>
  );
}

function readStage(sessionId: string): Promise<Stage | null> {
  const creator = "creator:public_profiles!creator_profile_id(id,username,display_name,avatar_url)";
  return dataOf(sahne.from("live_sessions").select(`title,session_type,${creator}`).eq("id", sessionId).maybeSingle());
}
