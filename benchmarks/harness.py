"""What every measurement needs: processes and their CPU, a load from wrk, rounds in turn, medians, a result file."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import socket
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
from typing import Any
from urllib.parse import urlsplit

RESULTS = Path(__file__).parent / "results"
START_SECONDS_MAX = 30.0
NEWCOMER_SECONDS_MAX = 5.0


PERCENTILES = {"p50_ms": 50, "p90_ms": 90, "p99_ms": 99, "p999_ms": 99.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One round. `cpu_us` is the microseconds of CPU the measured program itself spent on each operation.

    Half of the answers took at most `p50_ms`, all but one in a thousand at most `p999_ms`.
    """

    per_second: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    cpu_us: float | None = None
    errors: int = 0

    @property
    def waits(self) -> str:
        """The percentiles in words, and how far the tail is from the middle."""
        each = "/".join(f"{getattr(self, name):.3g}" for name in PERCENTILES)
        return f"p50/90/99/99.9 {each} ms, p99 {self.p99_ms / self.p50_ms:.1f}x p50"


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked over and over: `{n}` in `path` and `body` is twice a random number up to `numbers`."""

    url: str
    method: str
    path: str
    body: str
    numbers: int
    token: str
    connections: int
    seconds: int
    pid: int


# wrk is one thread; a table of requests made beforehand keeps it out of the measurement
LUA = """
local requests = {}
function init()
  math.randomseed(os.time())
  for place = 1, 512 do
    local n = tostring(math.random(1, %(numbers)d) * 2)
    local body = %(body)s
    requests[place] = wrk.format(%(method)s, (%(path)s):gsub("{n}", n), nil, body and (body:gsub("{n}", n)))
  end
end
local place = 0
function request()
  place = place %% 512 + 1
  return requests[place]
end
"""
# wrk itself prints no more than the 99th
SAY_WAITS = """
function done(summary, latency, requests)
  for _, percentile in ipairs({%s}) do
    print(string.format("waits %%g %%d us", percentile, latency:percentile(percentile)))
  end
end
"""


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


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    """User and system time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family_cpu_seconds(pid: int) -> float:
    """As `cpu_seconds`, with the children that run and those that ended: PostgreSQL by its postmaster."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile and is among the parent's
            continue
        if file.parent.name == str(pid):
            ticks += sum(int(field) for field in fields[11:15])
        elif fields[1] == str(pid):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> set[int]:
    """The processes that have this one as their parent now."""
    children = set()
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if fields[1] == str(pid):
            children.add(int(file.parent.name))
    return children


def let_newcomers_end(pid: int, there_before: set[int]) -> None:
    """Wait for the children that came since: the CPU of one that is just ending is nobody's for a moment.

    One that stays, as autovacuum's may, is not waited for longer than `NEWCOMER_SECONDS_MAX`.
    """
    until = time.monotonic() + NEWCOMER_SECONDS_MAX
    while children_of(pid) - there_before and time.monotonic() < until:
        time.sleep(0.02)


def peak_memory_mb(pid: int) -> float:
    """The most memory one process had resident, ever or since it was forgotten."""
    return _memory_mb(pid, "VmHWM")


def forget_peak_memory(pid: int) -> None:
    """The peak is what the process has resident now (Linux)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def memory_mb(pid: int) -> float:
    """What one process has resident now."""
    return _memory_mb(pid, "VmRSS")


def _memory_mb(pid: int, field: str) -> float:
    found = re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def load(asked: Load, folder: Path) -> Measured:
    """Ask over and over from `connections` connections (wrk), watching the server."""
    path = urlsplit(asked.url).path + asked.path
    words = {"method": json.dumps(asked.method), "path": json.dumps(path), "numbers": asked.numbers}
    script = LUA % (words | {"body": json.dumps(asked.body) if asked.body else "nil"})
    headers = [f"Authorization: Bearer {asked.token}", *(["Content-Type: application/json"] if asked.body else [])]
    return wrk(script, asked.url, headers, asked.connections, asked.seconds, asked.pid, folder)


def wrk(
    script: str, url: str, headers: Iterable[str], connections: int, seconds: int, pid: int, folder: Path
) -> Measured:
    """Requests as the Lua `script` makes them, from one thread of wrk; the CPU is that of the process `pid`."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is missing: install it (Debian: wrk) and run again.")
    file = folder / "load.lua"
    file.write_text(script + SAY_WAITS % ", ".join(str(each) for each in PERCENTILES.values()))
    command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(file)]
    for header in headers:
        command += ["-H", header]
    before = cpu_seconds(pid)
    said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(pid) - before
    done = int(_found(r"(\d+) requests in", said))
    if not done:
        raise RuntimeError(f"nothing was answered within {seconds} s")
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    waits = {name: int(_found(rf"waits {each:g} (\d+) us", said)) / 1000 for name, each in PERCENTILES.items()}
    return Measured(
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
        cpu_us=spent / done * 1e6,
        errors=int(wrong[1]) if wrong else 0,
        **waits,
    )


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
    cpu = [m.cpu_us for m in each if m.cpu_us is not None]
    waits = {name: statistics.median(getattr(m, name) for m in each) for name in PERCENTILES}
    errors = sum(m.errors for m in each)
    return replace(middle, cpu_us=statistics.median(cpu) if cpu else None, errors=errors, **waits)


def percentiles(waits_ms: Iterable[float]) -> dict[str, Any]:
    """What so many waits come to, by the names of `Measured`."""
    each = sorted(waits_ms)
    return {name: each[min(len(each) - 1, int(len(each) * part / 100))] for name, part in PERCENTILES.items()}


def write_result(name: str, result: Mapping[str, object]) -> Path:
    """`results/<name>.json`, with the machine it was measured on."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.json"
    machine = {
        "cpus": os.cpu_count(), "system": platform.system(), "python": platform.python_version(),
        "python_work_ms": round(python_work_ms()),
    }  # fmt: skip
    whole = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, **result}
    file.write_text(json.dumps(whole, indent=2) + "\n")
    return file


def python_work_ms() -> float:
    """Processor time of a fixed piece of plain Python, the best of three: two builds of one version differ twofold."""
    return min(_python_work_ms() for _ in range(3))


def _python_work_ms() -> float:
    started = time.process_time()
    kept: dict[int, list[tuple[str, bytes]]] = {}
    for number in range(100_000):
        kept.setdefault(number % 1000, []).append((str(number), b"%d" % number))
    return (time.process_time() - started) * 1000


def conclude(
    name: str, misses: list[str], load_before: tuple[float, float, float], figures: Mapping[str, object]
) -> None:
    """Write `results/<name>.json`, say where it is and how busy the machine was, and what misses its goal."""
    load_after = os.getloadavg()
    file = write_result(name, {"load_before": load_before, "load_after": load_after, "misses": misses, **figures})
    print(f"{file}\nload of the machine: {load_before[0]:.1f} before, {load_after[0]:.1f} after")
    print("\n".join([f"MISS {each}" for each in misses] or ["every goal is met"]))


def as_json(measured: Measured) -> dict[str, object]:
    """A round as plain values, rounded."""
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(measured).items()}


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"wrk said:\n{text}")
    return found[1]
