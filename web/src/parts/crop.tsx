// Choosing a part of a photo: the frame stands, the photo moves under it. A finger, two fingers, a wheel, arrow keys
// and a slider all do the same.
import type { TargetedKeyboardEvent, TargetedPointerEvent, TargetedWheelEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Box, cutOf, settled, ZOOM_MAX } from "../stores/crop-box";
import { say } from "../words";
import "./crop.css";

interface Chosen {
  photo: ImageBitmap;
  /** The photo again, for an `img`. */
  url: string;
  /** Width over height. */
  shape: number;
  round?: boolean;
  box: Box;
  onChange: (box: Box) => void;
}

interface Point {
  x: number;
  y: number;
}

const STEP = 0.02; // of the photo, an arrow key
const WHEEL = 0.0015;

export function Crop({ photo, url, shape, round = false, box, onChange }: Chosen) {
  const frame = useRef<HTMLDivElement>(null);
  const fingers = useRef(new Map<number, Point>());
  const [frameWidth, setFrameWidth] = useState(0);

  useEffect(() => {
    const shown = frame.current!;
    const watch = new ResizeObserver(() => setFrameWidth(shown.clientWidth));
    watch.observe(shown);
    return () => watch.disconnect();
  }, []);

  const cut = cutOf(photo, box, shape);
  const scale = frameWidth / cut.width; // screen pixels to one of the photo's
  const choose = (next: Box) => onChange(settled(photo, next, shape));
  const move = (right: number, down: number) => choose({ ...box, x: box.x - right, y: box.y - down });

  function press(event: TargetedPointerEvent<HTMLElement>) {
    event.currentTarget.setPointerCapture(event.pointerId);
    fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  function drag(event: TargetedPointerEvent<HTMLElement>) {
    const before = fingers.current.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const [other] = [...fingers.current].filter(([id]) => id !== event.pointerId);
    fingers.current.set(event.pointerId, now);
    if (other) choose({ ...box, zoom: (box.zoom * apart(now, other[1])) / Math.max(1, apart(before, other[1])) });
    else move((now.x - before.x) / (photo.width * scale), (now.y - before.y) / (photo.height * scale));
  }

  function lift(event: TargetedPointerEvent<HTMLElement>) {
    fingers.current.delete(event.pointerId);
  }

  function wheel(event: TargetedWheelEvent<HTMLElement>) {
    event.preventDefault();
    choose({ ...box, zoom: box.zoom * Math.exp(-event.deltaY * WHEEL) });
  }

  function key(event: TargetedKeyboardEvent<HTMLElement>) {
    const ways: Record<string, [number, number]> = {
      ArrowLeft: [STEP, 0],
      ArrowRight: [-STEP, 0],
      ArrowUp: [0, STEP],
      ArrowDown: [0, -STEP],
    };
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    move(...way);
  }

  return (
    <div class={round ? "crop round-cut" : "crop"}>
      <img
        src={url}
        alt=""
        draggable={false}
        style={{
          width: `${photo.width * scale}px`,
          transform: `translate(${-(cut.left + cut.width / 2) * scale}px, ${-(cut.top + cut.height / 2) * scale}px)`,
        }}
      />
      <div class="cut" ref={frame} style={{ "--shape": shape }}>
        <i />
        <i />
        <i />
        <i />
      </div>
      <button
        type="button"
        class="hold"
        aria-label={say("movePhoto")}
        onPointerDown={press}
        onPointerMove={drag}
        onPointerUp={lift}
        onPointerCancel={lift}
        onWheel={wheel}
        onKeyDown={key}
      />
      <input
        class="zoom"
        type="range"
        min={1}
        max={ZOOM_MAX}
        step={0.05}
        value={box.zoom}
        aria-label={say("zoom")}
        onInput={({ currentTarget }) => choose({ ...box, zoom: currentTarget.valueAsNumber })}
      />
    </div>
  );
}

function apart(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
