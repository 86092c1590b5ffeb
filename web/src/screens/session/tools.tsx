// What the thumb reaches: liking and sharing for who watches, camera and microphone for who plays, and the rest in a sheet.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon, type IconName } from "../../parts/icons";
import { Segments } from "../../parts/segments";
import { Over } from "../../parts/sheet";
import type { LiveRoom, Quality } from "../../room/live-room";
import { operation } from "../../server/client";
import type { LiveSession } from "../../stores/live-session";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import { giftSounds, turnGiftSounds } from "./gifts/sounds";

interface Tooled {
  icon: IconName;
  /** What it does, in full. */
  name: string;
  /** What stands under it, and is its name for who hears the page. */
  short?: string;
  pressed?: boolean;
  filled?: boolean;
  disabled?: boolean;
  testid?: string;
  badge?: ComponentChildren;
  onClick: () => void;
}

export function Tool({ icon, name, short, pressed, filled, disabled, testid, badge, onClick }: Tooled) {
  return (
    <button
      type="button"
      class="tool"
      aria-label={short ? undefined : name}
      title={name}
      aria-pressed={pressed}
      disabled={disabled}
      data-testid={testid}
      onClick={onClick}
    >
      <span class={pressed === false ? "round off" : "round veil"}>
        <Icon name={icon} filled={filled} />
      </span>
      {badge}
      {short && <span>{short}</span>}
    </button>
  );
}

interface Acted {
  onLike: () => void;
  onMore: () => void;
  live: LiveSession;
  /** What else can be done here, above all the others. */
  children?: ComponentChildren;
}

/** Beside the chat of who watches. */
export function Actions({ onLike, onMore, live, children }: Acted) {
  return (
    <div class="actions">
      {children}
      <Tool icon="heart" name={say("like")} short={say("like")} filled onClick={onLike} />
      <Tool icon="share" name={say("share")} short={say("share")} onClick={() => void share(live)} />
      <Tool icon="dots" name={say("more")} short={say("more")} onClick={onMore} />
    </div>
  );
}

export async function share(live: LiveSession): Promise<void> {
  const url = location.href;
  if (navigator.share) {
    await navigator.share({ title: live.title ?? "Sahne", url }).catch(() => {}); // thought better of it
    return;
  }
  await navigator.clipboard.writeText(url);
  tell(say("linkCopied"));
}

interface Playing {
  room: LiveRoom | null;
  live: LiveSession;
  onFailure: (error: unknown) => void;
  onMore: () => void;
  children?: ComponentChildren;
}

/** Under the chat of who plays; they never hide. */
export function HostTools({ room, live, onFailure, onMore, children }: Playing) {
  const video = live.session_type === "video_live";
  return (
    <div class="host-tools">
      {room && <MicrophoneTool room={room} onFailure={onFailure} />}
      {room && video && <CameraTools room={room} onFailure={onFailure} />}
      {children}
      <Tool icon="dots" name={say("more")} short={say("more")} onClick={onMore} />
    </div>
  );
}

export function MicrophoneTool({ room, onFailure }: { room: LiveRoom; onFailure: (error: unknown) => void }) {
  const on = room.microphone.value === true;
  return (
    <Tool
      icon={on ? "microphone" : "microphoneOff"}
      name={say(on ? "microphoneOn" : "microphoneOff")}
      short={say("micShort")}
      pressed={on}
      testid="microphone"
      onClick={() => room.turnMicrophone(!on).catch(onFailure)}
    />
  );
}

function CameraTools({ room, onFailure }: { room: LiveRoom; onFailure: (error: unknown) => void }) {
  const on = room.camera.value === true;
  return (
    <>
      <Tool
        icon={on ? "video" : "videoOff"}
        name={say(on ? "cameraOn" : "cameraOff")}
        short={say("camera")}
        pressed={on}
        testid="camera"
        onClick={() => room.turnCamera(!on).catch(onFailure)}
      />
      <Tool
        icon="flip"
        name={say("flip")}
        short={say("flipShort")}
        disabled={!on}
        onClick={() => room.flip().catch(onFailure)}
      />
    </>
  );
}

interface More {
  room: LiveRoom | null;
  live: LiveSession;
  mine: boolean;
  onClose: () => void;
}

/** What is wanted once an evening. */
export function MoreSheet({ room, live, mine, onClose }: More) {
  const { busy, failure, attempt } = useDoing();
  const [chat, setChat] = useState(live.chat_enabled);

  function turnChat(on: boolean) {
    setChat(on);
    const path = `live/sessions/${live.id}/chat` as const;
    void attempt(() => operation<"edit_chat">("PATCH", path, { chat_enabled: on })).then((done) => {
      if (!done) setChat(!on);
    });
  }

  return (
    <Over title={say("more")} onClose={onClose}>
      {room && !mine && live.session_type === "video_live" && (
        <div class="choice">
          <b>{say("quality")}</b>
          <Segments<Quality>
            name={say("quality")}
            value={room.quality.value}
            options={[
              { value: "best", label: say("qualityBest") },
              { value: "middle", label: say("qualityMiddle") },
              { value: "low", label: say("qualityLow") },
            ]}
            onChoose={(quality) => room.ask(quality)}
          />
        </div>
      )}
      <ul class="switches">
        {document.pictureInPictureEnabled && live.session_type === "video_live" && (
          <li>
            <button type="button" onClick={() => void showSmall().then(onClose)}>
              <Icon name="pip" /> {say("smallWindow")}
            </button>
          </li>
        )}
        {mine && (
          <li>
            <button type="button" onClick={() => void share(live)}>
              <Icon name="share" /> {say("share")}
            </button>
          </li>
        )}
        <Switch name={say("giftSounds")} on={giftSounds.value} onTurn={turnGiftSounds} />
        {mine && <Switch name={say("chat")} on={chat} disabled={busy} onTurn={turnChat} />}
      </ul>
      <Failure error={failure} />
    </Over>
  );
}

interface Turned {
  name: string;
  on: boolean;
  disabled?: boolean;
  onTurn: (on: boolean) => void;
}

function Switch({ name, on, disabled, onTurn }: Turned) {
  return (
    <li>
      <label class="switch">
        <span class="grow">{name}</span>
        <input
          type="checkbox"
          role="switch"
          aria-checked={on}
          checked={on}
          disabled={disabled}
          onChange={({ currentTarget }) => onTurn(currentTarget.checked)}
        />
      </label>
    </li>
  );
}

/** The first picture in a small window of its own, over whatever else is done on the device. */
export async function showSmall(): Promise<void> {
  if (document.pictureInPictureElement) return document.exitPictureInPicture();
  await document.querySelector<HTMLVideoElement>(".stage video")?.requestPictureInPicture();
}
