"""A storm of viewers: a thousand join one session, ours beside the same statement under pgbench, and minting a token.

`python -m benchmarks join_storm [--rounds 5] [--viewers 1000]` takes a minute. Every storm goes to a session of its
own, from 50 connections as fast as they are answered; the server has ten to PostgreSQL, and pgbench ten. A join takes a
seat and answers a token for a room of a real livekit-server. All of a session come through one door, one after another:
pgbench, which sends the same statement, waits there too. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from uuid import uuid4

import jwt
import psycopg
from psycopg.rows import dict_row

from benchmarks import ledger
from benchmarks.asking import ask_each, post
from benchmarks.harness import Measured, as_json, conclude, free_port, in_turn, median
from benchmarks.rivals import DATABASE_CONNECTIONS, pgbench, start_postgres, start_sahne
from sahne.database.sql import load_queries
from sahne.live.rooms import room_of
from sahne.providers.livekit import permission_of
from sahne.providers.livekit.grants import ApiKey, mint_token
from sahne.providers.livekit_program import find_livekit
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET
from sahne.up.livekit import LiveKitServer

CONNECTIONS = 50
OF_PGBENCH_MIN = 0.5
P99_MS_MAX = 50.0
TOKENS = 5_000
OURS, PGBENCH = "sahne", "pgbench"

QUERIES = load_queries("benchmarks", "join_storm.sql")

# Each of so many clients brings its part of the viewers, one by one
JOINING = """\\set number :number + 1
\\set viewer :client_id * {each} + :number
begin;
select set_config('role', 'service_role', true), set_config('request.jwt.claims',
    '{{"sub": "0000cafe-0000-4000-8000-' || lpad(:viewer::text, 12, '0') || '", "role": "authenticated"}}', true),
  set_config('search_path', 'public, extensions', true), set_config('statement_timeout', '8000', true),
  set_config('transaction_read_only', 'off', true);
select private.join_session('{session}', null) as answer;
commit;
"""


def main(arguments: list[str]) -> None:
    """Measure, write `results/join_storm.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks join_storm", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--viewers", type=int, default=1000)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        storms = 2 * (options.rounds + 1)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(ledger.QUERIES["make_people"], {"senders": options.viewers, "creators": storms})
            conn.execute(QUERIES["open_storms"])
            conn.execute("vacuum analyze")
        livekit = stack.enter_context(_livekit(folder))
        rest_url, server = start_sahne(
            stack, cluster.url, folder,
            {
                "SAHNE_LIVEKIT_URL": livekit.url,
                "SAHNE_LIVEKIT_API_KEY": livekit.key.key,
                "SAHNE_LIVEKIT_API_SECRET": livekit.key.secret,
            },
        )  # fmt: skip
        sessions = (f"0000feed-0000-4000-8000-{number:012d}" for number in count(1))
        tokens = [_token(number) for number in range(1, options.viewers + 1)]
        url = rest_url.removesuffix("/rest/v1")
        variants: dict[str, Callable[[], Measured]] = {
            OURS: lambda: _through_api(url, next(sessions), tokens, server),
            PGBENCH: lambda: _by_pgbench(next(sessions), options.viewers, cluster.url, folder, cluster.pid),
        }
        for warm_up in variants.values():
            warm_up()
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
        with psycopg.connect(cluster.url, autocommit=True, row_factory=dict_row) as conn:
            checked = conn.execute(QUERIES["check_storms"], {"viewers": options.viewers}).fetchone()
    assert checked is not None
    minting = _minting_us()
    for name, measured in medians.items():
        print(f"{name:8s} {measured.per_second:6.0f} joins/s {measured.cpu_us or 0:5.0f} us CPU  {measured.waits}")
    print(
        f"minting a token takes {minting:.0f} us; of {checked['storms']} storms {checked['wrong']} were counted wrong"
    )
    misses = _misses(medians, checked)
    conclude("join_storm", misses, load_before, {
        "rounds": options.rounds, "viewers": options.viewers, "connections": CONNECTIONS,
        "database_connections": DATABASE_CONNECTIONS, "minting_us": round(minting, 1), "checked": checked,
        **{name: as_json(each) for name, each in medians.items()},
    })  # fmt: skip


def _through_api(url: str, session: str, tokens: list[str], pid: int) -> Measured:
    path = f"/functions/v1/live/sessions/{session}/join"
    return ask_each(url, [post(path, f"Bearer {token}", b"{}") for token in tokens], CONNECTIONS, pid)


def _by_pgbench(session: str, viewers: int, database_url: str, folder: Path, postmaster: int | None) -> Measured:
    each = viewers // DATABASE_CONNECTIONS
    script = JOINING.format(each=each, session=session)
    return pgbench(script, database_url, folder, 0, DATABASE_CONNECTIONS, postmaster, [f"-t{each}", "-Dnumber=0"])


@contextmanager
def _livekit(folder: Path) -> Iterator[LiveKitServer]:
    """A livekit-server of this machine's, for the time of the block."""
    found = find_livekit(folder)
    if found is None:
        raise SystemExit("livekit-server is missing: `sahne livekit install` gets it.")
    server = LiveKitServer(found.path, folder / "livekit", f"http://127.0.0.1:{free_port()}/nobody")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _token(number: int) -> str:
    claims = {"role": "authenticated", "sub": f"0000cafe-0000-4000-8000-{number:012d}", "exp": int(time.time()) + 3600}
    return jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")


def _minting_us() -> float:
    """The CPU of one of LiveKit's tokens by itself."""
    mint = partial(
        mint_token, ApiKey("APIbench", "x" * 40), room=room_of(uuid4()), identity=str(uuid4()), name="A viewer",
        permission=permission_of("viewer", "video_live"),
    )  # fmt: skip
    before = time.thread_time()
    for _ in range(TOKENS):
        mint()
    return (time.thread_time() - before) / TOKENS * 1e6


def _misses(medians: Mapping[str, Measured], checked: Mapping[str, int]) -> list[str]:
    """Every goal that was not reached, in words."""
    ours = medians[OURS]
    missed = [f"{ours.errors} joins were refused"] if ours.errors else []
    ratio = ours.per_second / medians[PGBENCH].per_second
    print(f"{ratio:.2f} of pgbench")
    if ratio < OF_PGBENCH_MIN:
        missed.append(f"{ratio:.2f} of pgbench, goal {OF_PGBENCH_MIN:g}")
    if ours.p99_ms > P99_MS_MAX:
        missed.append(f"p99 is {ours.p99_ms:.0f} ms, goal {P99_MS_MAX:g} ms")
    if checked["wrong"]:
        missed.append(f"{checked['wrong']} of {checked['storms']} storms were counted wrong")
    return missed
