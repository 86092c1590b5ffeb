"""The reference in the docs is the database's own: printed anew from the migrated catalog it is the same text."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import psycopg
import pytest

from sahne.operations.reference import NotReadable, print_reference, reference
from sahne.operations.reference.layout import Box, place_boxes
from sahne.operations.reference.tables import Table, read_tables
from tests.conftest import with_database

DOCS = Path(__file__).parents[2] / "docs" / "reference"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tables(database_url: str) -> list[Table]:
    with psycopg.connect(database_url) as conn:
        return read_tables(conn)


@pytest.mark.parametrize("name", ["schema.md", "entities.svg"])
def test_the_committed_page_is_what_the_catalog_says(database_url: str, name: str) -> None:
    printed = reference(database_url)[name]
    assert printed == (DOCS / name).read_text("utf-8"), "print it anew: sahne db docs --out docs/reference"


def test_it_is_written_into_a_folder(database_url: str, tmp_path: Path) -> None:
    written = print_reference(database_url, tmp_path / "new")
    assert {path.name: path.read_text("utf-8") for path in written} == reference(database_url)


def test_every_table_says_what_it_is_for(tables: list[Table]) -> None:
    assert [table.full_name for table in tables if not table.purpose] == [], "comment on table …, in a migration"


def test_the_lists_to_select_hold_what_a_client_may_read_and_nothing_hidden(tables: list[Table]) -> None:
    page = (DOCS / "schema.md").read_text("utf-8")
    (scenes,) = (line for line in page.splitlines() if line.startswith("- **scenes**"))
    assert "style_keywords" in scenes
    assert "prompt" not in scenes
    (wallets,) = (line for line in page.splitlines() if line.startswith("- **wallets**"))
    assert wallets == "- **wallets**: not readable"


def test_the_diagram_has_a_box_for_every_table_and_an_arrow_for_every_reference(
    database_url: str, tables: list[Table]
) -> None:
    drawn = ElementTree.fromstring(reference(database_url)["entities.svg"])
    public = [table for table in tables if table.schema == "public"]
    named = {text.text for text in drawn.iter(f"{SVG}text") if text.get("class") == "name"}
    assert named == {table.name for table in public} | {"auth.users"}
    arrows = [path for path in drawn.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(arrows) == sum(len(table.references) for table in public)


def test_no_two_boxes_touch_and_what_is_referred_to_stands_left() -> None:
    boxes = [Box("a", 40, frozenset({"a"})), Box("b", 60, frozenset({"a"})), Box("c", 50, frozenset({"b", "a"}))]
    boxes += [Box("d", 30, frozenset({"a"})), Box("e", 30, frozenset({"f"})), Box("f", 30, frozenset({"e"}))]
    places = place_boxes(boxes, width=100, gap_x=50, gap_y=10, margin=5)
    assert places["a"].x < places["b"].x < places["c"].x
    for one in boxes:
        for two in boxes:
            if one is not two and places[one.name].x == places[two.name].x:
                assert (
                    places[one.name].y + one.height + 10 <= places[two.name].y
                    or places[two.name].y + two.height + 10 <= places[one.name].y
                )


def test_a_database_without_the_tables_is_told_in_words(cluster_url: str) -> None:
    with pytest.raises(NotReadable):
        reference(with_database(cluster_url, "postgres"))
    with pytest.raises(NotReadable):
        reference(with_database(cluster_url, "nowhere"))
