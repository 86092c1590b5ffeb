"""Operations beside the same call as an rpc, and beside the Data API's one row: what the door itself costs.

`python -m benchmarks operations [--rounds 5] [--seconds 2]` takes about two minutes. One server, one PostgreSQL, ten
connections; each operation and its yardstick in turn. The function behind an rpc calls the very verb of the operation,
so that the difference in the server's CPU is the door's. Nobody else should use the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import psycopg

from benchmarks.harness import Measured, as_json, in_turn, median, write_result, wrk
from benchmarks.ledger import GIFT, make_world
from benchmarks.rivals import start_postgres, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET

CONNECTIONS = 10
REQUESTS = 512  # made beforehand, so that wrk is out of the measurement; what spends gets a new key when it is sent
SENDERS = 50
ABOVE_RPC_US_MAX = 60.0
WALLET_OF_ONE_ROW_MIN = 0.5
SESSION = "0000feed-0000-4000-8000-000000000001"
HOST = "0000beef-0000-4000-8000-000000000001"

# The verbs of the operations as functions of the API
RPC = """
create function public.bench_wallet() returns jsonb language sql stable security definer set search_path = '' as
  $$ select jsonb_build_object('balance', private.coin_balance(auth.uid())) $$;
create function public.bench_session(session_id uuid, fields jsonb) returns jsonb
  language sql security definer set search_path = '' as $$ select private.edit_session(session_id, fields) $$;
create function public.bench_gift(session_id uuid, gift_id uuid) returns jsonb
  language sql security definer set search_path = '' as
  $$ select private.send_gift(session_id, gift_id, 1, null, gen_random_uuid()::text, null) $$;
"""

LUA = """
local tokens = { %(tokens)s }
local heads, tails = {}, {}
local sent = 0
function init()
  for place = 1, %(requests)d do
    local headers = { ["Authorization"] = "Bearer " .. tokens[place %% #tokens + 1],
                      ["Content-Type"] = "application/json", ["Idempotency-Key"] = "@KEY@" }
    local whole = wrk.format(%(method)s, %(path)s, headers, %(body)s)
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


@dataclass(frozen=True, slots=True)
class Ask:
    """One kind of request; `people` are the numbers of those who send it in turn, 0 for the host."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    people: range = range(1, SENDERS + 1)


HOST_ALONE = range(1)
ONE_ROW = Ask("GET", f"/rest/v1/gifts?select=id,name,coin_price&id=eq.{GIFT}")
# Each operation, and the same call as an rpc
PAIRS = {
    "wallet": (Ask("GET", "/functions/v1/coins/wallet"), Ask("GET", "/rest/v1/rpc/bench_wallet")),
    "session": (
        Ask("PATCH", f"/functions/v1/live/sessions/{SESSION}", {"title": "Bench"}, HOST_ALONE),
        Ask(
            "POST", "/rest/v1/rpc/bench_session", {"session_id": SESSION, "fields": {"title": "Bench"}}, HOST_ALONE
        ),
    ),
    "gift": (
        Ask("POST", f"/functions/v1/live/sessions/{SESSION}/gifts", {"gift_id": str(GIFT)}),
        Ask("POST", "/rest/v1/rpc/bench_gift", {"session_id": SESSION, "gift_id": str(GIFT)}),
    ),
}  # fmt: skip


def main(arguments: list[str]) -> None:
    """Measure, write `results/operations.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks operations", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        make_world(cluster.url)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(RPC.encode())
        rest_url, server = start_sahne(stack, cluster.url, folder)
        url = rest_url.removesuffix("/rest/v1")
        asks = {"one row": ONE_ROW}
        for name, (operation, rpc) in PAIRS.items():
            asks |= {name: operation, f"{name} as rpc": rpc}
        variants: dict[str, Callable[[], Measured]] = {
            name: partial(_load, ask, url, options.seconds, server, folder) for name, ask in asks.items()
        }
        for warm_up in variants.values():
            warm_up()
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
    misses = _misses(medians)
    result = {
        "rounds": options.rounds, "seconds": options.seconds, "load_before": load_before,
        "load_after": os.getloadavg(), "misses": misses,
        "asked": {name: as_json(measured) for name, measured in medians.items()},
    }  # fmt: skip
    for name, measured in medians.items():
        print(f"{name:16s} {measured.per_second:6.0f}/s  {measured.cpu_us:4.0f} us CPU  p99 {measured.p99_ms} ms")
    print(write_result("operations", result))
    print("\n".join([f"MISS {each}" for each in misses] or ["every goal is met"]))


def _load(ask: Ask, url: str, seconds: int, pid: int, folder: Path) -> Measured:
    words = {
        "tokens": ", ".join(f'"{_token(number)}"' for number in ask.people),
        "method": json.dumps(ask.method),
        "path": json.dumps(ask.path),
        "body": f"'{json.dumps(ask.body)}'" if ask.body else "nil",
        "requests": REQUESTS,
        "run": uuid4(),
    }
    return wrk(LUA % words, url, [], CONNECTIONS, seconds, pid, folder)


def _token(number: int) -> str:
    who = f"0000cafe-0000-4000-8000-{number:012d}" if number else HOST
    claims = {"role": "authenticated", "sub": who, "exp": int(time.time()) + 3600}
    return jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")


def _misses(medians: Mapping[str, Measured]) -> list[str]:
    """Every goal that was not reached, in words."""
    missed = [f"{name}: {each.errors} answers were errors" for name, each in medians.items() if each.errors]
    for name in PAIRS:
        above = (medians[name].cpu_us or 0) - (medians[f"{name} as rpc"].cpu_us or 0)
        print(f"{name}: {above:+.0f} us of CPU above the rpc")
        if above > ABOVE_RPC_US_MAX:
            missed.append(f"{name}: {above:.0f} us above the rpc, goal {ABOVE_RPC_US_MAX:g} us")
    share = medians["wallet"].per_second / medians["one row"].per_second
    if share < WALLET_OF_ONE_ROW_MIN:
        missed.append(f"wallet: {share:.2f} of the one row, goal {WALLET_OF_ONE_ROW_MIN:g}")
    return missed
