// Whether the server can be reached. A request that never arrived says it is gone; from then on it is asked, with ever
// longer waits, until it answers; then what is on the screen is read anew and the page says for a moment that it is back.
import { signal } from "@preact/signals";

export const connection = signal<"here" | "gone" | "back">("here");
/** How often it came back: an effect that names it reads again what it shows. */
export const returns = signal(0);

const ASKED_FIRST_MS = 1000;
const ASKED_LAST_MS = 10_000;
const BACK_SHOWN_MS = 2000;
let asking: ReturnType<typeof setTimeout> | undefined;

/** `fetch`, as the client does it; what never arrives is noticed. */
export async function watchedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init);
  } catch (error) {
    if ((error as Error).name !== "AbortError") lose();
    throw error;
  }
}

/** Something other than a request broke off: ask whether the server is still there. */
export async function suspect(): Promise<void> {
  if (connection.value !== "gone" && !(await answers())) lose();
}

function lose(): void {
  if (connection.value === "gone") return;
  connection.value = "gone";
  ask(ASKED_FIRST_MS);
}

function ask(waitMs: number): void {
  clearTimeout(asking);
  asking = setTimeout(async () => {
    if (await answers()) regain();
    else ask(Math.min(2 * waitMs, ASKED_LAST_MS));
  }, waitMs);
}

async function answers(): Promise<boolean> {
  return fetch("/health", { cache: "no-store" }).then(
    (answer) => answer.ok,
    () => false,
  );
}

function regain(): void {
  connection.value = "back";
  returns.value += 1;
  setTimeout(() => {
    if (connection.value === "back") connection.value = "here";
  }, BACK_SHOWN_MS);
}

addEventListener("offline", lose);
addEventListener("online", () => connection.value === "gone" && ask(0));
