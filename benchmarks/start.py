"""From `sahne up` on a folder that has been up before until `/ready` answers, and the memory of the server then.

`python -m benchmarks start [--repeats 5]` takes about half a minute, to the nearest 50 ms. The folder holds the demo
world. With LiveKit too when its binary is on this machine already.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import answers, free_port, peak_memory_mb, started, write_result
from sahne.providers.livekit_program import find_livekit

ROOT = Path(__file__).parents[1]
REPEATS = 5
SECONDS_MAX = 3.0
MEMORY_MB_MAX = 150.0


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds from the command to `/ready`, and the most memory the server's process has had by then."""

    seconds: float
    memory_mb: float


def main(arguments: list[str] | None = None) -> None:
    """Measure, print what hits and what misses, and write `results/start.json`."""
    parser = argparse.ArgumentParser(prog="benchmarks start")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    repeats = parser.parse_args(arguments).repeats
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        first = start_once(data, livekit=False)
        measured = {"without_livekit": [start_once(data, livekit=False) for _ in range(repeats)]}
        if find_livekit(data):
            start_once(data, livekit=True)  # its key and configuration are made once
            measured["with_livekit"] = [start_once(data, livekit=True) for _ in range(repeats)]
        else:
            print("There is no livekit-server on this machine: it is left out.")
    figures = {name: told(each) for name, each in measured.items()}
    for name, each in figures.items():
        print(
            f"{name}: {verdict(each['seconds'], SECONDS_MAX, 's')}, {verdict(each['memory_mb'], MEMORY_MB_MAX, 'MB')}"
        )
    file = write_result("start", {
        "repeats": repeats, "seconds_max": SECONDS_MAX, "memory_mb_max": MEMORY_MB_MAX,
        "load_average": round(os.getloadavg()[0], 1), "first_start_seconds": round(first.seconds, 2), **figures,
    })  # fmt: skip
    print(f"→ {file}")


def start_once(data: Path, *, livekit: bool) -> Start:
    """`sahne up` until it is ready, with a LiveKit that answers or without; it is stopped again."""
    port = free_port()
    command = [sys.executable, "-m", "sahne", "up", "--data", str(data), "--port", str(port)]
    command += ["--db-port", str(free_port()), *([] if livekit else ["--no-livekit"])]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SAHNE_", "DATABASE_URL"))}
    began = time.perf_counter()
    ready = f"http://127.0.0.1:{port}/ready"
    with started(command, lambda: answers(ready), env=kept | {"PYTHONPATH": str(ROOT)}, cwd=data.parent) as pid:
        start = Start(time.perf_counter() - began, peak_memory_mb(pid))
        with urllib.request.urlopen(ready, timeout=2) as answer:
            said = json.load(answer)
        if said["livekit"] is not livekit:
            raise RuntimeError(f"it was to start with livekit={livekit}, and says {said}")
        return start


def told(starts: list[Start]) -> dict[str, float]:
    """Medians, and the slowest."""
    seconds = [each.seconds for each in starts]
    return {
        "seconds": round(statistics.median(seconds), 2),
        "seconds_slowest": round(max(seconds), 2),
        "memory_mb": round(statistics.median(each.memory_mb for each in starts), 1),
    }


def verdict(figure: float, limit: float, unit: str) -> str:
    """A figure beside its goal."""
    return f"{figure:g} {unit} ({'hit' if figure <= limit else 'MISS'}: goal {limit:g} {unit})"
