// How the page looks: day, night or as the device has it, and whether there is room for a rail at the side.
import { signal } from "@preact/signals";

export type Look = "device" | "light" | "dark";

const WIDE_FROM_PX = 900;
const screen = matchMedia(`(min-width: ${WIDE_FROM_PX}px)`);

export const wide = signal(screen.matches);
screen.addEventListener("change", () => (wide.value = screen.matches));

/** The house lights are down: a room is on the screen, and it is night in both looks. */
export const dimmed = signal(false);

/** Until what it answers is called. */
export function dimHouse(): () => void {
  const lights = (down: boolean) => {
    dimmed.value = down;
    document.documentElement.classList.toggle("night", down);
  };
  lights(true);
  return () => lights(false);
}

const remembered = localStorage.getItem("look");
export const look = signal<Look>(remembered === "light" || remembered === "dark" ? remembered : "device");

export function dress(chosen: Look): void {
  look.value = chosen;
  if (chosen === "device") {
    localStorage.removeItem("look");
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem("look", chosen);
    document.documentElement.dataset.theme = chosen;
  }
}
