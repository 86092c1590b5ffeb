// The first step: a photo out of the camera, a file, the clipboard or a drop, and which part of it is meant.
import type { TargetedDragEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Crop } from "../../parts/crop";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { wide } from "../../stores/look";
import { isMaking } from "../../stores/making";
import { scenes } from "../../stores/scenes";
import { say } from "../../words";
import { bring, clear, photo, SHAPES, shape } from "./bench";
import { CameraSheet } from "./camera";
import type { Glance } from "./photo";
import "./photo-step.css";

const KINDS = "image/*";
const SHOWN = 3;

export function PhotoStep() {
  const [over, setOver] = useState(false);
  const [camera, setCamera] = useState(false);
  const { busy, failure, attempt, fail } = useDoing();
  const take = (file: Blob | null | undefined) => file && void attempt(() => bring(file));

  useEffect(() => {
    const paste = (event: ClipboardEvent) => take(event.clipboardData?.files[0]);
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, []);

  function drop(event: TargetedDragEvent<HTMLElement>) {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files[0]);
  }

  return (
    <>
      <section
        class={over ? "drop over-it" : "drop"}
        aria-label={say("yourPhoto")}
        aria-busy={busy}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {photo.value ? <Brought /> : <Bring />}
      </section>
      <Failure error={failure} />
      <div class="bring-ways">
        {navigator.mediaDevices && (
          <button class="button" onClick={() => setCamera(true)}>
            <Icon name="camera" />
            {say("camera")}
          </button>
        )}
        <label class="button">
          <Icon name="image" />
          {say(photo.value ? "anotherPhoto" : "fromFiles")}
          <input
            class="unseen"
            type="file"
            accept={KINDS}
            data-testid="photo"
            onChange={({ currentTarget }) => {
              take(currentTarget.files?.[0]);
              currentTarget.value = ""; // the same file may be chosen again
            }}
          />
        </label>
      </div>
      {!wide.value && <Onward />}
      {camera && (
        <CameraSheet
          onTake={(file) => {
            setCamera(false);
            take(file);
          }}
          onFailure={fail}
          onClose={() => setCamera(false)}
        />
      )}
    </>
  );
}

/** A photo lies there: which part is meant, and what can be said of it already. */
function Brought() {
  const { bitmap, url, box, glance } = photo.value!;
  return (
    <>
      <Crop
        photo={bitmap}
        url={url}
        shape={SHAPES[shape.value].ratio}
        box={box}
        onChange={(chosen) => (photo.value = { ...photo.value!, box: chosen })}
      />
      <p class={`glance ${kindOf(glance)}`} role="status">
        <Icon name="face" small />
        {say(kindOf(glance))}
      </p>
      <button class="round veil bin" onClick={clear} aria-label={say("takeAway")}>
        <Icon name="bin" />
      </button>
    </>
  );
}

/** None yet: what would become of one. */
function Bring() {
  const shown = scenes.value?.filter((scene) => scene.thumbnail_url).slice(0, SHOWN) ?? [];
  return (
    <div class="bring">
      {shown.length === SHOWN && (
        <div class="fan" aria-hidden="true">
          {shown.map((scene) => (
            <img key={scene.id} src={scene.thumbnail_url!} alt="" />
          ))}
        </div>
      )}
      <h2>{say("bringPhoto")}</h2>
      <p class="dim">{say(wide.value ? "bringHintWide" : "bringHint")}</p>
    </div>
  );
}

function Onward() {
  if (isMaking()) {
    return (
      <a class="button main big full onward" href="#/studio/result">
        {say("making")}
        <Icon name="more" />
      </a>
    );
  }
  if (!photo.value) return null;
  return (
    <a class="button main big full onward" href="#/studio/scenes">
      {say("chooseScene")}
      <Icon name="more" />
    </a>
  );
}

function kindOf({ faces, light }: Glance) {
  if (faces === 0) return "noFace" as const;
  if (light === "dark") return "ratherDark" as const;
  if (light === "bright") return "ratherBright" as const;
  return faces ? ("faceFound" as const) : ("goodLight" as const);
}
