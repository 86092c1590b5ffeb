// A tap on a name: who it is, the line that was tapped, calling them, and what those who keep order may do.
import { useEffect, useState } from "preact/hooks";
import type { Participant } from "../../../operations";
import { useDoing } from "../../../parts/doing";
import { Face, nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { Icon, type IconName } from "../../../parts/icons";
import { Over } from "../../../parts/sheet";
import { dataOf, sahne } from "../../../server/client";
import { blocked } from "../../../stores/blocks";
import { type CallKind, ringUp } from "../../../stores/calls";
import type { LiveSession } from "../../../stores/live-session";
import { login } from "../../../stores/login";
import { meetPeople, people } from "../../../stores/people";
import { isOnStage, ownSeats, readOwnSeat, readSeat } from "../../../stores/seats";
import { duration, say } from "../../../words";
import { sayOfOrder } from "../../../words/order";
import {
  ban,
  complain,
  giveRole,
  invite,
  pin,
  putOut,
  remove,
  type Sentence,
  silence,
  timeOut,
  turnBlock,
} from "./acts";
import { BanForm } from "./ban-form";
import { type Complaint, ReportForm } from "./report-form";
import { rankOf, rightsOver } from "./rights";
import { TimeoutForm } from "./timeout-form";
import { Way } from "./way";
import "./order.css";

interface SaidLine {
  id: string;
  content: string | null;
  is_pinned: boolean | null;
}

interface Named {
  live: LiveSession;
  profileId: string;
  /** Where the tap was on a line of theirs. */
  lineId: string | null;
  onClose: () => void;
}

export function NameSheet({ live, profileId, lineId, onClose }: Named) {
  const me = login.value!.user.id;
  const [seat, setSeat] = useState<Participant | null | undefined>(undefined);
  const [line, setLine] = useState<SaidLine | null>(null);
  const [asked, setAsked] = useState<"ban" | "timeout" | "report" | null>(null);
  const doing = useDoing();
  const person = people.value[profileId];
  const name = nameOf(person);
  const themselves = profileId === me;
  const own = ownSeats.value[live.id];
  const rank = live.creator_id === me ? "host" : rankOf(own);
  const theirs = profileId === live.creator_id ? "host" : rankOf(seat);
  const rights = rightsOver(rank, theirs, themselves);
  const isBlocked = blocked.value.has(profileId);

  useEffect(() => {
    void meetPeople([profileId]);
    readSeat(live.id, profileId).then(setSeat, () => setSeat(null));
    if (lineId) void readLine(lineId).then(setLine, () => {});
    if (own === undefined) void readOwnSeat(live.id, me).catch(() => {});
  }, []);

  /** An act that leaves the sheet open shows what became of the seat; one that does not closes it. */
  const change = (act: () => Promise<Participant>) => void doing.attempt(async () => setSeat(await act()));
  const finish = async (act: () => Promise<unknown>) => void ((await doing.attempt(act)) && onClose());

  const form = { name, doing, face: <Face person={person} />, onClose: () => setAsked(null) };
  if (asked === "ban") {
    const sentence = (chosen: Sentence) => void finish(() => ban(live.id, chosen, name));
    return <BanForm {...form} profileId={profileId} host={rank === "host"} onBan={sentence} />;
  }
  if (asked === "timeout") {
    return (
      <TimeoutForm {...form} onTimeout={(seconds) => void finish(() => timeOut(live.id, profileId, seconds, name))} />
    );
  }
  if (asked === "report") {
    const complaint = (chosen: Complaint) => void finish(() => complain(profileId, line?.id ?? null, chosen));
    return <ReportForm {...form} onReport={complaint} />;
  }
  return (
    <Over
      title={name}
      under={aboutOf(person?.username, theirs, seat)}
      face={<Face person={person} size="large" />}
      {...{ onClose }}
    >
      {line?.content && (
        <blockquote class="quote">
          <Icon name="chat" small />
          <p class="grow">{line.content}</p>
          {rights.lines && (
            <button class="button small" disabled={doing.busy} onClick={() => void finish(() => remove(line.id))}>
              {say("delete")}
            </button>
          )}
        </blockquote>
      )}
      <div class="acts">
        {!themselves && <Calls busy={doing.busy} onCall={(kind) => void finish(() => ringUp(profileId, kind))} />}
        {line && rights.lines && (rank === "host" || rank === "moderator") && (
          <Act
            icon="pin"
            word={say(line.is_pinned ? "unpin" : "pin")}
            busy={doing.busy}
            onClick={() => void finish(() => pin(line.id, !line.is_pinned))}
          />
        )}
        {seat && rights.order && isOnStage(seat) && (
          <Act
            icon={seat.is_muted ? "microphone" : "microphoneOff"}
            word={say(seat.is_muted ? "unmuteThem" : "muteThem")}
            busy={doing.busy}
            onClick={() => change(() => silence(seat, !seat.is_muted, name))}
          />
        )}
        {seat?.is_active && rights.roles && <Roles {...{ live, seat, name }} busy={doing.busy} onChange={change} />}
      </div>
      <Failure error={doing.failure} />
      {rights.order && (
        <ul class="ways">
          {seat && (
            <Way
              icon="chat"
              word={sayOfOrder("timeOut")}
              means={sayOfOrder("timeOutMeans")}
              busy={doing.busy}
              onClick={() => setAsked("timeout")}
            />
          )}
          {seat?.is_active && (
            <Way
              icon="putOut"
              word={say("putOut")}
              means={say("putOutMeans")}
              busy={doing.busy}
              onClick={() => void finish(() => putOut(seat, name))}
            />
          )}
          <Way
            icon="ban"
            word={say(rank === "host" ? "banFromAll" : "banFromThis")}
            means={say("banMeans")}
            busy={doing.busy}
            danger
            onClick={() => setAsked("ban")}
          />
        </ul>
      )}
      {!themselves && (
        <ul class="ways">
          <Way
            icon="ban"
            word={sayOfOrder(isBlocked ? "unblock" : "block")}
            means={sayOfOrder(isBlocked ? "unblockMeans" : "blockMeans")}
            busy={doing.busy}
            onClick={() => void finish(() => turnBlock(profileId, !isBlocked, name))}
          />
          <Way
            icon="eye"
            word={sayOfOrder("report")}
            means={sayOfOrder("reportMeans")}
            busy={doing.busy}
            onClick={() => setAsked("report")}
          />
        </ul>
      )}
    </Over>
  );
}

function Calls({ busy, onCall }: { busy: boolean; onCall: (kind: CallKind) => void }) {
  return (
    <>
      <Act icon="phone" word={say("call")} busy={busy} onClick={() => onCall("audio_call")} />
      <Act icon="video" word={say("videoLive")} busy={busy} onClick={() => onCall("video_call")} />
    </>
  );
}

interface Role {
  live: LiveSession;
  seat: Participant;
  name: string;
  busy: boolean;
  onChange: (act: () => Promise<Participant>) => void;
}

/** What a host makes of somebody: on the stage or down again, a moderator or not. */
function Roles({ live, seat, name, busy, onChange }: Role) {
  const audio = live.session_type === "audio_room";
  const audience = audio ? "listener" : "viewer";
  const moderator = seat.role === "moderator";
  return (
    <>
      {isOnStage(seat) ? (
        <Act
          icon="stepDown"
          word={say("takeDown")}
          busy={busy}
          onClick={() => onChange(() => giveRole(seat, audience, name))}
        />
      ) : (
        <Act
          icon="invite"
          word={say(seat.invitation_response === "pending" ? "invited" : "inviteUp")}
          busy={busy || seat.invitation_response === "pending"}
          onClick={() => onChange(() => invite(seat, audio ? "speaker" : "invited_guest", name))}
        />
      )}
      <Act
        icon="moderator"
        word={say("moderator")}
        busy={busy}
        chosen={moderator}
        onClick={() => onChange(() => giveRole(seat, moderator ? audience : "moderator", name))}
      />
    </>
  );
}

interface Acted {
  icon: IconName;
  word: string;
  busy: boolean;
  chosen?: boolean;
  onClick: () => void;
}

function Act({ icon, word, busy, chosen, onClick }: Acted) {
  return (
    <button class="act" disabled={busy} aria-pressed={chosen} onClick={onClick}>
      <Icon name={icon} />
      {word}
    </button>
  );
}

function readLine(id: string): Promise<SaidLine | null> {
  return dataOf(sahne.from("live_messages").select("id,content,is_pinned").eq("id", id).maybeSingle());
}

/** `@cem · moderator · here for 12 minutes`, as far as it is known. */
function aboutOf(username: string | null | undefined, rank: string, seat: Participant | null | undefined): string {
  const about = [];
  if (username) about.push(`@${username}`);
  if (rank === "host" || rank === "moderator") about.push(say(rank));
  if (seat?.is_active && seat.joined_at) {
    about.push(
      say("hereFor", { time: duration(Math.max(1, Math.round((Date.now() - Date.parse(seat.joined_at)) / 1000))) }),
    );
  }
  return about.join(" · ");
}
