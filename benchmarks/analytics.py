"""Events in, reports out: how fast beside COPY, and what each report costs at millions of events.

`python -m benchmarks analytics [--events 5000000] [--people 20000] [--rounds 3] [--requests 60]`. The yardstick of
events in is what one connection can do that keeps each once: COPY to a temporary table and `insert … on conflict`,
1 000 a transaction. Ours is `POST /functions/v1/analytics/events`, 1 000 a request from four clients, in turn with it,
on the same table with the same indexes; fsync is on. Reports are asked as an admin in SQL; those of events stand beside
the same question to the events themselves, and a way of several steps as it is asked first beside as it is kept. It
makes a cluster of its own in a temporary folder and removes it; at five million events that is 2 GB.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import orjson
import psycopg
from psycopg.rows import DictRow, dict_row

from benchmarks.harness import cpu_seconds, family_cpu_seconds, write_result
from benchmarks.rivals import start_postgres, start_sahne
from sahne.database.actor import user_actor
from sahne.database.sql import load_queries
from sahne.settings.local_stack import DEVELOPMENT_PUBLISHABLE_KEY

BATCH = 1_000
CLIENTS = 4
DAYS = 60
SAMPLES = 50
RAW_SAMPLES = 3
P95_MS_MAX = 50.0
RATIO_MIN = 0.5
ADMIN = UUID("0000cafe-0000-4000-8000-000000000001")
REPORTS = {
    "overview": "select private.analytics_overview(30)",
    "retention by week": "select private.analytics_retention('week', 12)",
    "retention by day": "select private.analytics_retention('day', 30)",
    "funnel of 3 steps": "select private.analytics_funnel(array['opened', 'generated', 'bought'], 24, 7)",
    "funnel of 30 days": "select private.analytics_funnel(array['opened', 'generated', 'bought'], 24, 30)",
    "scenes": "select private.analytics_scenes(30, 20)",
    "generations": "select private.analytics_generations(30)",
    "live": "select private.analytics_live(30)",
    "revenue": "select private.analytics_revenue(30)",
}
RAW = {
    "overview": "raw_overview",
    "retention by week": "raw_retention",
    "funnel of 3 steps": "raw_funnel",
    "revenue": "raw_revenue",
}
QUERIES = load_queries("benchmarks", "analytics.sql")

Connection = psycopg.Connection[DictRow]


def main(arguments: list[str] | None = None) -> None:
    """Measure both and write `results/analytics.json`."""
    parser = argparse.ArgumentParser(prog="benchmarks analytics", description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--movements", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requests", type=int, default=60)
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        postmaster = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        events_in = measure_events_in(cluster.url, folder, postmaster, options.rounds, options.requests)
        print(orjson.dumps(events_in, option=orjson.OPT_INDENT_2).decode(), flush=True)
        reports = measure_reports(cluster.url, options.events, options.people, options.movements)
    file = write_result("analytics", {"events_in": events_in, "events": options.events, "reports": reports})
    print(file.read_text())


def measure_events_in(url: str, folder: Path, postmaster: int, rounds: int, requests: int) -> dict[str, object]:
    """Events a second each way in turn, the medians, and the CPU of an event."""
    ways: dict[str, list[tuple[float, float, float]]] = {"copy": [], "api": []}
    with ExitStack() as stack:
        api, server = start_sahne(stack, url, folder)
        for _ in range(rounds):
            for way, took in ways.items():
                batches = [_batch() for _ in range(requests)]
                bodies = [orjson.dumps({"events": batch}) for batch in batches]
                texts = [b"".join(map(_copied, batch)) for batch in batches]
                work = partial(_copy, url, texts) if way == "copy" else partial(_post, api, bodies)
                before = (cpu_seconds(server), family_cpu_seconds(postmaster))
                started = time.perf_counter()
                work()
                seconds = time.perf_counter() - started
                after = (cpu_seconds(server), family_cpu_seconds(postmaster))
                events = requests * BATCH
                of_server, of_database = (1e6 * (b - a) / events for a, b in zip(before, after, strict=True))
                took.append((events / seconds, of_server, of_database))
        with psycopg.connect(url) as conn:
            kept = conn.execute("select count(*) from public.analytics_events").fetchone()
        assert kept == (rounds * len(ways) * requests * BATCH,), kept
    copied, sent = ([statistics.median(column) for column in zip(*ways[way], strict=True)] for way in ("copy", "api"))
    return {
        "copy_per_second": round(copied[0]), "api_per_second": round(sent[0]), "ratio": round(sent[0] / copied[0], 2),
        "ratio_min": RATIO_MIN, "copy_database_cpu_us": round(copied[2], 1),
        "api_server_cpu_us": round(sent[1], 1), "api_database_cpu_us": round(sent[2], 1),
    }  # fmt: skip


def measure_reports(url: str, events: int, people: int, movements: int) -> dict[str, object]:
    """The percentiles of each report, and how long the same took of the events and the ledger themselves."""
    with psycopg.connect(url, row_factory=dict_row, autocommit=True) as conn:
        conn.execute("truncate public.analytics_events")
        for month in range(3):
            conn.execute(
                "select private.create_analytics_partition((now() - make_interval(months => %s))::date)", (month,)
            )
        conn.execute(QUERIES["make_people"], {"people": people})
        conn.execute("update public.profiles set role = 'admin' where id = %s", (ADMIN,))
        started = time.perf_counter()
        for _ in range(10):
            conn.execute(QUERIES["make_events"], {"events": events // 10, "people": people, "days": DAYS})
        conn.execute(QUERIES["make_movements"], {"movements": movements, "days": DAYS})
        print(f"{events} events in {time.perf_counter() - started:.0f} s", flush=True)
        conn.execute("vacuum analyze public.analytics_events, public.coin_transactions, public.coin_entries")
        started, steps = time.perf_counter(), 0
        while _goes_on(conn, QUERIES["fold_day"]) or _goes_on(conn, QUERIES["fold_coin_day"]):
            steps += 1
        counted = {"steps": steps, "seconds": round(time.perf_counter() - started, 1)}
        print(counted, flush=True)
        conn.execute("analyze")
        first = {name: _timed(conn, statement.encode(), 1) for name, statement in REPORTS.items() if "funnel" in name}
        while _goes_on(conn, QUERIES["recount_funnel"]):
            pass
        told = {name: _timed(conn, statement.encode(), SAMPLES) for name, statement in REPORTS.items()}
        raw = {name: _timed(conn, QUERIES[query], RAW_SAMPLES) for name, query in RAW.items()}
    slow = [name for name, each in told.items() if each["p95_ms"] > P95_MS_MAX]
    return {
        "counted": counted,
        "movements": movements,
        "told_first": first,
        "told": told,
        "of_the_events_themselves": raw,
        "p95_ms_max": P95_MS_MAX,
        "too_slow": slow,
    }


def _goes_on(conn: Connection, query: bytes) -> bool:
    row = conn.execute(query).fetchone()
    return row is not None and row["went_on"]


def _timed(conn: Connection, statement: bytes, samples: int) -> dict[str, float]:
    """Of the clock, and of the database's processor, which tells more where the machine has other things to do."""
    took, backend = [], conn.info.backend_pid
    before = cpu_seconds(backend)
    for _ in range(samples):
        with conn.transaction():
            conn.execute("select set_config('request.jwt.claims', %s, true)", (user_actor(ADMIN).claims,))
            started = time.perf_counter()
            conn.execute(statement).fetchall()
            took.append((time.perf_counter() - started) * 1000)
    cpu_ms = round((cpu_seconds(backend) - before) / samples * 1000, 1)
    if samples == 1:
        return {"ms": round(took[0], 1), "cpu_ms": cpu_ms}
    p95 = round(statistics.quantiles(took, n=20)[18], 1)
    return {"p50_ms": round(statistics.median(took), 1), "p95_ms": p95, "cpu_ms": cpu_ms}


def _batch() -> list[dict[str, object]]:
    now = datetime.now(UTC)
    return [
        {
            "id": str(uuid4()), "event_name": "scene_viewed", "platform": "ios",
            "created_at": (now - timedelta(milliseconds=n)).isoformat(),
            "event_properties": {"scene": f"scene-{n % 24}", "place": n},
        }
        for n in range(BATCH)
    ]  # fmt: skip


def _copied(event: dict[str, object]) -> bytes:
    properties = orjson.dumps(event["event_properties"]).decode()
    return f"{event['id']}\t{event['event_name']}\t{properties}\tios\t{event['created_at']}\n".encode()


def _copy(url: str, texts: list[bytes]) -> None:
    with psycopg.connect(url) as conn:
        for text in texts:
            with conn.transaction(), conn.cursor() as cursor:
                cursor.execute(QUERIES["make_staging"])
                with cursor.copy(QUERIES["copy_batch"]) as copy:
                    copy.write(text)
                cursor.execute(QUERIES["insert_batch"])


def _post(api: str, bodies: list[bytes]) -> None:
    place = urlsplit(api)

    def client(number: int) -> None:
        conn = http.client.HTTPConnection(place.hostname or "", place.port)
        headers = {"content-type": "application/json", "apikey": DEVELOPMENT_PUBLISHABLE_KEY}
        for body in bodies[number::CLIENTS]:
            conn.request("POST", "/functions/v1/analytics/events", body, headers)
            answer = conn.getresponse()
            said = orjson.loads(answer.read())
            assert said.get("accepted") == BATCH, said
        conn.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
