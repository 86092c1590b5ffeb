"""What every measurement needs: processes and their CPU, a load from wrk, rounds in turn, medians, a result file."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
START_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One round. `cpu_us` is the microseconds of CPU the measured program itself spent on each operation."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float | None
    memory_mb: float | None
    errors: int = 0


@contextmanager
def started(
    command: list[str],
    ready: Callable[[], bool],
    *,
    env: Mapping[str, str],
    user: str | None = None,
    cwd: Path | None = None,
) -> Iterator[int]:
    """A program of ours for the time of the block; its process id."""
    process = subprocess.Popen(
        command, env=dict(env), user=user, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(url: str, headers: Mapping[str, str] | None = None) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers or {})), timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def cpu_seconds(pid: int) -> float:
    """User and system time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident memory of one process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def load(url: str, headers: Mapping[str, str], *, connections: int, seconds: int, pid: int) -> Measured:
    """GET `url` over and over from `connections` connections (wrk), watching the server `pid`."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("wrk is missing: install it (Debian: wrk) and run again.")
    command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    before = cpu_seconds(pid)
    said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(pid) - before
    done = int(_found(r"(\d+) requests in", said))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Measured(
        float(_found(r"Requests/sec:\s+([\d.]+)", said)), _milliseconds("50%", said), _milliseconds("99%", said),
        spent / done * 1e6, memory_mb(pid), int(wrong[1]) if wrong else 0,
    )  # fmt: skip


def in_turn(variants: Mapping[str, Callable[[], Measured]], rounds: int) -> dict[str, list[Measured]]:
    """Every variant once a round, so that the machine's moods hit all of them alike."""
    measured: dict[str, list[Measured]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, measure in variants.items():
            measured[name].append(measure())
    return measured


def median(rounds: Iterable[Measured]) -> Measured:
    """The round in the middle by throughput, with the median of each figure."""
    each = list(rounds)
    middle = sorted(each, key=lambda m: m.per_second)[len(each) // 2]
    p99 = statistics.median(m.p99_ms for m in each)
    cpu = [m.cpu_us for m in each if m.cpu_us is not None]
    return replace(
        middle, p99_ms=p99, cpu_us=statistics.median(cpu) if cpu else None, errors=sum(m.errors for m in each)
    )


def write_result(name: str, result: Mapping[str, object]) -> Path:
    """`results/<name>.json`, with the machine it was measured on."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    machine = {"cpus": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    whole = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, **result}
    file.write_text(json.dumps(whole, indent=2) + "\n")
    return file


def as_json(measured: Measured) -> dict[str, object]:
    """A round as plain values, rounded."""
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(measured).items()}


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"wrk said:\n{text}")
    return found[1]


def _milliseconds(percentile: str, text: str) -> float:
    found = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", text)
    return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]] if found else 0.0
