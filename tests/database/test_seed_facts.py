"""The database is the one of both documents: every difference has its ruling, every addition its reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import cloned
from tests.connections import Connection
from tests.database.conformance.as_written import SEED_FACTS, raise_from_facts
from tests.database.conformance.catalog import HERE, Facts, Thing, describe, differences, load_facts, read_facts
from tests.database.conformance.seeds import derive_facts, seeds_folder

DOCS = Path(__file__).parents[2] / "docs" / "reference"
SEED_ONLY = ("refused", "undefined", "described")

_ROW = re.compile(r"^\| `([^`]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def database_url(migrated_or_restored: str) -> str:
    """What is told of the migrated database holds for its restored dump too."""
    return migrated_or_restored


@pytest.fixture(scope="module")
def found(admin: Connection) -> dict[str, tuple[str | None, str | None]]:
    """Every difference between the migrated database and the seeds' facts."""
    seed, ours = load_facts(*SEED_FACTS), read_facts(admin)
    ours["described"] = describe(ours, seed["described"])
    return differences(ours, seed)


@pytest.fixture
def platform(cluster_url: str, platform_template: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """An empty database as Supabase would hand it over."""
    with cloned(cluster_url, platform_template) as url, psycopg.connect(url, autocommit=True) as conn:
        yield conn


def rulings() -> dict[str, dict[str, str]]:
    """Differences by the ruling that makes them, with what stands here instead."""
    return tomllib.loads((HERE / "differences.toml").read_text("utf-8"))


def additions() -> dict[str, str]:
    """What is not in the seeds, from the document that gives the reasons."""
    return {
        f"{section}: {thing}": reason
        for section, things, reason in _ROW.findall((DOCS / "additions.md").read_text("utf-8"))
        for thing in re.findall(r"`([^`]+)`", things)
    }


def by_document(facts: dict[str, Facts]) -> dict[str, Facts]:
    return {f"{name}_facts.toml": things for name, things in facts.items()}


def test_the_table_of_facts_is_what_the_documents_say(platform: psycopg.Connection[tuple[object, ...]]) -> None:
    folder = seeds_folder()
    if folder is None:
        pytest.skip("THE SEED DOCUMENTS ARE NOT BESIDE THE CHECKOUT (shared/seeds): their facts were not derived anew")
    derived = by_document(derive_facts(platform, folder))
    assert derived == {name: load_facts(name) for name in SEED_FACTS}


def test_a_database_raised_from_the_facts_has_those_facts(platform: psycopg.Connection[tuple[object, ...]]) -> None:
    facts = load_facts(*SEED_FACTS)
    raise_from_facts(platform, facts)
    raised = read_facts(platform)
    wanted = {section: things for section, things in facts.items() if section not in SEED_ONLY}
    lent = {"gifts: table", "coin_transactions: table", "functions: handle_updated_at()"}
    assert differences(raised, wanted).keys() == lent


def test_every_difference_is_named_by_exactly_one_ruling(
    found: dict[str, tuple[str | None, str | None]],
) -> None:
    named = [name for differing in rulings().values() for name in differing]
    assert sorted(set(named)) == sorted(named)
    unnamed = {name: values for name, values in found.items() if name not in {*named, *additions()}}
    assert unnamed == {}


def test_every_ruling_is_a_real_difference_and_says_what_stands_here(
    found: dict[str, tuple[str | None, str | None]],
) -> None:
    told = {name: ours for differing in rulings().values() for name, ours in differing.items()}
    assert told == {name: found[name][1] or "" if name in found else "no difference" for name in told}


def test_an_addition_takes_nothing_from_the_seeds_and_none_is_stale(
    found: dict[str, tuple[str | None, str | None]],
) -> None:
    listed = additions()
    assert {name for name in listed if name not in found or found[name][0] is not None} == set()
    assert [name for name, reason in listed.items() if len(reason) < 12] == []


def test_our_own_tables_are_made_of_what_is_listed(admin: Connection) -> None:
    facts, seed = read_facts(admin), load_facts(*SEED_FACTS)
    there = {
        table: {kind: sorted(names) for kind, names in by_kind(things).items()}
        for table, things in facts.items()
        if "table" in things and table not in seed
    }
    listed = tomllib.loads((HERE / "own_tables.toml").read_text("utf-8"))
    assert there == {table: {kind: sorted(names) for kind, names in kinds.items()} for table, kinds in listed.items()}


def by_kind(things: dict[str, Thing]) -> dict[str, list[str]]:
    """Names of columns, constraints, indexes, policies and triggers."""
    kinds: dict[str, list[str]] = {}
    for thing in things:
        kind, _, name = thing.partition(" ")
        if name:
            kinds.setdefault(kind, []).append(name)
    return kinds
