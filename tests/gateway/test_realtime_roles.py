"""A role of the project's own that tokens may carry hears of the changes that its grants and policies let it read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.gateway.realtime_socket import talking
from tests.world import token

pytestmark = pytest.mark.anyio

ADA = UUID(int=0xADA)
NOTES = {"event": "*", "schema": "public", "table": "reports"}


@pytest.fixture(scope="module")
def moderator(database_url: str) -> Iterator[str]:
    """A role that reads what only moderators may."""
    name = f"moderator_{uuid4().hex[:8]}"
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(f"""
            create role {name} nologin;
            grant {name} to authenticator;
            grant usage on schema public to {name};
            create table public.reports (id int primary key);
            alter table public.reports enable row level security;
            create policy moderators on public.reports for select to {name} using (true);
            grant select on public.reports to {name};
            alter publication supabase_realtime add table public.reports;
        """)
        yield name
        conn.execute(f"drop owned by {name}; drop role {name}")


@pytest.fixture(scope="module")
def server(settings: Settings, moderator: str) -> Iterator[Settings]:
    roles = f"anon, authenticated, service_role, {moderator}"
    made = replace(settings, port=free_port(), token_roles=roles)
    with running_server(made):
        yield made


async def test_a_role_of_the_projects_own_hears_and_another_does_not(
    server: Settings, moderator: str, database_url: str
) -> None:
    async with talking(server) as talk, talking(server) as stranger:
        for each, role in ((talk, moderator), (stranger, "authenticated")):
            joined = await each.join("realtime:db", {"postgres_changes": [NOTES]}, token(ADA, role=role))
            assert joined.payload["status"] == "ok"
        assert (await talk.hear()).payload["message"] == "Subscribed to PostgreSQL"
        assert (await stranger.hear()).payload["status"] == "error"
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute("insert into public.reports values (1)")
        assert (await talk.hear()).payload["data"]["record"] == {"id": 1}
        await stranger.silent()
