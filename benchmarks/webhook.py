"""LiveKit's webhooks at a steady pace: signed, verified, kept and answered, beside the insert alone under pgbench.

`python -m benchmarks webhook [--rounds 3] [--seconds 8] [--per-second 500]` takes a minute and a half. A webhook is
sent when its time has come, whether those before it are answered or not, on whichever connection is free: what waits
for one waits too. Meanwhile the server deals with what it keeps; how much it is behind at the end, and how long it
takes to be done with it, is told. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import ExitStack
from functools import partial

import orjson
import psycopg

from benchmarks.asking import ask_each, post
from benchmarks.harness import Measured, as_json, conclude, free_port, in_turn, median
from benchmarks.ledger import make_world
from benchmarks.rivals import DATABASE_CONNECTIONS, pgbench, start_postgres, start_sahne
from sahne.providers.livekit.memory import TWIN_SECRET, InMemoryLiveKit

CONNECTIONS = 32
P99_MS_MAX = 2.0
EMPTY_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.1
VIEWERS = 200
SESSION = "0000feed-0000-4000-8000-000000000001"
KEY = "APIbench"
OURS, ALONE = "webhooks", "the insert alone"

WAITING = "select count(*) filter (where processed_at is null), count(*) from private.livekit_events"
FORGET = "truncate private.livekit_events"
# who was put into seats without a join is counted as if they had joined
COUNT = "update private.session_counters set viewer_count = %s, peak_viewers = %s, total_viewers = %s"

INSERT = """
begin;
select set_config('role', 'service_role', true), set_config('request.jwt.claims', '{"role": "service_role"}', true),
  set_config('search_path', 'public, extensions', true), set_config('statement_timeout', '8000', true),
  set_config('transaction_read_only', 'off', true);
insert into private.livekit_events (id, event, room_name, body)
values (gen_random_uuid()::text, 'track_published', 'bench', '{"event": "track_published", "pad": "%s"}')
on conflict (id) do nothing;
commit;
"""
BODY_BYTES = 700  # as much as LiveKit says of a participant's track


def main(arguments: list[str]) -> None:
    """Measure, write `results/webhook.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks webhook", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--per-second", type=int, default=500)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    behind: list[dict[str, float]] = []
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        make_world(cluster.url, senders=VIEWERS, creators=1)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(COUNT, [VIEWERS] * 3)
        # nobody is there; what a webhook says of a room needs nobody
        rest_url, server = start_sahne(
            stack, cluster.url, folder,
            {
                "SAHNE_LIVEKIT_URL": f"ws://127.0.0.1:{free_port()}",
                "SAHNE_LIVEKIT_API_KEY": KEY,
                "SAHNE_LIVEKIT_API_SECRET": TWIN_SECRET,
            },
        )  # fmt: skip
        url, count = rest_url.removesuffix("/rest/v1"), options.seconds * options.per_second
        pace = [f"-R{options.per_second}"]
        alone = partial(
            pgbench, INSERT % ("x" * BODY_BYTES), cluster.url, folder, options.seconds, DATABASE_CONNECTIONS,
            cluster.pid, pace,
        )  # fmt: skip

        def ours() -> Measured:
            measured = ask_each(url, _webhooks(count), CONNECTIONS, server, options.per_second)
            behind.append(_until_done(cluster.url))
            return measured

        ours()
        behind.clear()
        medians = {name: median(each) for name, each in in_turn({OURS: ours, ALONE: alone}, options.rounds).items()}
    for name, measured in medians.items():
        print(f"{name:16s} {measured.per_second:5.0f}/s {measured.cpu_us:5.0f} us CPU  {measured.waits}")
    left = max(behind, key=lambda each: each["seconds"])
    print(
        f"at the end of a round {left['events']:.0f} events were not dealt with; {left['seconds']:.1f} s later all were"
    )
    conclude("webhook", _misses(medians[OURS], options.per_second), load_before, {
        "rounds": options.rounds, "seconds": options.seconds, "per_second": options.per_second,
        "not_dealt_with": left, **{name: as_json(each) for name, each in medians.items()},
    })  # fmt: skip


def _webhooks(count: int) -> list[bytes]:
    """People of one room come and go, and publish in between: every third event changes nothing of ours."""
    livekit = InMemoryLiveKit(KEY)
    requests = []
    for number in range(count):
        who = f"0000cafe-0000-4000-8000-{number // 3 % VIEWERS + 1:012d}"
        event = {
            "event": ("participant_joined", "track_published", "participant_left")[number % 3],
            "id": f"EV_{os.getpid()}_{time.monotonic_ns()}_{number}",
            "createdAt": str(int(time.time())),
            "room": {"name": f"live_{SESSION}", "sid": "RM_bench", "pad": "x" * BODY_BYTES},
            "participant": {
                "identity": who, "sid": f"PA_{number // 3}", "state": "ACTIVE", "permission": {"canSubscribe": True},
            },
        }  # fmt: skip
        webhook = livekit.sign(orjson.dumps(event))
        requests.append(post("/webhooks/livekit", webhook.authorization, webhook.body))
    return requests


def _until_done(database_url: str) -> dict[str, float]:
    """How many events were not dealt with yet, and in how many seconds they are; every one was kept."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        began, first = time.monotonic(), None
        while True:
            row = conn.execute(WAITING).fetchone()
            assert row is not None
            first = row[0] if first is None else first
            if not row[0] or time.monotonic() - began > EMPTY_SECONDS_MAX:
                break
            time.sleep(LOOK_SECONDS)
        conn.execute(FORGET)
    return {"events": first, "seconds": round(time.monotonic() - began, 1), "kept": row[1]}


def _misses(ours: Measured, per_second: int) -> list[str]:
    """Every goal that was not reached, in words."""
    missed = [f"{ours.errors} webhooks were not taken"] if ours.errors else []
    if ours.p99_ms > P99_MS_MAX:
        missed.append(f"p99 is {ours.p99_ms:.1f} ms at {per_second} a second, goal {P99_MS_MAX:g} ms")
    return missed
