"""A made voice for a browser's microphone: syllables and pauses, which noise suppression lets through."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE_HZ = 16_000
SECONDS = 3.0
SPOKEN_SECONDS = 1.8
HARMONICS = 12
LOUDNESS = 5_500


def write_voice(path: Path) -> Path:
    """A WAV file that a browser may repeat for ever; mono, 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        samples = spoken() + [0] * int(RATE_HZ * (SECONDS - SPOKEN_SECONDS))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def spoken() -> list[int]:
    """A pitch that wanders and trembles, in syllables."""
    phase, samples = 0.0, []
    for at in (step / RATE_HZ for step in range(int(RATE_HZ * SPOKEN_SECONDS))):
        pitch_hz = 130 + 60 * math.sin(math.tau * 0.7 * at) + 25 * math.sin(math.tau * 5 * at)
        phase += math.tau * pitch_hz / RATE_HZ
        syllable = abs(math.sin(math.tau * 2.2 * at))
        samples.append(int(LOUDNESS * syllable * sum(math.sin(k * phase) / k for k in range(1, HARMONICS))))
    return samples
