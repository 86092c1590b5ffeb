"""The unmodified supabase-js, on Node, listens in both serializers; the steps are in `js/realtime.mjs`."""

from __future__ import annotations

import json
from uuid import UUID

from tests.clients.conftest import Packages
from tests.clients.talking_script import follow
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
    done = follow(packages, "realtime.mjs", env, database_url=database_url, before=TABLES, seconds_max=SECONDS_MAX)
    assert done == STEPS
