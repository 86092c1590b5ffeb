// A room on a phone: the picture fills the screen and all else lies over it.
import { useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { coinsOfAll } from "../../stores/generosity";
import { say } from "../../words";
import { Composer, Lines, Pinned } from "./chat";
import { Banners } from "./gifts/banners";
import { GoalBar } from "./goals/bar";
import { AskButton } from "./guests/ask";
import { OwnControls } from "./guests/own-controls";
import { FirstRequest } from "./guests/queue";
import { GiftButton, GuestsTool, Shown, States } from "./over-picture";
import type { Room } from "./room";
import { Stage } from "./stage";
import { Actions, HostTools, Tool } from "./tools";
import { Facts, HostTop, Takings, ViewerTop } from "./top";

export function Phone(props: Room) {
  const { live, mine, attendance, room, told, open, givable, gifting, best, hearts, setSheet } = props;
  const { guest, requests, onName, onAsk } = props;
  const [writing, setWriting] = useState(false);
  const [bare, setBare] = useState(false);
  const asksAside = live.session_type === "video_live" && guest.at === "audience"; // where there is room for a word more
  const onHere = () => setSheet("here");
  const onMore = () => setSheet("more");
  return (
    <>
      <Stage {...{ live, room, mine, guest, onName, onAsk }} stay={attendance.stay} />
      <i class="shades" />
      {!mine && live.session_type === "video_live" && (
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
          <ViewerTop {...{ live, attendance, onHere }} onHost={() => onName(live.creator_id)} />
        )}
        {mine ? <Takings coins={coinsOfAll(best)} /> : <Facts live={live} best={best[0]} titled />}
        <GoalBar goals={props.goals} onEdit={props.onGoals} />
        {props.keepsOrder && <FirstRequest requests={requests} />}
        <States {...props} />
      </header>
      <footer inert={bare}>
        <Banners banners={gifting.show.banners} />
        <Pinned row={told.talk.pinned} />
        <div class="lower">
          <Lines {...told} />
          {!mine && (
            <Actions live={live} onLike={hearts.like} onMore={onMore}>
              {asksAside && (
                <Tool icon="hand" name={say("askToJoin")} short={say("joinShort")} testid="ask" onClick={onAsk} />
              )}
            </Actions>
          )}
        </div>
        {room && <OwnControls {...{ live, room, guest }} />}
        {mine && !writing ? (
          <HostTools room={room} live={live} onFailure={attendance.fail} onMore={onMore}>
            <GuestsTool requests={requests} onClick={() => setSheet("guests")} />
            <Tool icon="chat" name={say("say")} short={say("chat")} onClick={() => setWriting(true)} />
          </HostTools>
        ) : (
          <div class="foot">
            {mine && (
              <button type="button" class="round veil" aria-label={say("back")} onClick={() => setWriting(false)}>
                <Icon name="back" />
              </button>
            )}
            {!mine && !asksAside && <AskButton {...{ live, guest, onAsk }} />}
            <Composer talk={told.talk} open={open} />
            {givable && <GiftButton onClick={() => setSheet("gifts")} />}
          </div>
        )}
      </footer>
    </>
  );
}
