"""Every rule of the public tables has its sentence, and a client who breaks one in three places reads why."""

from __future__ import annotations

import re
from collections import Counter
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row

from sahne.database.catalog_exposure import DEFAULT_SCHEMA
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.refusals import refusal_of
from sahne.database.result import StatementFailed
from sahne.database.rules import Rules
from sahne.database.sql import load_queries
from sahne.errors import Conflict, Unprocessable
from tests.world import World

RULES = """
select k.conname as name, obj_description(k.oid, 'pg_constraint') as sentence
from pg_constraint k join pg_class t on t.oid = k.conrelid
where t.relnamespace = 'public'::regnamespace and k.contype in ('c', 'f', 'p', 'u', 'x')
union all
select c.relname, obj_description(c.oid, 'pg_class')
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
where t.relnamespace = 'public'::regnamespace and i.indisunique
  and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))
"""
EVENT = (
    "insert into public.analytics_events (user_id, event_name, created_at) values (%s, 'open', now() + %s::interval)"
)


@pytest.fixture
async def rules(database_url: str) -> Rules:
    async with CatalogKeeper(database_url) as keeper:
        assert keeper.current is not None
        return keeper.current.rules


def test_every_rule_of_a_public_table_has_a_sentence_and_a_name_of_its_own(world: World) -> None:
    rows = world.owner(RULES)
    assert len(rows) > 100
    assert [row["name"] for row in rows if not re.fullmatch(r"[A-Z].{12,}\.", row["sentence"] or "")] == []
    assert [name for name, times in Counter(row["name"] for row in rows).items() if times > 1] == []


@pytest.mark.anyio
async def test_the_catalog_knows_each_by_its_name_and_a_partitions_by_the_partitions(
    world: World, rules: Rules
) -> None:
    for row in world.owner(RULES):
        assert rules.by_constraint[row["name"]].sentence == row["sentence"]
    partitions = load_queries("sahne.database", "catalog.sql")["partitions"]
    with psycopg.connect(world.url, row_factory=dict_row) as conn:
        names = [row["name"] for row in conn.execute(partitions, {"schema": DEFAULT_SCHEMA})]
    assert len(names) > 3
    for name in names:
        assert rules.tables[name] == "analytics_events"
        assert rules.by_constraint[f"{name}_pkey"].constraint == "analytics_events_pkey"


@pytest.mark.anyio
async def test_an_operations_refusal_reads_the_sentence_too(rules: Rules) -> None:
    taken = refusal_of(StatementFailed("23505", "duplicate key", constraint="profiles_username_unique"))
    assert isinstance(taken, Conflict)
    assert rules.refusal_in_words(taken).body() == {
        "code": "conflict",
        "message": "This username is taken.",
        "details": {"rule": "profiles_username_unique"},
        "hint": None,
    }
    unknown = Unprocessable(details={"rule": "a_rule_of_nobody"})
    assert rules.refusal_in_words(unknown) is unknown


@pytest.mark.anyio
async def test_a_sentence_somebody_wrote_and_a_rule_nobody_knows_stay_as_they_are(rules: Rules) -> None:
    for failure in (
        StatementFailed("23505", "Mine.", hint="Wait.", constraint="profiles_username_unique"),
        StatementFailed("23514", "violates check", constraint="a_rule_of_nobody"),
        StatementFailed("42501", "permission denied", constraint="profiles_username_unique"),
    ):
        assert rules.in_words(failure) is failure


@pytest.mark.parametrize("moved", ["-8 days", "1 hour"])
def test_an_event_out_of_its_window_is_refused_in_words(world: World, moved: str, bo: UUID) -> None:
    world.sql(bo, EVENT, bo, "-6 days")
    with pytest.raises(InsufficientPrivilege, match=r"^An event is reported within 7 days"):
        world.sql(bo, EVENT, bo, moved)


@pytest.mark.parametrize("whose", [uuid4(), None])
def test_an_event_of_somebody_else_is_refused_in_words(world: World, whose: object) -> None:
    with pytest.raises(InsufficientPrivilege, match=r"^You can report only your own events"):
        world.sql(world.person(), EVENT, whose, "0 days")


def test_a_month_made_later_has_the_sentence_of_its_table(world: World, bo: UUID) -> None:
    world.owner("select private.create_analytics_partition('2031-05-01')")
    with pytest.raises(InsufficientPrivilege, match=r"^An event is reported within 7 days"):
        world.sql(bo, EVENT.replace("now()", "timestamptz '2031-05-10'"), bo, "0 days")
