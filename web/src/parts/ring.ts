// Ringing: a tune made here, a shake of the phone, and behind other windows a notification.
import { language } from "../words";

interface Note {
  /** Hertz. */
  pitch: number;
  /** Seconds from the beginning of the tune. */
  at: number;
}

interface Tune {
  notes: readonly Note[];
  everyMs: number;
  /** How long a note takes to die away. */
  seconds: number;
  loudness: number;
  shakesMs: readonly number[];
}

const TUNES = {
  call: {
    notes: [659, 784, 988, 1319, 988, 1319].map((pitch, index) => ({ pitch, at: index * 0.16 })),
    everyMs: 2400, // as the rings breathe
    seconds: 0.7,
    loudness: 0.22,
    shakesMs: [300, 120, 300],
  },
  invitation: {
    notes: [784, 1047, 1319].map((pitch, index) => ({ pitch, at: index * 0.13 })),
    everyMs: 4000,
    seconds: 0.9,
    loudness: 0.16,
    shakesMs: [160],
  },
  /** What one hears while it rings at the other one's. */
  waiting: { notes: [{ pitch: 425, at: 0 }], everyMs: 4000, seconds: 1.4, loudness: 0.08, shakesMs: [] },
} satisfies Record<string, Tune>;

/** Until what it answers is called. */
export function ring(name: keyof typeof TUNES): () => void {
  const tune: Tune = TUNES[name];
  const context = new AudioContext(); // stays silent where nothing was tapped yet
  const once = () => {
    for (const note of tune.notes) play(context, note, tune);
    // a browser complains aloud of a page that shakes before it was touched
    if (tune.shakesMs.length > 0 && navigator.userActivation?.hasBeenActive) navigator.vibrate?.([...tune.shakesMs]);
  };
  once();
  const timer = setInterval(once, tune.everyMs);
  return () => {
    clearInterval(timer);
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0);
    void context.close();
  };
}

function play(context: AudioContext, { pitch, at }: Note, { seconds, loudness }: Tune): void {
  const start = context.currentTime + at;
  const volume = context.createGain();
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(loudness, start + 0.012);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
  volume.connect(context.destination);
  for (const [times, share] of [
    [1, 1],
    [4, 0.12], // a little wood in it
  ] as const) {
    const tone = context.createOscillator();
    const part = context.createGain();
    tone.frequency.value = pitch * times;
    part.gain.value = share;
    tone.connect(part).connect(volume);
    tone.start(start);
    tone.stop(start + seconds);
  }
}

export const mayAskToNotify = () => "Notification" in window && Notification.permission === "default";

/** Whether it was allowed. */
export async function askToNotify(): Promise<boolean> {
  return (await Notification.requestPermission()) === "granted";
}

/**
 * A notification, where the page itself is not seen and it was allowed; gone when what it answers is called, and so is what was
 * pushed of the same.
 */
export function notify(title: string, tag: string): () => void {
  if (!("Notification" in window) || Notification.permission !== "granted") return () => {};
  const options = { tag, icon: "/icons/192.png", lang: language.value, requireInteraction: true };
  const shown = document.hidden ? show(title, options) : undefined;
  return () => void Promise.resolve(shown).then((alone) => (alone ? alone.close() : hush(tag)));
}

/** By the service worker where there is one: phones know no other. Else by the page alone. */
async function show(title: string, options: NotificationOptions): Promise<Notification | undefined> {
  const worker = await navigator.serviceWorker?.getRegistration();
  if (worker?.active) {
    await worker.showNotification(title, options);
    return undefined;
  }
  const notification = new Notification(title, options);
  notification.onclick = () => window.focus();
  return notification;
}

async function hush(tag: string): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration();
  for (const each of (await worker?.getNotifications({ tag })) ?? []) each.close();
}
