"""The ledger: gifts from many senders to one creator, to many, and by Zipf's law, ours and the naive one in turn.

`python -m benchmarks ledger [--rounds 3] [--seconds 3]` takes about five minutes. In SQL both are one call in one
pipelined round trip of pgbench, who-asks and the call. The naive one is a gift a call on so many connections; ours is
what two servers make of so many people who each wait for an answer and give again: `private.send_gifts` on two
connections, each with half of them in a call, and only gifts that were sent count. One alone, on one connection, goes
as a batch, step by step, and naively. Through the API it is `POST /functions/v1/live/sessions/{id}/gifts` on one
process with ten connections. That server runs all the while and folds what is pending on its clock, so that ours pays
for that too. fsync is on. Nobody else should use the machine. What is printed is the table of
`docs/reference/performance.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
import psycopg
from psycopg.rows import dict_row

from benchmarks.chart import Bar, draw_bars
from benchmarks.harness import (
    RESULTS,
    Measured,
    as_json,
    family_cpu_seconds,
    in_turn,
    median,
    write_result,
    wrk,
)
from benchmarks.rivals import DATABASE_CONNECTIONS, pgbench, start_postgres, start_sahne
from sahne.database.sql import load_queries
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET

SENDERS = 500
CREATORS = 50
CONNECTIONS = (10, 50)
SERVERS = 2  # each with a batch on its way
REQUESTS = 2_048  # made beforehand, so that wrk is out of the measurement; each gets a new key when it is sent
API_PER_SECOND_MIN = 3_000
API_P99_MS_MAX = 50.0
API_GOAL_CONNECTIONS = 50

QUERIES = load_queries("benchmarks", "ledger.sql")
GIFT = UUID("0000dada-0000-4000-8000-000000000001")


@dataclass(frozen=True, slots=True)
class Crowd:
    """To how many creators gifts go and how unevenly (the exponent of Zipf's law), and what is wanted beside naive."""

    creators: int
    exponent: float | None
    times_naive_min: float

    def drawn(self, name: str) -> str:
        """pgbench's way to draw one."""
        law = f"random_zipfian(1, {self.creators}, {self.exponent})" if self.exponent else f"random(1, {self.creators})"
        return f"\\set {name} {law}\n"

    def weights(self) -> list[float]:
        """How often each of them is given to, up to a factor."""
        return [rank ** -(self.exponent or 0.0) for rank in range(1, self.creators + 1)]


TO = {
    "one creator": Crowd(1, None, 6.0),
    "spread": Crowd(CREATORS, None, 1.5),
    "Zipf 1.5": Crowd(CREATORS, 1.5, 3.0),
}
WAYS = ("sahne", "naive", "api")
ALONE = ("batch", "steps", "naive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """What is measured: PostgreSQL by its postmaster's process id, the server by its own; each turn for so long."""

    url: str
    postmaster: int
    api_url: str
    server: int
    folder: Path
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughApi(Measured):
    """`cpu_us` is the server's; PostgreSQL's own comes beside it."""

    database_cpu_us: float


ONE_ROW = "update public.bench_row set number = number + 1 where id = 1;\n"
# what our door sends, in one round trip as it does
ASKING = """\\startpipeline
select set_config('role', 'service_role', true),
  set_config('request.jwt.claims', '{{"role": "{role}"{subject}}}', true),
  set_config('search_path', 'public, extensions', true), set_config('statement_timeout', '8000', true),
  set_config('transaction_read_only', 'off', true);
select {call} as answer;
\\endpipeline
"""
NUMBERED = "('{kind}-0000-4000-8000-' || lpad({number}::text, 12, '0'))::uuid"
SENDER, SESSION = NUMBERED.replace("{kind}", "0000cafe"), NUMBERED.replace("{kind}", "0000feed")
NAIVE = "private.naive_gift({session}, '{gift}', 1, gen_random_uuid()::text)"
STEPS = "private.send_gift({session}, '{gift}', 1, null, gen_random_uuid()::text)"
OURS = """private.send_gifts(
    array(select {sender} from unnest(array[{senders}]) number),
    array(select {session} from unnest(array[{creators}]) number),
    array_fill('{gift}'::uuid, array[{many}]), array_fill(1, array[{many}]), array_fill(null::uuid, array[{many}]),
    array(select gen_random_uuid()::text from generate_series(1, {many})), array_fill(null::integer, array[{many}]))"""

LUA = """
local tokens = { %(tokens)s }
local weights = { %(weights)s }
local heads, tails = {}, {}
local sent, whole_weight = 0, 0
for _, weight in ipairs(weights) do whole_weight = whole_weight + weight end
local function a_creator()
  local left = math.random() * whole_weight
  for creator, weight in ipairs(weights) do
    left = left - weight
    if left <= 0 then return creator end
  end
  return 1
end
function init()
  math.randomseed(os.time())
  for place = 1, %(requests)d do
    local path = string.format("%(path)s", a_creator())
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
        cluster, folder = start_postgres(stack)
        make_world(cluster.url)
        rest_url, server = start_sahne(stack, cluster.url, folder)
        assert cluster.pid
        lab = Lab(
            url=cluster.url, postmaster=cluster.pid, api_url=rest_url.removesuffix("/rest/v1"), server=server,
            folder=folder, seconds=options.seconds,
        )  # fmt: skip
        variants = _variants(lab)
        for warm_up in variants.values():
            warm_up()
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
        checked = check(cluster.url)
    said = {to: _told(to, medians) for to in TO}
    alone = {name: as_json(medians[f"alone, {name}"]) for name in ALONE}
    misses = _misses(said, alone, checked)
    file = write_result("ledger", {
        "rounds": options.rounds, "seconds": options.seconds, "load_before": load_before,
        "load_after": os.getloadavg(), "senders": SENDERS, "creators": CREATORS,
        "database_connections_of_the_api": DATABASE_CONNECTIONS, "misses": misses, "checked": checked,
        "one_row": {str(each): as_json(medians[f"one row {each}"]) for each in CONNECTIONS}, "gifts": said,
        "alone": alone,
    })  # fmt: skip
    _draw(medians)
    print("\n".join([*_table(said), "", _words(medians, alone, checked)]))
    print(f"{file}\nload of the machine: {load_before[0]:.1f} before, {os.getloadavg()[0]:.1f} after")
    print("\n".join([f"MISS {each}" for each in misses] or ["every goal is met"]))


def make_world(url: str, *, senders: int = SENDERS, creators: int = CREATORS) -> None:
    """Senders with coins in the live sessions of creators, and the yardsticks."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(QUERIES["make_people"], {"senders": senders, "creators": creators})
        for name in ("open_sessions", "make_naive_gift", "make_one_row", "fold"):
            conn.execute(QUERIES[name])
        conn.execute("vacuum analyze")


def _variants(lab: Lab) -> dict[str, Callable[[], Measured]]:
    """All that is measured in turn, by the names under which it is told."""
    variants: dict[str, Callable[[], Measured]] = {}
    for to, crowd in TO.items():
        for connections in CONNECTIONS:
            variants[f"{to}, sahne {connections}"] = partial(_in_batches, lab, crowd, connections, SERVERS)
            variants[f"{to}, naive {connections}"] = partial(_pgbench, lab, _naive_script(crowd), connections)
            variants[f"{to}, api {connections}"] = partial(_through_api, lab, crowd, connections)
    for connections in CONNECTIONS:
        variants[f"one row {connections}"] = partial(_pgbench, lab, ONE_ROW, connections)
    spread = TO["spread"]
    variants["alone, batch"] = partial(_in_batches, lab, spread, 1, 1)
    variants["alone, steps"] = partial(_pgbench, lab, _steps_script(spread), 1)
    variants["alone, naive"] = partial(_pgbench, lab, _naive_script(spread), 1)
    return variants


def _pgbench(lab: Lab, script: str, connections: int) -> Measured:
    return pgbench(script, lab.url, lab.folder, lab.seconds, connections, lab.postmaster)


def check(url: str) -> dict[str, int]:
    """What is wrong after all those gifts; everything but `gifts` must be 0."""
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as conn:
        conn.execute(QUERIES["fold"])
        found = conn.execute(QUERIES["check_ledger"]).fetchone()
    assert found is not None
    return dict(found)


def _naive_script(crowd: Crowd) -> str:
    return _one_by_one(crowd, "authenticated", NAIVE)


def _steps_script(crowd: Crowd) -> str:
    return _one_by_one(crowd, "service_role", STEPS)


def _one_by_one(crowd: Crowd, role: str, function: str) -> str:
    subject = """, "sub": "0000cafe-0000-4000-8000-' || lpad(:sender::text, 12, '0') || '\""""
    call = function.format(session=SESSION.format(number=":creator"), gift=GIFT)
    asking = ASKING.format(role=role, subject=subject, call=call)
    return f"\\set sender random(1, {SENDERS})\n{crowd.drawn('creator')}{asking}"


def _in_batches(lab: Lab, crowd: Crowd, people: int, servers: int) -> Measured:
    """As servers send what so many people ask for at once: each has its own senders and a batch on its way."""
    many = people // servers
    draws = "".join(
        f"\\set sender{n} random(0, {SENDERS // servers - 1}) * {servers} + :client_id + 1\n"
        f"{crowd.drawn(f'creator{n}')}"
        for n in range(many)
    )
    call = OURS.format(
        sender=SENDER.format(number="number"), session=SESSION.format(number="number"), gift=GIFT, many=many,
        senders=", ".join(f":sender{n}" for n in range(many)), creators=", ".join(f":creator{n}" for n in range(many)),
    )  # fmt: skip
    script = draws + ASKING.format(role="service_role", subject="", call=call)
    with psycopg.connect(lab.url, row_factory=dict_row) as conn:
        conn.execute(QUERIES["let_gifts_end"])  # those of the turn before
        conn.commit()
        conn.execute("select")  # the transaction's time is the moment before
        calls = _pgbench(lab, script, servers)
        found = conn.execute(QUERIES["sent_since"]).fetchone()
    assert found is not None
    asked, sent = found["calls"] * many, found["gifts"]
    if not sent:
        raise RuntimeError("send_gifts sent none of them: is the world as it should be?")
    each = many * sent / asked  # of a call
    cpu_us = calls.cpu_us and calls.cpu_us / each
    return replace(calls, per_second=calls.per_second * each, cpu_us=cpu_us, errors=calls.errors + max(asked - sent, 0))


def _through_api(lab: Lab, crowd: Crowd, connections: int) -> ThroughApi:
    words: dict[str, Any] = {
        "tokens": ", ".join(f'"{_token(number)}"' for number in range(1, SENDERS + 1)),
        "weights": ", ".join(str(weight) for weight in crowd.weights()),
        "path": "/functions/v1/live/sessions/0000feed-0000-4000-8000-%012d/gifts",
        "body": f"'{json.dumps({'gift_id': str(GIFT)})}'",
        "requests": REQUESTS, "run": uuid4(),
    }  # fmt: skip
    before = family_cpu_seconds(lab.postmaster)
    asked = wrk(LUA % words, lab.api_url, [], connections, lab.seconds, lab.server, lab.folder)
    database_cpu = (family_cpu_seconds(lab.postmaster) - before) / (asked.per_second * lab.seconds) * 1e6
    return ThroughApi(**asdict(asked), database_cpu_us=database_cpu)


def _token(sender: int) -> str:
    claims = {"role": "authenticated", "sub": f"0000cafe-0000-4000-8000-{sender:012d}", "exp": int(time.time()) + 3600}
    return jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")


def _told(to: str, medians: Mapping[str, Measured]) -> dict[str, Any]:
    """Each way to send at each number of connections, and ours to the naive one."""
    said: dict[str, Any] = {}
    for connections in CONNECTIONS:
        each = {name: medians[f"{to}, {name} {connections}"] for name in WAYS}
        ratio = {
            "naive": round(each["sahne"].per_second / each["naive"].per_second, 2),
            "one_row": round(each["sahne"].per_second / medians[f"one row {connections}"].per_second, 2),
            "api_of_sql": round(each["api"].per_second / each["sahne"].per_second, 2),
        }
        said[str(connections)] = {"ratio": ratio, **{name: as_json(measured) for name, measured in each.items()}}
    return said


def _table(said: Mapping[str, Any]) -> Iterator[str]:
    """What `performance.md` shows, in Markdown."""
    yield (
        "| gifts to | connections | ours/s | CPU µs | naive/s | CPU µs | to naive | goal |"
        " API/s | p50 / p99 ms | server's CPU µs | PostgreSQL's |"
    )
    yield "|" + "---|" * 12
    for to, by_connections in said.items():
        for connections, each in by_connections.items():
            ours, naive, api = (each[name] for name in WAYS)
            cells = [
                to, connections, f"{ours['per_second']:,.0f}", f"{ours['cpu_us']:,.0f}", f"{naive['per_second']:,.0f}",
                f"{naive['cpu_us']:,.0f}", f"{each['ratio']['naive']:.2f}×", f"{TO[to].times_naive_min:g}×",
                f"{api['per_second']:,.0f}", f"{api['p50_ms']:.0f} / {api['p99_ms']:.0f}", f"{api['cpu_us']:,.0f}",
                f"{api['database_cpu_us']:,.0f}",
            ]  # fmt: skip
            yield f"| {' | '.join(cells)} |"


def _words(medians: Mapping[str, Measured], alone: Mapping[str, Any], checked: Mapping[str, int]) -> str:
    """And what it says below."""
    rows = " and ".join(f"{medians[f'one row {each}'].per_second:,.0f} on {each} connections" for each in CONNECTIONS)
    batch, steps, naive = (f"{alone[name]['cpu_us']:,.0f} µs" for name in ALONE)
    sentences = (
        f"One gift alone costs PostgreSQL {batch} as a batch, {steps} step by step, {naive} naively.",
        f"One row that everybody updates, and nothing else, did {rows} a second.",
        f"After the {checked['gifts']:,} gifts of the run the entries summed to {checked['entries_sum']};",
        f"wallets that were not the sum of their entries: {checked['faults']};",
        f"creators who were not shown what was sent to them: {checked['creators_wrong']};",
        f"sessions with wrong totals: {checked['sessions_wrong']}.",
    )
    return "\n".join(sentences)


def _misses(said: Mapping[str, Any], alone: Mapping[str, Any], checked: Mapping[str, int]) -> list[str]:
    """Every goal that was not reached, in words."""
    missed = [f"the ledger: {name} is {count}" for name, count in checked.items() if name != "gifts" and count]
    if (batch := alone["batch"]["cpu_us"]) > (steps := alone["steps"]["cpu_us"]):
        missed.append(f"one alone costs PostgreSQL {batch:.0f} µs as a batch, {steps:.0f} step by step")
    for to, by_connections in said.items():
        for connections, each in by_connections.items():
            what = f"{to}, {connections} at once"
            if errors := sum(each[name]["errors"] for name in WAYS):
                missed.append(f"{what}: {errors} gifts were not sent")
            times, wanted = each["ratio"]["naive"], TO[to].times_naive_min
            if times < wanted:
                missed.append(f"{what}: {times}x the naive one, goal {wanted:g}x")
            if int(connections) == API_GOAL_CONNECTIONS:
                missed += _api_misses(what, each["api"])
    return missed


def _api_misses(what: str, api: Mapping[str, Any]) -> list[str]:
    missed = []
    if api["per_second"] < API_PER_SECOND_MIN:
        missed.append(f"{what}: the API sends {api['per_second']:.0f} a second, goal {API_PER_SECOND_MIN}")
    if api["p99_ms"] > API_P99_MS_MAX:
        missed.append(f"{what}: the API's p99 is {api['p99_ms']:.0f} ms, goal {API_P99_MS_MAX:g} ms")
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
