// A tune for each gift, out of a few tones and breaths of noise: two claps, a spoon in a glass, a cat, a ship's horn.
export interface Tone {
  /** Hz; of noise the band that is let through. */
  pitch: number;
  /** Hz that it has slid to by its end. */
  to?: number;
  /** Seconds after the first. */
  at: number;
  seconds: number;
  wave?: OscillatorType | "noise";
}

export type Tune = readonly Tone[];

const BELL: Tune = [
  { pitch: 1175, at: 0, seconds: 0.5 },
  { pitch: 1568, at: 0.09, seconds: 0.6 },
];

const FANFARE: Tune = [523, 659, 784, 1047].map((pitch, step) => ({ pitch, at: step * 0.14, seconds: 0.9 }));

/** Hands that hit each other, here and there. */
const hands = (many: number, everySeconds: number): Tune =>
  Array.from({ length: many }, (_, index) => ({
    pitch: 1100 + ((index * 617) % 900),
    at: index * everySeconds,
    seconds: 0.12,
    wave: "noise" as const,
  }));

export const TUNES: Record<string, Tune> = {
  clap: hands(2, 0.16),
  bead: [
    { pitch: 2093, at: 0, seconds: 0.25 },
    { pitch: 3136, at: 0.05, seconds: 0.4 },
  ],
  rose: [
    { pitch: 587, to: 659, at: 0, seconds: 0.5 },
    { pitch: 880, at: 0.16, seconds: 0.7 },
  ],
  tea: [0, 0.13, 0.24].map((at) => ({ pitch: 2637, at, seconds: 0.18 })),
  simit: [330, 392, 440, 523].map((pitch, step) => ({
    pitch,
    at: step * 0.07,
    seconds: 0.16,
    wave: "triangle" as const,
  })),
  cat: [
    { pitch: 520, to: 840, at: 0, seconds: 0.22, wave: "sawtooth" },
    { pitch: 840, to: 460, at: 0.2, seconds: 0.45, wave: "sawtooth" },
  ],
  lantern: [392, 494, 587].map((pitch, step) => ({ pitch, at: step * 0.1, seconds: 1.2, wave: "triangle" as const })),
  tram: [0, 0.18].map((at) => ({ pitch: 1319, at, seconds: 0.4, wave: "triangle" as const })),
  ferry: [
    { pitch: 147, at: 0, seconds: 1.2, wave: "sawtooth" },
    { pitch: 220, at: 0, seconds: 1.2, wave: "triangle" },
  ],
  balloon: [523, 587, 659, 784, 880, 988, 1175].map((pitch, step) => ({
    pitch,
    to: pitch * 1.5,
    at: step * 0.11,
    seconds: 0.2,
  })),
  ovation: [...hands(36, 0.06), ...FANFARE.map((tone) => ({ ...tone, at: tone.at + 0.4 }))],
  palace: [{ pitch: 131, at: 0, seconds: 2, wave: "triangle" }, ...FANFARE, { pitch: 1568, at: 0.7, seconds: 1.4 }],
};

/** A gift that somebody added rings a bell. */
export const tuneOf = (kind: string | null): Tune => TUNES[kind ?? ""] ?? BELL;
