"""P4, the ledger: gifts from many senders to one creator and to many, ours and the naive one in turn in one run.

`python -m benchmarks ledger [--rounds 3] [--seconds 3]` takes about two minutes. In SQL both are one call in one
pipelined round trip of pgbench, who-asks and the call, on the same number of connections; through the API it is
`POST /functions/v1/live/sessions/{id}/gifts` on one process with ten connections. The server runs all the while and
folds what is pending on its clock, so that ours pays for that too. fsync is on. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
import psycopg
from psycopg.rows import dict_row

from benchmarks.chart import Bar, draw_bars
from benchmarks.harness import RESULTS, Measured, as_json, free_port, in_turn, median, write_result, wrk
from benchmarks.rivals import DATABASE_CONNECTIONS, pgbench, start_sahne
from sahne.database.embedded import EmbeddedPostgres
from sahne.database.migrate import migrate
from sahne.database.sql import load_queries
from sahne.settings import DEVELOPMENT_JWT_SECRET

SENDERS = 500
CREATORS = 50
CONNECTIONS = (10, 50)
REQUESTS = 2_048  # made beforehand, so that wrk is out of the measurement; each gets a new key when it is sent
TIMES_NAIVE_MIN = 3.0
OF_PGBENCH_MIN = 0.5

QUERIES = load_queries("benchmarks", "ledger.sql")
GIFT = UUID("0000dada-0000-4000-8000-000000000001")
TO = {"one creator": 1, "spread": CREATORS}  # how many creators get the gifts

ONE_ROW = "update public.bench_row set number = number + 1 where id = 1;\n"
CALLS = {
    "sahne": "private.send_gift({session}, '{gift}', 1, null, gen_random_uuid()::text)",
    "naive": "private.naive_gift({session}, '{gift}', 1, gen_random_uuid()::text)",
}
# what our door sends, in one round trip as it does
SCRIPT = """\\set sender random(1, {senders})
\\set creator random(1, {creators})
\\startpipeline
select set_config('role', 'service_role', true),
  set_config('request.jwt.claims', '{{"role": "authenticated", "sub": "0000cafe-0000-4000-8000-'
    || lpad(:sender::text, 12, '0') || '"}}', true),
  set_config('search_path', 'public, extensions', true), set_config('statement_timeout', '8000', true),
  set_config('transaction_read_only', 'off', true);
select {call} as answer;
\\endpipeline
"""
SESSION = "('0000feed-0000-4000-8000-' || lpad(:creator::text, 12, '0'))::uuid"

LUA = """
local tokens = { %(tokens)s }
local heads, tails = {}, {}
local sent = 0
function init()
  math.randomseed(os.time())
  for place = 1, %(requests)d do
    local path = string.format("%(path)s", math.random(1, %(creators)d))
    local headers = { ["Authorization"] = "Bearer " .. tokens[math.random(1, #tokens)],
                      ["Content-Type"] = "application/json", ["Idempotency-Key"] = "@KEY@" }
    local whole = wrk.format("POST", path, headers, %(body)s)
    local from, to = whole:find("@KEY@", 1, true)
    heads[place], tails[place] = whole:sub(1, from - 1), whole:sub(to + 1)
  end
end
function request()
  sent = sent + 1
  local place = sent %% %(requests)d + 1
  return heads[place] .. "%(run)s-" .. sent .. tails[place]
end
"""


def main(arguments: list[str]) -> None:
    """Measure, write `results/ledger.json` and `.svg`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks ledger", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        cluster = EmbeddedPostgres(folder / "postgres", free_port())
        cluster.start()
        stack.callback(cluster.stop)
        migrate(cluster.url)
        make_world(cluster.url)
        rest_url, server = start_sahne(stack, cluster.url, folder)
        api_url = rest_url.removesuffix("/rest/v1")
        variants: dict[str, Callable[[], Measured]] = {}
        for to, creators in TO.items():
            for connections in CONNECTIONS:
                for name in CALLS:
                    variants[f"{to}, {name} {connections}"] = partial(
                        pgbench, _script(name, creators), cluster.url, folder, options.seconds, connections, cluster.pid
                    )
                variants[f"{to}, api {connections}"] = partial(
                    _through_api, api_url, creators, connections, options.seconds, server, folder
                )
        for connections in CONNECTIONS:
            variants[f"one row {connections}"] = partial(
                pgbench, ONE_ROW, cluster.url, folder, options.seconds, connections, cluster.pid
            )
        for warm_up in variants.values():
            warm_up()
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
        checked = check(cluster.url)
    said = {to: _told(to, medians) for to in TO}
    misses = _misses(said, checked)
    file = write_result("ledger", {
        "rounds": options.rounds, "seconds": options.seconds, "load_before": load_before,
        "load_after": os.getloadavg(), "senders": SENDERS, "creators": CREATORS,
        "database_connections_of_the_api": DATABASE_CONNECTIONS, "misses": misses, "checked": checked,
        "one_row": {str(each): as_json(medians[f"one row {each}"]) for each in CONNECTIONS}, "gifts": said,
    })  # fmt: skip
    _draw(medians)
    print(f"{file}\nload of the machine: {load_before[0]:.1f} before, {os.getloadavg()[0]:.1f} after")
    print("\n".join([f"MISS {each}" for each in misses] or ["every goal is met"]))


def make_world(url: str) -> None:
    """Senders with coins in the live sessions of creators, and the yardsticks."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(QUERIES["make_people"], {"senders": SENDERS, "creators": CREATORS})
        for name in ("open_sessions", "make_naive_gift", "make_one_row", "fold"):
            conn.execute(QUERIES[name])
        conn.execute("vacuum analyze")


def check(url: str) -> dict[str, int]:
    """What is wrong after all those gifts; everything but `gifts` must be 0."""
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as conn:
        conn.execute(QUERIES["fold"])
        found = conn.execute(QUERIES["check_ledger"]).fetchone()
    assert found is not None
    return dict(found)


def _script(name: str, creators: int) -> str:
    call = CALLS[name].format(session=SESSION, gift=GIFT)
    return SCRIPT.format(senders=SENDERS, creators=creators, call=call)


def _through_api(url: str, creators: int, connections: int, seconds: int, pid: int, folder: Path) -> Measured:
    words: dict[str, Any] = {
        "tokens": ", ".join(f'"{_token(number)}"' for number in range(1, SENDERS + 1)),
        "path": "/functions/v1/live/sessions/0000feed-0000-4000-8000-%012d/gifts",
        "body": f"'{json.dumps({'gift_id': str(GIFT)})}'",
        "requests": REQUESTS, "creators": creators, "run": uuid4(),
    }  # fmt: skip
    return wrk(LUA % words, url, [], connections, seconds, pid, folder)


def _token(sender: int) -> str:
    claims = {"role": "authenticated", "sub": f"0000cafe-0000-4000-8000-{sender:012d}", "exp": int(time.time()) + 3600}
    return jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")


def _told(to: str, medians: Mapping[str, Measured]) -> dict[str, Any]:
    """Each way to send at each number of connections, and what the goals ask: ours to the naive, the API to pgbench."""
    ceiling = medians[f"{to}, sahne {DATABASE_CONNECTIONS}"].per_second
    said: dict[str, Any] = {}
    for connections in CONNECTIONS:
        each = {name: medians[f"{to}, {name} {connections}"] for name in ("sahne", "naive", "api")}
        ratio = {
            "naive": round(each["sahne"].per_second / each["naive"].per_second, 2),
            "one_row": round(each["sahne"].per_second / medians[f"one row {connections}"].per_second, 2),
            "api_of_pgbench": round(each["api"].per_second / ceiling, 2),
        }
        said[str(connections)] = {"ratio": ratio, **{name: as_json(measured) for name, measured in each.items()}}
        print(
            f"{to:12s} {connections} connections  ours {each['sahne'].per_second:5.0f}/s {each['sahne'].cpu_us:4.0f} us"
            f"  naive {each['naive'].per_second:5.0f}/s {each['naive'].cpu_us:4.0f} us  {ratio['naive']:.2f}x"
            f"  API {each['api'].per_second:5.0f}/s {each['api'].cpu_us:4.0f} us  {ratio['api_of_pgbench']:.2f}"
        )
    return said


def _misses(said: Mapping[str, Any], checked: Mapping[str, int]) -> list[str]:
    """Every goal of P4 that was not reached, in words."""
    missed = [f"the ledger: {name} is {count}" for name, count in checked.items() if name != "gifts" and count]
    for to, by_connections in said.items():
        for connections, each in by_connections.items():
            ratio = each["ratio"]
            errors = sum(each[name]["errors"] for name in ("sahne", "naive", "api"))
            if errors:
                missed.append(f"{to}, {connections} connections: {errors} gifts were refused")
            if to == "one creator" and ratio["naive"] < TIMES_NAIVE_MIN:
                missed.append(
                    f"{to}, {connections} connections: {ratio['naive']}x the naive one, goal {TIMES_NAIVE_MIN:g}x"
                )
            if ratio["api_of_pgbench"] < OF_PGBENCH_MIN:
                missed.append(
                    f"{to}, {connections} connections: the API is at {ratio['api_of_pgbench']} of pgbench,"
                    f" goal {OF_PGBENCH_MIN}"
                )
    return missed


def _draw(medians: Mapping[str, Measured]) -> None:
    names = {"sahne": "Sahne, SQL", "naive": "naive, SQL", "api": "Sahne, API"}
    groups = {
        f"{to}, {connections}": [
            Bar(word, medians[f"{to}, {name} {connections}"].per_second) for name, word in names.items()
        ]
        for to in TO
        for connections in CONNECTIONS
    }
    svg = draw_bars("Gifts per second, by connections", groups)
    (RESULTS / "ledger.svg").write_text(svg)
