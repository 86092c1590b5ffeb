// What lies in a corner, of the window or of a box, and can be dragged to another one, where it stays.
import { useEffect, useRef } from "preact/hooks";

/** Pixels that stay free around it. */
export interface Margins {
  top: number;
  side: number;
  foot: number;
}

interface Place {
  right: boolean;
  foot: boolean;
}

const DRAGGED_FROM_PX = 6; // less is a tap

export function useCorner<T extends HTMLElement>(first: Place, margins: Margins) {
  const element = useRef<T>(null);
  const place = useRef(first);
  const dragged = useRef(false);

  function settle() {
    const shown = element.current;
    if (!shown) return;
    const { right, foot } = place.current;
    const room = roomOf(shown);
    const x = right ? room.width - shown.offsetWidth - margins.side : margins.side;
    const y = foot ? room.height - shown.offsetHeight - margins.foot : margins.top;
    shown.style.translate = `${x}px ${y}px`;
  }

  useEffect(() => {
    settle();
    addEventListener("resize", settle);
    return () => removeEventListener("resize", settle);
  }, [margins.top, margins.side, margins.foot]);

  function onPointerDown(down: PointerEvent) {
    const shown = element.current!;
    const from = shown.getBoundingClientRect();
    const room = roomOf(shown);
    dragged.current = false;
    const move = (event: PointerEvent) => {
      const x = event.clientX - down.clientX;
      const y = event.clientY - down.clientY;
      dragged.current ||= Math.hypot(x, y) > DRAGGED_FROM_PX;
      if (!dragged.current) return;
      shown.classList.add("dragged");
      shown.style.translate = `${from.left - room.left + x}px ${from.top - room.top + y}px`;
    };
    const drop = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", drop);
      removeEventListener("pointercancel", drop);
      shown.classList.remove("dragged");
      if (!dragged.current) return;
      const now = shown.getBoundingClientRect();
      place.current = {
        right: now.left + now.width / 2 > room.left + room.width / 2,
        foot: now.top + now.height / 2 > room.top + room.height / 2,
      };
      settle();
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", drop);
    addEventListener("pointercancel", drop);
  }

  /** What is pressed on it is pressed only if it was not dragged. */
  function onClickCapture(event: Event) {
    if (dragged.current) event.stopPropagation();
    dragged.current = false;
  }

  return { ref: element, onPointerDown, onClickCapture };
}

/** What it lies in the corners of: the box around it, or the window. */
function roomOf(element: HTMLElement): DOMRect {
  return element.offsetParent?.getBoundingClientRect() ?? new DOMRect(0, 0, innerWidth, innerHeight);
}
