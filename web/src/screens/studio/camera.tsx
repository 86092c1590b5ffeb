// A photo taken here and now: oneself as in a mirror, one round button, and the other camera.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { MovingPicture } from "../../parts/moving-picture";
import { Over } from "../../parts/sheet";
import { say } from "../../words";
import "./camera.css";

interface Shown {
  onTake: (photo: Blob) => void;
  onFailure: (error: unknown) => void;
  onClose: () => void;
}

const WIDTH_PX = 1920;
const HEIGHT_PX = 1440;
const QUALITY = 0.95;

export function CameraSheet({ onTake, onFailure, onClose }: Shown) {
  const [facing, setFacing] = useState<"user" | "environment">("user");
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [ready, setReady] = useState(false); // a stream is there before its first picture
  const stage = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let wanted = true;
    let opened: MediaStream | undefined;
    const video = { facingMode: facing, width: { ideal: WIDTH_PX }, height: { ideal: HEIGHT_PX } };
    navigator.mediaDevices.getUserMedia({ video }).then(
      (given) => {
        opened = given;
        if (wanted) setStream(given);
        else stop(given);
      },
      (error: unknown) => fail(error),
    );
    return () => {
      wanted = false;
      setStream(null);
      setReady(false);
      if (opened) stop(opened);
    };
  }, [facing]);

  function fail(error: unknown) {
    onClose();
    onFailure(error);
  }

  return (
    <Over title={say("camera")} kind="screenful" onClose={onClose}>
      <div class="lens" ref={stage} onLoadedDataCapture={() => setReady(true)}>
        <MovingPicture stream={stream} mirrored={facing === "user"} />
      </div>
      <div class="shutter-row">
        <span />
        <button
          class="shutter"
          disabled={!ready}
          aria-label={say("takePhoto")}
          onClick={() => void takeFrom(stage.current!.querySelector("video")!).then(onTake, fail)}
        />
        <button
          class="round soft"
          aria-label={say("flip")}
          onClick={() => setFacing(facing === "user" ? "environment" : "user")}
        >
          <Icon name="flip" />
        </button>
      </div>
    </Over>
  );
}

/** What the camera sees, not what the mirror shows: writing on a shirt can be read. */
async function takeFrom(video: HTMLVideoElement): Promise<Blob> {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d")!.drawImage(video, 0, 0);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
