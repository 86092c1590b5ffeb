// The sounds of gifts, played from their tunes; one switch silences them all, and is remembered.
import { signal } from "@preact/signals";
import { type Tone, tuneOf } from "./tunes";

const SILENT = "gift-sounds-off";

export const giftSounds = signal(localStorage.getItem(SILENT) === null);

export function turnGiftSounds(on: boolean): void {
  giftSounds.value = on;
  if (on) localStorage.removeItem(SILENT);
  else localStorage.setItem(SILENT, "");
}

const LOUD = 0.12;
const NOISE_SECONDS = 0.5;
let context: AudioContext | undefined;

export function ring(kind: string | null): void {
  if (!giftSounds.value) return;
  context ??= new AudioContext();
  if (context.state !== "running") void context.resume(); // before the first tap it stays silent
  for (const tone of tuneOf(kind)) play(context, tone);
}

function play(into: AudioContext, tone: Tone): void {
  const start = into.currentTime + tone.at;
  const end = start + tone.seconds;
  const fade = new GainNode(into, { gain: 0 });
  fade.gain.setValueAtTime(0, start); // else it would swell from now on
  fade.gain.linearRampToValueAtTime(LOUD, start + 0.02);
  fade.gain.exponentialRampToValueAtTime(0.001, end);
  fade.connect(into.destination);
  const source = tone.wave === "noise" ? breath(into, tone, fade) : voice(into, tone, fade);
  source.start(start);
  source.stop(end);
}

function voice(into: AudioContext, { pitch, to, at, seconds, wave }: Tone, out: AudioNode): AudioScheduledSourceNode {
  const tone = new OscillatorNode(into, { frequency: pitch, type: wave === "noise" ? "sine" : (wave ?? "sine") });
  const start = into.currentTime + at;
  if (to) tone.frequency.setValueAtTime(pitch, start).exponentialRampToValueAtTime(to, start + seconds);
  tone.connect(out);
  return tone;
}

function breath(into: AudioContext, { pitch }: Tone, out: AudioNode): AudioScheduledSourceNode {
  const noise = new AudioBufferSourceNode(into, { buffer: noiseOf(into), loop: true });
  noise.connect(new BiquadFilterNode(into, { type: "bandpass", frequency: pitch, Q: 1.4 })).connect(out);
  return noise;
}

function noiseOf(into: AudioContext): AudioBuffer {
  const buffer = new AudioBuffer({ length: into.sampleRate * NOISE_SECONDS, sampleRate: into.sampleRate });
  const samples = buffer.getChannelData(0);
  for (let index = 0; index < samples.length; index++) samples[index] = Math.random() * 2 - 1;
  return buffer;
}
