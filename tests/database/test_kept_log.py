"""A stream that comes too far behind lets PostgreSQL keep its log no longer, and goes on with a gap that is told."""

from __future__ import annotations

from itertools import count

import psycopg
import pytest

from tests.database.audience import ADA, Screen, ada, opened_feed, run, shows

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

MIB = 1024 * 1024
TABLE = """
create table public.notes (id int primary key, owner uuid not null);
alter table public.notes enable row level security;
grant select on public.notes to authenticated;
create policy "own" on public.notes for select to authenticated using (owner = (select auth.uid()));
alter publication supabase_realtime add table public.notes;
"""
SLOW = """alter policy "own" on public.notes using (owner = (select auth.uid()) and pg_sleep(1) is not null)"""
QUICK = """alter policy "own" on public.notes using (owner = (select auth.uid()))"""
NOTES = 60
SLOTS = "select slot_name from pg_replication_slots where database = current_database()"
WRITTEN_MIB = 24


def write_note(url: str, number: int) -> None:
    run(url, f"insert into public.notes values ({number}, '{ADA}')")


def write_much(url: str) -> None:
    """Into the log, of what concerns nobody."""
    for _ in range(WRITTEN_MIB):
        run(url, f"select pg_logical_emit_message(false, 'much', repeat('x', {MIB}))")


def last_after_one_more(adas: Screen, url: str, number: int) -> int:
    write_note(url, number)
    return max((each["record"]["id"] for each in adas.shown), default=-1)


def slots(url: str) -> list[str]:
    with psycopg.connect(url) as conn:
        return [slot for (slot,) in conn.execute(SLOTS).fetchall()]


def is_confirmed(url: str, lsn: str) -> bool:
    with psycopg.connect(url) as conn:
        slots = conn.execute(SLOTS.replace("slot_name", f"confirmed_flush_lsn >= '{lsn}'::pg_lsn")).fetchall()
    return slots == [(True,)]


def written(url: str) -> str:
    with psycopg.connect(url) as conn:
        (lsn,) = conn.execute("select pg_current_wal_lsn()::text").fetchone() or ("",)
    return lsn


async def test_a_stream_that_is_slower_than_what_is_written_is_given_up_before_the_disk_is_full(
    database_url: str,
) -> None:
    run(database_url, TABLE, SLOW)
    async with opened_feed(database_url, kept_log_bytes_max=16 * MIB) as audience:
        adas = audience.watch("ada", ada(), "notes")
        (slot,) = slots(database_url)
        for number in range(NOTES):
            write_note(database_url, number)
        write_much(database_url)
        await shows(lambda: slot not in slots(database_url), seconds=NOTES)
        await shows(lambda: audience.gaps and audience.started == 2, seconds=30)
        assert len(adas.shown) < NOTES
        run(database_url, QUICK)
        later = count(NOTES)  # the first of them may fall into the gap as well
        await shows(lambda: last_after_one_more(adas, database_url, next(later)) >= NOTES, seconds=60)


async def test_a_stream_that_keeps_up_goes_on_whatever_is_written(database_url: str) -> None:
    run(database_url, "drop table if exists public.notes", TABLE)
    async with opened_feed(database_url, kept_log_bytes_max=WRITTEN_MIB * 3 // 2 * MIB) as audience:
        adas = audience.watch("ada", ada(), "notes")
        for number in range(2):
            write_much(database_url)
            write_note(database_url, number)
            until = written(database_url)
            await shows(lambda until=until: is_confirmed(database_url, until), seconds=60)
        await shows(lambda: len(adas.shown) == 2)
        assert (audience.started, audience.gaps) == (1, [])
