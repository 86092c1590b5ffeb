"""Chat lines: posted through the Data API by 64 clients, beside the same insert of the same people under pgbench.

`python -m benchmarks chat [--rounds 5] [--seconds 6]` takes about two and a half minutes and writes more than 100 000
lines into one room. pgbench sends what our door sends (who, then the statement), prepared, once on as many connections
to PostgreSQL as the server has and once on 64: the better of both is the ceiling. The server runs all the while, folds
what is counted and reads the stream of changes, so that pgbench's lines pay for that too. Nobody else should use the
machine.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import jwt
import psycopg

from benchmarks.harness import Measured, as_json, conclude, in_turn, median, wrk
from benchmarks.ledger import make_world
from benchmarks.rivals import DATABASE_CONNECTIONS, pgbench, start_postgres, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET

CLIENTS = 64
PEOPLE = 512  # taken in turn: nobody posts again before their last line is answered
OF_PGBENCH_MIN = 0.9
OURS = "sahne"
SESSION = "0000feed-0000-4000-8000-000000000001"
TEXT = "What a voice, and what a night this is!"

WITHOUT_PACE = "update private.settings set chat_lines_at_once = 10000, chat_lines_per_minute = 60000"
LINES = "select count(*) from public.live_messages where session_id = %s"

LUA = """
local tokens = { %(tokens)s }
local requests = {}
local sent = 0
function init()
  for place = 1, #tokens do
    local headers = { ["Authorization"] = "Bearer " .. tokens[place], ["Content-Type"] = "application/json" }
    local body = (%(body)s):gsub("{n}", string.format("%%012d", place))
    requests[place] = wrk.format("POST", "/rest/v1/live_messages", headers, body)
  end
end
function request()
  sent = sent %% #requests + 1
  return requests[sent]
end
"""

POSTING = """\\set number random(0, {rounds} - 1) * {connections} + :client_id + 1
begin;
select set_config('role', 'authenticated', true), set_config('request.jwt.claims',
    '{{"sub": "0000cafe-0000-4000-8000-' || lpad(:number::text, 12, '0') || '", "role": "authenticated"}}', true),
  set_config('search_path', 'public, extensions', true), set_config('statement_timeout', '8000', true),
  set_config('transaction_read_only', 'off', true), set_config('request.method', 'POST', true),
  set_config('request.path', '/live_messages', true), set_config('request.headers', '{{}}', true),
  set_config('request.cookies', '{{}}', true);
with _source as (insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
  select session_id, sender_id, sender_profile_id, content from json_to_recordset(json_build_array(json_build_object(
    'session_id', '{session}', 'sender_id', '0000cafe-0000-4000-8000-' || lpad(:number::text, 12, '0'),
    'sender_profile_id', '0000cafe-0000-4000-8000-' || lpad(:number::text, 12, '0'), 'content', '{text}')))
    as _(session_id uuid, sender_id uuid, sender_profile_id uuid, content text) returning 1)
select null, count(*), null from _source;
commit;
"""


def main(arguments: list[str]) -> None:
    """Measure, write `results/chat.json`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks chat", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=6)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        make_world(cluster.url, senders=PEOPLE, creators=1)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(WITHOUT_PACE)
        rest_url, server = start_sahne(stack, cluster.url, folder)
        variants: dict[str, Callable[[], Measured]] = {
            OURS: partial(_through_api, rest_url.removesuffix("/rest/v1"), options.seconds, server, folder)
        }
        for connections in (DATABASE_CONNECTIONS, CLIENTS):
            script = POSTING.format(
                rounds=PEOPLE // connections, connections=connections, session=SESSION, text=TEXT.replace("'", "''")
            )
            variants[f"pgbench {connections}"] = partial(
                pgbench, script, cluster.url, folder, options.seconds, connections, cluster.pid
            )
        for warm_up in variants.values():
            warm_up()
        medians = {name: median(each) for name, each in in_turn(variants, options.rounds).items()}
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            lines = conn.execute(LINES, [SESSION]).fetchone()
    assert lines is not None
    for name, measured in medians.items():
        print(f"{name:10s} {measured.per_second:6.0f}/s {measured.cpu_us:5.0f} us CPU  {measured.waits}")
    print(f"{lines[0]:,} lines were written")
    conclude("chat", _misses(medians), load_before, {
        "rounds": options.rounds, "seconds": options.seconds, "clients": CLIENTS, "lines": lines[0],
        "database_connections": DATABASE_CONNECTIONS, **{name: as_json(each) for name, each in medians.items()},
    })  # fmt: skip


def _through_api(url: str, seconds: int, pid: int, folder: Path) -> Measured:
    who = [f"0000cafe-0000-4000-8000-{number:012d}" for number in range(1, PEOPLE + 1)]
    until = int(time.time()) + 3600
    tokens = (
        jwt.encode({"role": "authenticated", "sub": each, "exp": until}, DEVELOPMENT_JWT_SECRET, "HS256")
        for each in who
    )
    line = {"session_id": SESSION, "content": TEXT, "sender_id": "{p}", "sender_profile_id": "{p}"}
    body = json.dumps(json.dumps(line).replace("{p}", "0000cafe-0000-4000-8000-{n}"))
    words = {"tokens": ", ".join(f'"{token}"' for token in tokens), "body": body}
    return wrk(LUA % words, url, [], CLIENTS, seconds, pid, folder)


def _misses(medians: Mapping[str, Measured]) -> list[str]:
    """Every goal that was not reached, in words."""
    missed = [f"{name}: {each.errors} answers were errors" for name, each in medians.items() if each.errors]
    ceiling = max(each.per_second for name, each in medians.items() if name != OURS)
    ratio = medians[OURS].per_second / ceiling
    print(f"{ratio:.2f} of pgbench")
    if ratio < OF_PGBENCH_MIN:
        missed.append(f"{ratio:.2f} of pgbench, goal {OF_PGBENCH_MIN:g}")
    return missed
