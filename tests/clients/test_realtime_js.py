"""The unmodified supabase-js, on Node, listens in both serializers; the steps are in `js/realtime.mjs`."""

from __future__ import annotations

import json
import subprocess
from threading import Timer
from uuid import UUID

import psycopg

from tests.clients.conftest import JS, Packages
from tests.conftest import Running
from tests.world import token

SECONDS_MAX = 90
STEPS = 14
TABLES = """
create table public.notes (id int primary key, owner uuid not null, room int not null, tags text[]);
grant all on public.notes to anon, authenticated, service_role;
alter table public.notes enable row level security;
alter table public.notes replica identity full;
create policy own on public.notes for select to authenticated using ((select auth.uid()) = owner);
create table public.elsewhere (id int primary key);
grant all on public.elsewhere to anon, authenticated, service_role;
alter publication supabase_realtime add table public.notes, public.elsewhere;
create policy kept on realtime.messages to authenticated using (realtime.topic() = 'kept') with check (realtime.topic() = 'kept');
"""


def test_supabase_js_listens_in_both_serializers(server: Running, database_url: str, packages: Packages) -> None:
    people = [UUID(int=0xADA), UUID(int=0xB0)]
    env = {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_TOKENS": json.dumps([{"id": str(id), "token": token(id)} for id in people]),
    }
    command = [packages.node.program, str(JS / "realtime.mjs")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    lines: list[str] = []
    with (
        psycopg.connect(database_url, autocommit=True) as conn,
        subprocess.Popen(command, env=env, text=True, **pipes) as client,  # type: ignore[call-overload]
    ):
        conn.execute(TABLES)
        deadline = Timer(SECONDS_MAX, client.kill)
        deadline.start()
        for line in client.stdout:
            lines.append(line)
            if line.startswith("sql "):
                conn.execute(line.removeprefix("sql "))
                client.stdin.write("done\n")
                client.stdin.flush()
        said = client.stderr.read()
        deadline.cancel()
    assert client.returncode == 0, "".join(lines) + said
    assert sum(line.startswith("ok ") for line in lines) == STEPS
