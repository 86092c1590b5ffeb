"""A dump restored into an empty database is the same database: nothing left to migrate, nothing lost, nothing open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sahne.database.binaries import Binaries
from sahne.database.migrate import migrate, status
from sahne.settings import Settings
from tests.backups import furnish
from tests.restoring import restored_copy

CATALOG = (Path(__file__).parent / "whole_catalog.sql").read_text("utf-8")

Fact = tuple[str, str, str]


@pytest.fixture(scope="module")
def original(settings: Settings, database_url: str) -> str:
    """A migrated database with the demo world in it."""
    furnish(settings)
    return database_url


@pytest.fixture(scope="module")
def restored(original: str, binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `pg_dump` wrote of it, restored into a database nobody has touched."""
    with restored_copy(original, binaries, tmp_path_factory.mktemp("dump")) as url:
        yield url


def facts(url: str) -> list[Fact]:
    with psycopg.connect(url) as conn:
        conn.execute("set search_path = ''")  # every name is told with its schema
        return conn.execute(CATALOG.encode()).fetchall()


def test_there_is_nothing_left_to_migrate(restored: str) -> None:
    assert migrate(restored) == []
    assert {step.state for step in status(restored)} == {"applied"}


def test_everything_that_was_declared_is_there_and_nothing_else(original: str, restored: str) -> None:
    before, after = facts(original), facts(restored)
    assert sorted(set(before) ^ set(after)) == []
    kinds = {kind for kind, _, _ in after}
    assert kinds >= {"relation", "column", "constraint", "index", "policy", "trigger", "function", "published"}


def test_a_difference_would_be_seen(original: str, restored: str) -> None:
    with psycopg.connect(restored) as conn:
        conn.execute("set search_path = ''")
        conn.execute("grant select (prompt_template) on public.scenes to anon")
        conn.execute("alter table public.live_messages replica identity default")
        seen = {thing for _, thing, _ in set(conn.execute(CATALOG.encode()).fetchall()) ^ set(facts(original))}
        conn.rollback()
    assert seen == {"public.scenes.prompt_template", "public.live_messages"}


def test_every_row_is_there(original: str, restored: str) -> None:
    before, after = rows(original), rows(restored)
    assert before == after
    assert before["public.profiles"] > 0


def rows(url: str) -> dict[str, int]:
    with psycopg.connect(url) as conn:
        return {
            name: conn.execute(f"select count(*) from {name}".encode()).fetchone()[0]  # type: ignore[index]
            for kind, name, definition in facts(url)
            if kind == "relation" and definition[0] == "r"
        }
