"""PostgreSQL is restarted under a running feed: changes arrive again and the gap is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sahne.database.embedded import EmbeddedPostgres
from sahne.database.migrate import migrate
from tests.conftest import free_port
from tests.database.audience import ADA, ada, opened_feed, run, shows

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_changes_arrive_again_after_postgresql_was_restarted(tmp_path: Path) -> None:
    cluster = EmbeddedPostgres(tmp_path / "postgres", free_port(), server_settings={"fsync": "off"})
    cluster.start()
    try:
        migrate(cluster.url)
        run(
            cluster.url,
            "create table public.notes (id int primary key, owner uuid not null)",
            "grant select on public.notes to authenticated",
            "alter table public.notes enable row level security",
            "create policy own on public.notes for select to authenticated using ((select auth.uid()) = owner)",
            "alter publication supabase_realtime add table public.notes",
        )
        async with opened_feed(cluster.url) as audience:
            screen = audience.watch("ada", ada(), "notes")
            run(cluster.url, f"insert into public.notes values (1, '{ADA}')")
            await shows(lambda: len(screen.shown) == 1)
            # in a thread: a fast shutdown waits until the feed has confirmed what it was sent
            await asyncio.to_thread(cluster.stop)
            await shows(lambda: not audience.feed.streaming)
            assert not await audience.feed.streams_within(0)
            await asyncio.to_thread(cluster.start)
            assert await audience.feed.streams_within(30)
            await shows(lambda: audience.started == 2 and len(audience.gaps) == 1, seconds=30)
            run(cluster.url, f"insert into public.notes values (2, '{ADA}')")
            await shows(lambda: [data["record"]["id"] for data in screen.shown] == [1, 2])
    finally:
        cluster.stop()
