// What the thumb reaches: liking and sharing for who watches, camera and microphone for who plays, and the rest in a sheet.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "../../parts/icons";
import { Segments } from "../../parts/segments";
import { Over } from "../../parts/sheet";
import { Switch } from "../../parts/switch";
import type { LiveRoom, Quality } from "../../room/live-room";
import type { LiveSession } from "../../stores/live-session";
import { tell } from "../../stores/toasts";
import { number, say } from "../../words";
import { giftSounds, turnGiftSounds } from "./gifts/sounds";
import "./tools.css";

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
  /** For who keeps order. */
  onOrder: (() => void) | undefined;
  onGuests: (() => void) | undefined;
  /** How many ask to come up. */
  asking: number;
  onClose: () => void;
}

/** What is wanted once an evening. */
export function MoreSheet({ room, live, mine, onOrder, onGuests, asking, onClose }: More) {
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
        {onGuests && (
          <li>
            <button type="button" onClick={onGuests}>
              <Icon name="people" />
              <span class="grow">{say("guestRequests")}</span>
              {asking > 0 && <b class="count">{number(asking)}</b>}
            </button>
          </li>
        )}
        {onOrder && (
          <li>
            <button type="button" onClick={onOrder}>
              <Icon name="moderator" /> {say("houseRules")}
            </button>
          </li>
        )}
        <li>
          <Switch name={say("giftSounds")} on={giftSounds.value} onTurn={turnGiftSounds} />
        </li>
      </ul>
    </Over>
  );
}

/** The first picture in a small window of its own, over whatever else is done on the device. */
export async function showSmall(): Promise<void> {
  if (document.pictureInPictureElement) return document.exitPictureInPicture();
  await document.querySelector<HTMLVideoElement>(".stage video")?.requestPictureInPicture();
}
