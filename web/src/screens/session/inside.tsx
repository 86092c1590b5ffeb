// Inside a room. On a phone the picture fills the screen and all else lies over it; where there is room, picture and
// people stand side by side. The house lights go down meanwhile: it is night in both looks.
import { useEffect, useRef, useState } from "preact/hooks";
import { Counting } from "../../parts/counting";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Coin, Icon } from "../../parts/icons";
import { Segments } from "../../parts/segments";
import { Over } from "../../parts/sheet";
import type { Attendance } from "../../room/attendance";
import { useHearts } from "../../room/hearts";
import type { LiveRoom } from "../../room/live-room";
import { useTalk } from "../../room/talk";
import type { Row } from "../../stores/chat";
import { moderatorsOf } from "../../stores/crowd";
import { coinsOfAll } from "../../stores/generosity";
import { giftOf, gifts, kindOf, readGifts } from "../../stores/gifts";
import type { LiveSession } from "../../stores/live-session";
import { dimHouse, wide } from "../../stores/look";
import { balance, refreshBalance } from "../../stores/wallet";
import { number, say } from "../../words";
import { Composer, Lines, Pinned } from "./chat";
import { Banners } from "./gifts/banners";
import { useGiving } from "./gifts/giving";
import { Moment } from "./gifts/moment";
import { Passing } from "./gifts/passing";
import { GiftQuestion } from "./gifts/question";
import { GiftRow } from "./gifts/row";
import { GiftSheet } from "./gifts/sheet";
import { useGiftShow } from "./gifts/show";
import { ring } from "./gifts/sounds";
import { Supporters, useSupporters } from "./gifts/supporters";
import { HeartsUp } from "./hearts";
import { Here } from "./here";
import { OthersOn } from "./others";
import { Stage } from "./stage";
import { Actions, HostTools, MicrophoneTool, MoreSheet, share, showSmall, Tool } from "./tools";
import { End, Facts, HostTop, Leave, Takings, ViewerTop } from "./top";
import "./room.css";
import "./gifts/gifts.css";

interface Attended {
  live: LiveSession;
  mine: boolean;
  attendance: Attendance;
}

export function Inside({ live, mine, attendance }: Attended) {
  const room = useRoom({ live, mine, attendance });
  useEffect(() => dimHouse(), []);
  return (
    <article class={`room${wide.value ? " wide" : ""}${room.sheet === "gifts" ? " under-sheet" : ""}`}>
      {wide.value ? <Wide {...room} /> : <Phone {...room} />}
      <GiftQuestion giving={room.giving} />
      {room.sheet === "gifts" && <GiftSheet giving={room.giving} best={room.best} onClose={room.close} />}
      {room.sheet === "here" && (
        <Over title={say("here")} onClose={room.close}>
          <Here sessionId={live.id} viewers={live.viewer_count ?? 0} />
        </Over>
      )}
      {room.sheet === "more" && <MoreSheet room={attendance.room} live={live} mine={mine} onClose={room.close} />}
    </article>
  );
}

/** All that a room's arrangement is made of. */
function useRoom({ live, mine, attendance }: Attended) {
  const [sheet, setSheet] = useState<"gifts" | "here" | "more" | null>(null);
  const [moderators, setModerators] = useState<ReadonlySet<string>>(new Set());
  const gifting = useGiftShow();
  const supporters = useSupporters(live.id);
  const talk = useTalk(live.id, attendance.room?.arrived.value ?? null, gift);
  const hearts = useHearts(live.id);
  const giving = useGiving(live.id);

  useEffect(() => {
    if (!gifts.value) readGifts().catch(attendance.fail);
    moderatorsOf(live.id).then(setModerators, attendance.fail);
  }, [live.id]);

  function gift(row: Row) {
    gifting.come(row);
    supporters.add(row);
    const what = giftOf(row.gift_id);
    if (what) ring(kindOf(what));
    if (mine) void refreshBalance(); // what came in is theirs to spend
  }

  return {
    live,
    mine,
    attendance,
    room: attendance.room,
    told: { talk, hostId: live.creator_id, moderators },
    open: attendance.admitted && live.chat_enabled,
    givable: !mine && live.gifts_enabled,
    giving,
    gifting,
    best: supporters.best,
    hearts,
    sheet,
    setSheet,
    close: () => setSheet(null),
  };
}

type Room = ReturnType<typeof useRoom>;

function Phone(props: Room) {
  const { live, mine, attendance, room, told, open, givable, gifting, best, hearts, setSheet } = props;
  const [writing, setWriting] = useState(false);
  const [bare, setBare] = useState(false);
  const onHere = () => setSheet("here");
  const onMore = () => setSheet("more");
  return (
    <>
      <Stage live={live} room={room} stay={attendance.stay} mine={mine} />
      <i class="shades" />
      {!mine && (
        <button
          type="button"
          class="air"
          aria-label={say(bare ? "showAll" : "hideAll")}
          onClick={() => setBare(!bare)}
          onDblClick={hearts.like}
        />
      )}
      <Shown {...props} />
      <header inert={bare}>
        {mine && (
          <h1 class="unseen" data-testid="title">
            {live.title}
          </h1>
        )}
        {mine ? (
          <HostTop live={live} attendance={attendance} onHere={onHere} />
        ) : (
          <ViewerTop live={live} attendance={attendance} onHere={onHere} />
        )}
        {mine ? <Takings coins={coinsOfAll(best)} /> : <Facts live={live} best={best[0]} titled />}
        <States {...props} />
      </header>
      <footer inert={bare}>
        <Banners banners={gifting.show.banners} />
        <Pinned row={told.talk.pinned} />
        <div class="lower">
          <Lines {...told} />
          {!mine && <Actions live={live} onLike={hearts.like} onMore={onMore} />}
        </div>
        {mine && !writing ? (
          <HostTools room={room} live={live} onFailure={attendance.fail} onMore={onMore}>
            <Tool icon="chat" name={say("say")} short={say("chat")} onClick={() => setWriting(true)} />
          </HostTools>
        ) : (
          <div class="foot">
            {mine && (
              <button type="button" class="round veil" aria-label={say("back")} onClick={() => setWriting(false)}>
                <Icon name="back" />
              </button>
            )}
            <Composer talk={told.talk} open={open} />
            {!mine && room && room.microphone.value !== null && (
              <MicrophoneTool room={room} onFailure={attendance.fail} />
            )}
            {givable && <GiftButton onClick={() => setSheet("gifts")} />}
          </div>
        )}
      </footer>
    </>
  );
}

function Wide(props: Room) {
  const { live, mine, attendance, room, told, open, givable, giving, gifting, best, hearts, setSheet } = props;
  const [tab, setTab] = useState<"chat" | "here" | "supporters">("chat");
  const show = useRef<HTMLDivElement>(null);
  useKeys({
    m: () => room && turnVolume(room),
    f: () => void (document.fullscreenElement ? document.exitFullscreen() : show.current?.requestFullscreen()),
    c: () => setTab("chat"),
    g: () => givable && setSheet("gifts"),
  });
  return (
    <>
      <section class="centre">
        <div class="show" ref={show}>
          <Stage live={live} room={room} stay={attendance.stay} mine={mine} />
          <i class="shades" />
          <Shown {...props} />
          <header>
            <Facts live={live} best={best[0]} />
            <States {...props} />
          </header>
          <footer>
            <Banners banners={gifting.show.banners} />
            {mine ? (
              <HostTools room={room} live={live} onFailure={attendance.fail} onMore={() => setSheet("more")} />
            ) : (
              <Controls {...props} />
            )}
          </footer>
        </div>
        <div class="who">
          <Face person={live.creator} size="large" live />
          <div class="grow">
            <h1 class="two-lines" data-testid="title">
              {live.title}
            </h1>
            <p class="row dim">
              <b>{nameOf(live.creator)}</b>
              <span class="row count">
                <Icon name="eye" small /> {number(live.viewer_count)}
              </span>
            </p>
          </div>
          {mine && <Takings coins={coinsOfAll(best)} />}
          {!mine && (
            <>
              <button type="button" class="round card" aria-label={say("share")} onClick={() => void share(live)}>
                <Icon name="share" />
              </button>
              <button type="button" class="round card" aria-label={say("like")} onClick={hearts.like}>
                <Icon name="heart" />
              </button>
              {room && room.microphone.value !== null && <MicrophoneTool room={room} onFailure={attendance.fail} />}
            </>
          )}
          {mine ? <End attendance={attendance} /> : <Leave attendance={attendance} />}
        </div>
        {givable && <GiftRow giving={giving} onAll={() => setSheet("gifts")} />}
        {live.description && <p class="description dim">{live.description}</p>}
        <OthersOn but={live.id} />
      </section>
      <aside class="side">
        <Segments
          name={say("chat")}
          value={tab}
          options={[
            { value: "chat", label: say("chat") },
            { value: "here", label: `${say("here")} · ${number(live.viewer_count)}` },
            { value: "supporters", label: say("supporters") },
          ]}
          onChoose={setTab}
        />
        {tab === "chat" && <Pinned row={told.talk.pinned} />}
        {tab === "chat" && <Lines {...told} />}
        {tab === "here" && <Here sessionId={live.id} viewers={live.viewer_count ?? 0} />}
        {tab === "supporters" && <Supporters best={best} />}
        <div class="foot">
          <Composer talk={told.talk} open={open} />
          {givable && <GiftButton onClick={() => setSheet("gifts")} />}
        </div>
        {!mine && props.sheet !== "gifts" && (
          <span class="coins purse">
            <Coin />
            <Counting value={balance.value ?? 0} testid="balance" />
            <span class="unseen">{say("coins")}</span>
          </span>
        )}
      </aside>
    </>
  );
}

/** Over the picture on a desk: the sound, the small window, and how good the picture is to be. */
function Controls({ room, live, setSheet }: Room) {
  const on = room ? room.volume.value > 0 : true;
  return (
    <div class="controls">
      {room && (
        <>
          <button
            type="button"
            class="round"
            aria-label={say(on ? "soundOff" : "soundOnAgain")}
            aria-pressed={on}
            onClick={() => turnVolume(room)}
          >
            <Icon name={on ? "sound" : "soundOff"} />
          </button>
          <input
            type="range"
            min="0"
            max="1"
            step="0.05"
            aria-label={say("volume")}
            value={room.volume.value}
            onInput={({ currentTarget }) => (room.volume.value = Number(currentTarget.value))}
          />
        </>
      )}
      <span class="grow" />
      {document.pictureInPictureEnabled && live.session_type === "video_live" && (
        <button type="button" class="round" aria-label={say("smallWindow")} onClick={() => void showSmall()}>
          <Icon name="pip" />
        </button>
      )}
      <button type="button" class="round" aria-label={say("more")} onClick={() => setSheet("more")}>
        <Icon name="settings" />
      </button>
    </div>
  );
}

const turnVolume = (room: LiveRoom) => (room.volume.value = room.volume.value > 0 ? 0 : 1);

/** Letters that do something while nobody types and nothing lies over the room. */
function useKeys(acts: Record<string, () => void>) {
  const current = useRef(acts);
  current.current = acts;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTaken =
        event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest("input, [role=dialog]");
      if (!isTaken) current.current[event.key.toLowerCase()]?.();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** What is shown over the picture and is nobody's to press for long. */
function Shown({ live, gifting, hearts }: Room) {
  return (
    <>
      <HeartsUp hearts={hearts} />
      <Passing gifts={gifting.show.passing} onPast={gifting.isPast} />
      <Moment gift={gifting.show.moments[0]} host={live.creator} onOver={gifting.momentIsOver} />
    </>
  );
}

/** What lasts, and what can be done about it. */
function States({ room, attendance, mine }: Room) {
  return (
    <>
      {room?.soundBlocked.value && (
        <button type="button" class="button off sound" onClick={() => room.turnSoundOn()}>
          <Icon name="sound" /> {say("soundOn")}
        </button>
      )}
      {mine && room?.weak.value && (
        <p class="pill" role="status">
          <Icon name="signal" small /> {say("softPicture")}
        </p>
      )}
      <Failure error={attendance.failure} />
    </>
  );
}

function GiftButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" class="gift-button" aria-label={say("gifts")} aria-haspopup="dialog" onClick={onClick}>
      <img src="/gifts/rose.svg" alt="" />
    </button>
  );
}
