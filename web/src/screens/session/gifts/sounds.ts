// The sounds of gifts, made here out of a few tones; one switch silences them all, and is remembered.
import { signal } from "@preact/signals";

const SILENT = "gift-sounds-off";

export const giftSounds = signal(localStorage.getItem(SILENT) === null);

export function turnGiftSounds(on: boolean): void {
  giftSounds.value = on;
  if (on) localStorage.removeItem(SILENT);
  else localStorage.setItem(SILENT, "");
}

interface Tone {
  /** Hz. */
  pitch: number;
  /** Seconds after the first. */
  at: number;
  seconds: number;
  wave?: OscillatorType;
}

const BELL: Tone[] = [
  { pitch: 1175, at: 0, seconds: 0.5 },
  { pitch: 1568, at: 0.09, seconds: 0.6 },
];
const FANFARE: Tone[] = [523, 659, 784, 1047].map((pitch, step) => ({ pitch, at: step * 0.14, seconds: 0.9 }));
const HORN: Tone[] = [
  { pitch: 147, at: 0, seconds: 1.2, wave: "sawtooth" },
  { pitch: 220, at: 0, seconds: 1.2, wave: "triangle" },
];
const TRAM: Tone[] = [0, 0.18].map((at) => ({ pitch: 1319, at, seconds: 0.4, wave: "triangle" }));
const BY_KIND: Record<string, Tone[]> = {
  ferry: HORN,
  tram: TRAM,
  ovation: FANFARE,
  palace: FANFARE,
  balloon: FANFARE,
};

const LOUD = 0.12;
let context: AudioContext | undefined;

export function ring(kind: string | null): void {
  if (!giftSounds.value) return;
  context ??= new AudioContext();
  if (context.state !== "running") void context.resume(); // before the first tap it stays silent
  for (const tone of BY_KIND[kind ?? ""] ?? BELL) play(context, tone);
}

function play(into: AudioContext, { pitch, at, seconds, wave = "sine" }: Tone): void {
  const start = into.currentTime + at;
  const tone = new OscillatorNode(into, { frequency: pitch, type: wave });
  const fade = new GainNode(into, { gain: 0 });
  fade.gain.linearRampToValueAtTime(LOUD, start + 0.02);
  fade.gain.exponentialRampToValueAtTime(0.001, start + seconds);
  tone.connect(fade).connect(into.destination);
  tone.start(start);
  tone.stop(start + seconds);
}
