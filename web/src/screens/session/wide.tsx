// A room where there is space: picture, who and the gifts in the middle, people and what they say beside it.
import { useEffect, useRef, useState } from "preact/hooks";
import { Counting } from "../../parts/counting";
import { Face, nameOf } from "../../parts/face";
import { Follow, useStandings } from "../../parts/follow";
import { Coin, Icon } from "../../parts/icons";
import { Segments } from "../../parts/segments";
import type { LiveRoom } from "../../room/live-room";
import { coinsOfAll } from "../../stores/generosity";
import { balance } from "../../stores/wallet";
import { number, say } from "../../words";
import { About } from "./about";
import { Composer, Lines, Pinned } from "./chat";
import { Banners } from "./gifts/banners";
import { GiftRow } from "./gifts/row";
import { Supporters } from "./gifts/supporters";
import { GoalBar } from "./goals/bar";
import { AskButton } from "./guests/ask";
import { OwnControls } from "./guests/own-controls";
import { FirstRequest } from "./guests/queue";
import { Here } from "./here";
import { OthersOn } from "./others";
import { GiftButton, GuestsTool, Shown, States } from "./over-picture";
import type { Room } from "./room";
import { Stage } from "./stage";
import { HostTools, share, showSmall } from "./tools";
import { End, Facts, Leave, Takings } from "./top";
import "./wide.css";

export function Wide(props: Room) {
  const { live, mine, attendance, room, told, open, givable, giving, gifting, best, hearts, setSheet } = props;
  const { guest, requests, onName, onAsk } = props;
  const [tab, setTab] = useState<"chat" | "here" | "supporters">("chat");
  const show = useRef<HTMLDivElement>(null);
  useStandings(live.creator && !mine ? [live.creator.id] : []);
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
          <Stage {...{ live, room, mine, guest, onName, onAsk }} stay={attendance.stay} />
          <i class="shades" />
          <Shown {...props} />
          <header>
            <Facts live={live} best={best[0]} />
            <GoalBar goals={props.goals} onEdit={props.onGoals} />
            {props.keepsOrder && <FirstRequest requests={requests} />}
            <States {...props} />
          </header>
          <footer>
            <Banners banners={gifting.show.banners} />
            {mine ? (
              <HostTools room={room} live={live} onFailure={attendance.fail} onMore={() => setSheet("more")}>
                <GuestsTool requests={requests} onClick={() => setSheet("guests")} />
              </HostTools>
            ) : (
              <Controls {...props} />
            )}
          </footer>
        </div>
        <div class="about-show">
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
              {live.creator && <Follow person={live.creator} />}
              <button type="button" class="round card" aria-label={say("share")} onClick={() => void share(live)}>
                <Icon name="share" />
              </button>
              <button type="button" class="round card" aria-label={say("like")} onClick={hearts.like}>
                <Icon name="heart" />
              </button>
              <AskButton {...{ live, guest, onAsk }} />
            </>
          )}
          {mine ? <End attendance={attendance} /> : <Leave attendance={attendance} />}
        </div>
        {room && <OwnControls {...{ live, room, guest }} />}
        {givable && <GiftRow giving={giving} onAll={() => setSheet("gifts")} />}
        <About live={live} />
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
        {tab === "here" && <Here sessionId={live.id} viewers={live.viewer_count ?? 0} onName={onName} />}
        {tab === "supporters" && <Supporters live={live} best={best} />}
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
