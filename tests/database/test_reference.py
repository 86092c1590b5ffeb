"""The reference in the docs is the database's own: printed anew from the migrated catalog it is the same text."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from sahne.operations.reference import NotReadable, print_reference, reference
from sahne.operations.reference.tables import Table, read_tables
from tests.conftest import with_database

DOCS = Path(__file__).parents[2] / "docs" / "reference"


@pytest.fixture(scope="module")
def tables(database_url: str) -> list[Table]:
    with psycopg.connect(database_url) as conn:
        return read_tables(conn)


@pytest.mark.parametrize("name", ["schema.md", "entities.md"])
def test_the_committed_page_is_what_the_catalog_says(database_url: str, name: str) -> None:
    printed = reference(database_url)[name]
    assert printed == (DOCS / name).read_text("utf-8"), "print it anew: sahne db docs --out docs/reference"


def test_it_is_written_into_a_folder(database_url: str, tmp_path: Path) -> None:
    written = print_reference(database_url, tmp_path / "new", {"more.md": "More."})
    assert {path.name: path.read_text("utf-8") for path in written} == reference(database_url) | {"more.md": "More."}


def test_every_table_says_what_it_is_for(tables: list[Table]) -> None:
    assert [f"{table.schema}.{table.name}" for table in tables if not table.purpose] == [], (
        "comment on table …, in a migration"
    )


def test_the_lists_to_select_hold_what_a_client_may_read_and_nothing_hidden(tables: list[Table]) -> None:
    page = (DOCS / "schema.md").read_text("utf-8")
    (scenes,) = (line for line in page.splitlines() if line.startswith("- **scenes**"))
    assert "style_keywords" in scenes
    assert "prompt" not in scenes
    (wallets,) = (line for line in page.splitlines() if line.startswith("- **wallets**"))
    assert wallets == "- **wallets**: not readable"


def test_the_diagram_has_an_entity_for_every_table_and_a_line_for_every_reference(
    database_url: str, tables: list[Table]
) -> None:
    drawn = reference(database_url)["entities.md"].splitlines()
    public = [table for table in tables if table.schema == "public"]
    assert [line.split()[0] for line in drawn if line.endswith(" {")] == [table.name for table in public]
    assert sum(" : " in line for line in drawn) == sum(len(table.references) for table in public)


def test_a_line_of_the_diagram_says_how_many_refer_to_how_many(database_url: str) -> None:
    drawn = reference(database_url)["entities.md"]
    assert '    live_gifts }o--|| gifts : "gift_id"' in drawn
    assert '    analytics_events }o--o| profiles : "user_id"' in drawn, "an event may be nobody's"
    assert '"auth.users"' in drawn, "a name with a dot is quoted"
    assert "public." not in drawn


def test_a_database_without_the_tables_is_told_in_words(cluster_url: str) -> None:
    with pytest.raises(NotReadable):
        reference(with_database(cluster_url, "postgres"))
    with pytest.raises(NotReadable):
        reference(with_database(cluster_url, "nowhere"))
