// A stream that fills its place, or lies whole over a blurred copy of itself where filling would cut a head.
import { useEffect, useRef, useState } from "preact/hooks";
import { fits } from "../room/fit";
import "./moving-picture.css";

const COPY_WIDTH_PX = 64;
const COPIED_EVERY_MS = 500;

/** What puts itself on the page and off again: a LiveKit track does. */
export interface Playable {
  attach: (element: HTMLMediaElement) => unknown;
  detach: (element: HTMLMediaElement) => unknown;
}

interface Moving {
  /** One's own, straight from the camera. */
  stream?: MediaStream | null;
  /** Or what comes from a room. */
  track?: Playable;
  mirrored?: boolean;
  /** Never cut, whatever fits: a screen that is shared. */
  whole?: boolean;
}

export function MovingPicture({ stream = null, track, mirrored = false, whole = false }: Moving) {
  const video = useRef<HTMLVideoElement>(null);
  const copy = useRef<HTMLCanvasElement>(null);
  const [filling, setFilling] = useState(false);

  useEffect(() => {
    const [shown, behind] = [video.current!, copy.current!]; // on the way out the refs are empty before this is undone
    if (track) track.attach(shown);
    else shown.srcObject = stream;
    const look = () => {
      drawCopy(shown, behind); // not only in half a second
      setFilling(
        !whole &&
          fits(
            { width: shown.videoWidth, height: shown.videoHeight },
            { width: shown.clientWidth, height: shown.clientHeight },
          ),
      );
    };
    const watch = new ResizeObserver(look);
    watch.observe(shown);
    shown.addEventListener("resize", look);
    return () => {
      watch.disconnect();
      shown.removeEventListener("resize", look);
      track?.detach(shown);
      shown.srcObject = null;
    };
  }, [stream, track, whole]);

  useEffect(() => {
    if (filling || !(stream || track)) return;
    const [shown, behind] = [video.current!, copy.current!];
    const timer = setInterval(() => drawCopy(shown, behind), COPIED_EVERY_MS);
    return () => clearInterval(timer);
  }, [filling, stream, track]);

  return (
    <div class={`moving${filling ? " filling" : ""}${mirrored ? " mirrored" : ""}`}>
      <canvas ref={copy} />
      <video ref={video} autoplay playsInline muted />
    </div>
  );
}

function drawCopy(video: HTMLVideoElement, copy: HTMLCanvasElement): void {
  if (!video.videoWidth) return;
  copy.width = COPY_WIDTH_PX;
  copy.height = Math.round((COPY_WIDTH_PX * video.videoHeight) / video.videoWidth);
  copy.getContext("2d")!.drawImage(video, 0, 0, copy.width, copy.height);
}
