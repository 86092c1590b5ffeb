"""From `sahne up` on a folder that has been up before until `/ready` answers, and the memory of the server then and
after the main job: Ada goes live, Bo comes in and sends a gift, she ends.

`python -m benchmarks start [--repeats 5]` takes about a minute, to the nearest 50 ms. The folder holds the demo world.
With LiveKit too when its binary is on this machine already; without it nobody can go live, and the job is a sign-in.
Processor time is that of the server's process alone, which a busy machine disturbs less than the clock.
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
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness import answers, cpu_seconds, free_port, peak_memory_mb, started, write_result
from sahne.operations.demo import PASSWORD
from sahne.providers.livekit_program import find_livekit
from sahne.settings.local_stack import DEVELOPMENT_PUBLISHABLE_KEY

ROOT = Path(__file__).parents[1]
REPEATS = 5
SECONDS_MAX = 1.5
MEMORY_MB_MAX = 90.0
ANSWER_SECONDS_MAX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start: from the command to `/ready` by the clock and in processor time of the server's process, and the most
    memory that had resident by then and by the end of the main job.
    """

    seconds: float
    cpu_seconds: float
    ready_mb: float
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
            f"{name}: ready in {verdict(each['seconds'], SECONDS_MAX, 's')}, {each['cpu_seconds']} s of processor time;"
        )
        print(f"  {each['ready_mb']} MB then, after the main job {verdict(each['memory_mb'], MEMORY_MB_MAX, 'MB')}")
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
        seconds, cpu, ready_mb = time.perf_counter() - began, cpu_seconds(pid), peak_memory_mb(pid)
        with urllib.request.urlopen(ready, timeout=2) as answer:
            said = json.load(answer)
        if said["livekit"] is not livekit:
            raise RuntimeError(f"it was to start with livekit={livekit}, and says {said}")
        do_main_job(f"http://127.0.0.1:{port}", livekit=livekit)
        return Start(seconds=seconds, cpu_seconds=cpu, ready_mb=ready_mb, memory_mb=peak_memory_mb(pid))


def do_main_job(api_url: str, *, livekit: bool) -> None:
    """Once, as an app would."""
    ada, bo = (signed_in(api_url, name) for name in ("ada", "bo"))
    if not livekit:
        return
    live = f"{api_url}/functions/v1/live/sessions"
    session = ask(live, ada, {"title": "Songs", "session_type": "video_live"})["session"]["id"]
    ask(f"{live}/{session}/start", ada, {})
    ask(f"{live}/{session}/join", bo, {})
    (gift,) = ask(f"{api_url}/rest/v1/gifts?select=id&limit=1", bo)
    ask(f"{live}/{session}/gifts", bo, {"gift_id": gift["id"], "quantity": 1})
    ask(f"{live}/{session}/end", ada, {})


def signed_in(api_url: str, name: str) -> dict[str, str]:
    """The headers of one of the demo world."""
    address = f"{api_url}/auth/v1/token?grant_type=password"
    answer = ask(address, {}, {"email": f"{name}@example.com", "password": PASSWORD})
    return {"Authorization": f"Bearer {answer['access_token']}"}


def ask(url: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> Any:
    """A GET, or a POST of a body; what it answers."""
    key = {"apikey": DEVELOPMENT_PUBLISHABLE_KEY, "Idempotency-Key": str(uuid.uuid4())}
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {**headers, **key, "Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS_MAX) as answer:
        return json.load(answer)


def told(starts: list[Start]) -> dict[str, float]:
    """Medians, and the slowest."""
    seconds = [each.seconds for each in starts]
    return {
        "seconds": round(statistics.median(seconds), 2),
        "seconds_slowest": round(max(seconds), 2),
        "cpu_seconds": round(statistics.median(each.cpu_seconds for each in starts), 2),
        "ready_mb": round(statistics.median(each.ready_mb for each in starts), 1),
        "memory_mb": round(statistics.median(each.memory_mb for each in starts), 1),
    }


def verdict(figure: float, limit: float, unit: str) -> str:
    """A figure beside its goal."""
    return f"{figure:g} {unit} ({'hit' if figure <= limit else 'MISS'}: goal {limit:g} {unit})"
