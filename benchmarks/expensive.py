"""Small requests with large costs: twenty callers without an account ask each of them, a user beside them asks one row.

`python -m benchmarks expensive [--seconds 10] [--workers 20]` takes three minutes; with `--one-token` those who flood
are one user, with the share of the connections that a user has by default. The user's slowest hundredth must
stay below a quarter of a second, none of their answers may be a 5xx, and the server must stay below 400 MB. Those who
flood are a process of their own, on the same machine: nobody else should be using it. What the user waits while nobody
floods is measured right before, so that a busy machine is seen to be one.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import jwt
import psycopg

from benchmarks.harness import free_port, peak_memory_mb, write_result
from benchmarks.rivals import start_sahne
from sahne.database.embedded import EmbeddedPostgres
from sahne.database.migrate import migrate
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET

VICTIM_P99_MS_MAX = 250.0
SERVER_MEMORY_MB_MAX = 400.0
PERSON = "11111111-1111-1111-1111-111111111111"
FLOODER = "22222222-2222-2222-2222-222222222222"
A_USERS_SHARE = {"SAHNE_PIPELINE_CONNECTIONS": "8", "SAHNE_CALLER_CONNECTIONS_PERCENT": "25"}
ASK_EVERY_SECONDS = 0.05
ALONE_SECONDS = 3.0
FLOOD_TIMEOUT_SECONDS = 40

WORLD = """
create table public.bench_lines (
  id int primary key, parent int references public.bench_lines, content text not null
);
insert into public.bench_lines
select n, nullif(n / 2, 0), repeat('x', 400) from generate_series(1, 5000) n;
create index on public.bench_lines (parent);
grant select on public.bench_lines to anon, authenticated;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expensive:
    """One request that costs more than it looks."""

    name: str
    path: str
    method: str = "GET"
    body: str = ""
    content_type: str = "application/json"


def selected(column: str, count: int) -> str:
    """So many of one column or embed, each under a name of its own."""
    return ",".join(f"c{number}:{column}" for number in range(count))


REQUESTS = (
    Expensive(name="nothing", path="/rest/v1/bench_lines?id=eq.1"),
    Expensive(name="wide casts", path=f"/rest/v1/bench_lines?limit=7&select={selected('id::character(10485760)', 1)}"),
    Expensive(name="400 aliases", path=f"/rest/v1/bench_lines?select={selected('content', 400)}"),
    Expensive(name="100 embeds", path=f"/rest/v1/bench_lines?select={selected('bench_lines!parent(id)', 100)}"),
    Expensive(name="a regular expression", path="/rest/v1/bench_lines?content=imatch.(x?){255}(x?){255}(x?){255}y"),
    Expensive(name="every row, counted", path="/rest/v1/bench_lines?select=*&order=content.desc"),
    Expensive(
        name="a long CSV",
        path="/rest/v1/bench_lines",
        method="POST",
        body="id\n" + "1\n" * 900_000,
        content_type="text/csv",
    ),
    Expensive(
        name="guesses at passwords",
        path="/auth/v1/token?grant_type=password",
        method="POST",
        body='{"email": "nobody@example.com", "password": "guess"}',
    ),
    Expensive(
        name="broadcasts over HTTP",
        path="/realtime/v1/api/broadcast",
        method="POST",
        body=json.dumps({"messages": [{"topic": "t", "event": "e", "payload": {"x": "x" * 500}}] * 1000}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a user felt alone and while others flooded, what those were answered, the server's memory at its highest."""

    alone_p50_ms: float
    alone_p99_ms: float
    asked: int
    p50_ms: float
    p99_ms: float
    failures: int
    flood_answers: dict[str, int]
    server_memory_mb: float

    @property
    def faults(self) -> list[str]:
        """What misses its goal."""
        checks = {
            f"the user waited {self.p99_ms:.0f} ms": self.p99_ms < VICTIM_P99_MS_MAX,
            f"{self.failures} of the user's {self.asked} requests failed": not self.failures,
            f"the server took {self.server_memory_mb:.0f} MB": self.server_memory_mb < SERVER_MEMORY_MB_MAX,
        }
        return [fault for fault, holds in checks.items() if not holds]


def main(arguments: list[str] | None = None) -> None:
    """Measure, print what holds and what does not, write `results/expensive.json`; exit with 1 where one does not."""
    parser = argparse.ArgumentParser(prog="benchmarks expensive")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--one-token", action="store_true")
    parser.add_argument("--only", choices=[request.name for request in REQUESTS])
    asked = parser.parse_args(arguments)
    requests = [request for request in REQUESTS if asked.only in (None, request.name)]
    outcomes = {
        request.name: measure(request, asked.seconds, asked.workers, one_token=asked.one_token) for request in requests
    }
    for name, outcome in outcomes.items():
        waits = f"p99 {outcome.p99_ms:.0f} ms (alone {outcome.alone_p99_ms:.0f} ms)"
        print(f"{name}: {waits}, {outcome.server_memory_mb:.0f} MB, {outcome.flood_answers}")
        for fault in outcome.faults:
            print(f"  MISS: {fault}")
    if asked.only is None:
        figures = {name: asdict(outcome) for name, outcome in outcomes.items()}
        settings = {"seconds": asked.seconds, "workers": asked.workers, "load_average": round(os.getloadavg()[0], 1)}
        file = "expensive_one_token" if asked.one_token else "expensive"
        print(f"→ {write_result(file, {**settings, 'requests': figures})}")
    if any(outcome.faults for outcome in outcomes.values()):
        sys.exit(1)


def measure(request: Expensive, seconds: float, workers: int, *, one_token: bool) -> Outcome:
    """One kind of request against a server of its own, so that its memory is that kind's."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = EmbeddedPostgres(folder / "postgres", free_port(), server_settings={"fsync": "off"})
        cluster.start()
        stack.callback(cluster.stop)
        migrate(cluster.url)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(WORLD)
        url, pid = start_sahne(stack, cluster.url, folder, A_USERS_SHARE if one_token else {})
        base = url.removesuffix("/rest/v1")
        flooder = token_of(FLOODER) if one_token else anonymous_key()
        quiet_until = time.monotonic() + ALONE_SECONDS
        alone, _ = ask_while(lambda: time.monotonic() < quiet_until, base)
        flood = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.expensive", base, request.name, str(seconds), str(workers), flooder],
            stdout=subprocess.PIPE,
            text=True,
        )
        waits, failures = ask_while(lambda: flood.poll() is None, base)
        answers = json.loads(flood.communicate()[0])
        return Outcome(
            alone_p50_ms=round(statistics.median(alone), 1),
            alone_p99_ms=round(slowest_hundredth(alone), 1),
            asked=len(waits),
            p50_ms=round(statistics.median(waits), 1),
            p99_ms=round(slowest_hundredth(waits), 1),
            failures=failures,
            flood_answers=answers,
            server_memory_mb=round(peak_memory_mb(pid), 1),
        )


def slowest_hundredth(waits: list[float]) -> float:
    """Where the slowest hundredth begins."""
    return sorted(waits)[len(waits) * 99 // 100]


def ask_while(goes_on: Callable[[], bool], base: str) -> tuple[list[float], int]:
    """A user's one row, again and again as long as it goes on: milliseconds each, and how many failed."""
    headers = {"Authorization": f"Bearer {token_of(PERSON)}"}
    waits, failures = [], 0
    while goes_on():
        began = time.perf_counter()
        status = ask(base, Expensive(name="one row", path="/rest/v1/bench_lines?id=eq.1"), headers)
        waits.append((time.perf_counter() - began) * 1000)
        failures += status != 200
        time.sleep(ASK_EVERY_SECONDS)
    return waits, failures


def ask(base: str, request: Expensive, headers: dict[str, str]) -> int:
    """The status of one request, its body read; 0 when the connection broke."""
    place = urlsplit(base)
    conn = http.client.HTTPConnection(place.hostname or "", place.port, timeout=FLOOD_TIMEOUT_SECONDS)
    try:
        conn.request(request.method, request.path, request.body or None, headers)
        answer = conn.getresponse()
        while answer.read(1 << 20):
            pass
    except OSError:
        return 0
    finally:
        conn.close()
    return answer.status


def flood(base: str, name: str, seconds: float, workers: int, token: str) -> None:
    """The other process: every worker asks as fast as it is answered; prints how many got which status."""
    request = next(each for each in REQUESTS if each.name == name)
    statuses: Counter[str] = Counter()
    until = time.monotonic() + seconds
    headers = {"Content-Type": request.content_type, "Authorization": f"Bearer {token}"}

    def work() -> None:
        while time.monotonic() < until:
            statuses[str(ask(base, request, headers))] += 1

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(statuses))


def token_of(person: str) -> str:
    """A user's."""
    claims = {"role": "authenticated", "sub": person, "exp": int(time.time()) + 3600}
    return jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")


def anonymous_key() -> str:
    """A key for callers without an account."""
    return jwt.encode({"role": "anon", "exp": int(time.time()) + 3600}, DEVELOPMENT_JWT_SECRET, "HS256")


if __name__ == "__main__":
    flood(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
