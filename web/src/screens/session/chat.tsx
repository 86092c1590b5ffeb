// The chat as it is seen: lines that stick to the newest one, the pinned one above them, and where one says something.
import { useEffect, useRef, useState } from "preact/hooks";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Coin, Icon } from "../../parts/icons";
import type { Talk } from "../../room/talk";
import { Refused } from "../../server/client";
import { blocked, readBlocks } from "../../stores/blocks";
import { gathered, type Line, type Row } from "../../stores/chat";
import { giftName, giftOf } from "../../stores/gifts";
import { login, profile } from "../../stores/login";
import { people } from "../../stores/people";
import { number, say, sentence } from "../../words";
import { systemWords } from "./system-line";
import "./chat.css";

const CONTENT_CHARACTERS_MAX = 500;
const COUNTED_FROM = 400; // below that nobody wants to know how much is left
const AT_THE_END_PX = 32;

export interface Told {
  talk: Talk;
  hostId: string;
  /** Those who keep order beside the host. */
  moderators: ReadonlySet<string>;
  /** A name, or a line of theirs, was tapped. */
  onName?: (profileId: string, lineId: string | null) => void;
}

export function Lines(told: Told) {
  const { talk } = told;
  const list = useRef<HTMLDivElement>(null);
  const [unseen, setUnseen] = useState<number | null>(null); // null: we are at the end
  const shown = gathered(
    talk.lines.filter((line) => line.kind !== "row" || !blocked.value.has(line.row.sender_profile_id)),
  );
  const last = shown.at(-1)?.key;

  useEffect(() => void readBlocks(), []);
  const toTheEnd = () => {
    list.current!.scrollTop = list.current!.scrollHeight;
    setUnseen(null);
  };
  useEffect(() => {
    const isOwn = talk.lines.at(-1)?.kind === "own";
    if (unseen === null || isOwn) toTheEnd();
    else setUnseen(unseen + 1);
  }, [last, shown.length]);

  function look(event: Event) {
    const { scrollHeight, scrollTop, clientHeight } = event.currentTarget as HTMLElement; // told late: the ref may be empty
    const isAtEnd = scrollHeight - scrollTop - clientHeight < AT_THE_END_PX;
    if (isAtEnd !== (unseen === null)) setUnseen(isAtEnd ? null : 0);
  }

  return (
    <div class={unseen === null ? "talk" : "talk back"}>
      <div
        class="lines"
        ref={list}
        role="log"
        aria-live="polite"
        aria-label={say("chat")}
        data-testid="chat"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
        onScroll={look}
      >
        {shown.map((line) => (
          <Spoken key={line.key} line={line} {...told} />
        ))}
      </div>
      {unseen !== null && (
        <button type="button" class="button small newest" onClick={toTheEnd}>
          <Icon name="down" small />
          {unseen > 0 ? say("newLines", { count: number(unseen) }) : say("newest")}
        </button>
      )}
      <Failure error={talk.unread} />
    </div>
  );
}

function Spoken({ line, ...told }: Told & { line: Line }) {
  if (line.kind === "arrivals") return <p class="line system">{arrivals(line.ids)}</p>;
  if (line.kind === "own") return <Own line={line} talk={told.talk} />;
  if (line.row.message_type === "gift") return <Gift row={line.row} />;
  if (line.row.message_type === "system") return <System row={line.row} />;
  return <Said row={line.row} {...told} />;
}

function System({ row }: { row: Row }) {
  const words = systemWords(row);
  return words && <p class="line system">{words}</p>;
}

function arrivals(ids: string[]): string {
  const name = nameOf(people.value[ids[0]!]);
  if (ids.length === 1) return say("arrivedOne", { name });
  if (ids.length === 2) return say("arrivedTwo", { name, other: nameOf(people.value[ids[1]!]) });
  return say("arrivedMany", { name, count: number(ids.length - 1) });
}

function Said({ row, hostId, moderators, onName }: Told & { row: Row }) {
  const person = people.value[row.sender_profile_id];
  const tag = row.sender_profile_id === hostId ? "hostTag" : moderators.has(row.sender_profile_id) ? "modTag" : null;
  return (
    <p class="line">
      <Face person={person} size="small" />
      <span class="said">
        {tag && <i class="tag">{say(tag)}</i>}
        {onName ? (
          <button type="button" class="name" onClick={() => onName(row.sender_profile_id, row.id)}>
            {nameOf(person)}
          </button>
        ) : (
          <b>{nameOf(person)}</b>
        )}{" "}
        {row.sender_tier && (
          <i class="tag of-tier" title={row.sender_tier}>
            {row.sender_tier}
          </i>
        )}
        {row.content}
      </span>
    </p>
  );
}

function Gift({ row }: { row: Row }) {
  const gift = giftOf(row.gift_id);
  const quantity = row.gift_combo_count ?? row.gift_quantity ?? 1;
  return (
    <p class="line gift">
      {gift?.icon_url ? <img src={gift.icon_url} alt="" /> : <Icon name="gift" />}
      <span>
        <b>{nameOf(people.value[row.sender_profile_id])}</b> {say("giftSent", { gift: giftName(gift) })}
        {quantity > 1 && ` ×${number(quantity)}`}
      </span>
      <span class="coins">
        <Coin /> {number(row.gift_coin_value)}
      </span>
    </p>
  );
}

/** One's own line before the server has it: paler on its way; one that was refused can be said again or taken back. */
function Own({ line, talk }: { line: Extract<Line, { kind: "own" }>; talk: Talk }) {
  return (
    <p class={`line own ${line.fate}`}>
      <Face person={profile.value} size="small" />
      <span class="said">
        <b>{profile.value ? nameOf(profile.value) : login.value?.user.email}</b> {line.content}
        {line.fate === "refused" && (
          <span class="retry">
            {say("notSent")}
            <button type="button" class="button small" onClick={() => talk.sayAgain(line)}>
              {say("retry")}
            </button>
            <button type="button" class="button small plain" onClick={() => talk.takeBack(line.key)}>
              {say("takeBack")}
            </button>
          </span>
        )}
      </span>
    </p>
  );
}

export function Pinned({ row }: { row: Row | null }) {
  if (!row) return null;
  return (
    <p class="pinned" title={row.content ?? ""}>
      <Icon name="pin" small />
      <span class="unseen">{say("pinned")}:</span>
      <span class="two-lines">{row.content}</span>
    </p>
  );
}

export function Composer({ talk, open }: { talk: Talk; open: boolean }) {
  const [typed, setTyped] = useState("");
  const wait = useSecondsLeft(talk.refusal);
  const left = CONTENT_CHARACTERS_MAX - [...typed.trim()].length; // as PostgreSQL counts: code points

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const content = typed.trim();
    if (!content || left < 0 || wait) return;
    talk.say(content);
    setTyped("");
  }

  return (
    <form class="composer" onSubmit={submit}>
      <Why talk={talk} open={open} wait={wait} />
      {left <= CONTENT_CHARACTERS_MAX - COUNTED_FROM && (
        <small class={left < 0 ? "count over" : "count"} role="status" data-testid="count">
          {number(Math.abs(left))} {say(left < 0 ? "charactersOver" : "charactersLeft")}
        </small>
      )}
      <div class="say">
        <input
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
          placeholder={say("say")}
          autocomplete="off"
          enterkeyhint="send"
          disabled={!open}
          aria-label={say("say")}
          aria-invalid={left < 0}
        />
        {wait > 0 && <span class="count">{say("secondsShort", { seconds: number(wait) })}</span>}
        <button class="round" aria-label={say("send")} disabled={!open || left < 0 || wait > 0}>
          <Icon name="send" />
        </button>
      </div>
    </form>
  );
}

/** Why nothing can be said, beside where it would be. */
function Why({ talk, open, wait }: { talk: Talk; open: boolean; wait: number }) {
  if (!open) return <small role="status">{say("chatIsOff")}</small>;
  if (wait > 0) {
    return (
      <small role="status">
        <Icon name="clock" small /> {whyWait(talk.refusal?.error)}
      </small>
    );
  }
  return talk.refusal && talk.refusal.seconds === null ? <Failure error={talk.refusal.error} /> : null;
}

/** A rule that the host set says which it is; every chat's own pace needs no name. */
function whyWait(error: unknown): string {
  const code = error instanceof Refused ? error.code : "too_fast";
  return (code !== "too_fast" && sentence(code)) || say("slowChat");
}

function useSecondsLeft(refusal: Talk["refusal"]): number {
  const [left, setLeft] = useState(0);
  useEffect(() => setLeft(refusal?.seconds ?? 0), [refusal]);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}
