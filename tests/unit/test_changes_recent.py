"""What is kept of the stream for who was away: so many bytes, for so long, and never less than is said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sahne.changes.change import INSERT, Change
from sahne.changes.position import Position, position_from
from sahne.changes.recent import CHANGE_BYTES, KEPT_SECONDS_MAX, Recent, TooLongAgo
from sahne.changes.tables import Table

LINES, NOTES = ("public", "lines"), ("public", "notes")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def change(place: tuple[str, str], position: Position, body: str = "") -> Change:
    schema, name = place
    table = Table(
        oid=1, schema=schema, name=name, published=True, row_security=False, key=("id",), columns=("id", "body"),
        types={}, roots={}, writers={}, readable={},
    )  # fmt: skip
    new: dict[str, str | None] = {"id": "1", "body": body}
    return Change(table=table, type=INSERT, committed_at=datetime.now(UTC), xid=1, new=new, old=None, position=position)


def kept(recent: Recent, place: tuple[str, str], commit_lsn: int, body: str = "") -> Change:
    recent.read_to = Position(commit_lsn, 0)
    recent.read_row()
    made = change(place, recent.read_to, body)
    recent.keep([made])
    return made


def begun(bytes_max: int = 100_000) -> tuple[Recent, Clock]:
    clock = Clock()
    recent = Recent(bytes_max, clock)
    recent.begin(Position(10, 0))
    return recent, clock


def test_what_came_after_a_position_is_told_in_its_order() -> None:
    recent, _ = begun()
    recent.watch(LINES)
    changes = [kept(recent, LINES, lsn) for lsn in (20, 30, 40)]
    assert recent.since(Position(10, 0), [LINES]) == changes
    assert recent.since(Position(20, 1), [LINES]) == changes[1:]
    assert recent.since(Position(40, 1), [LINES]) == []


def test_a_table_that_nobody_watched_is_not_kept_and_says_so() -> None:
    recent, _ = begun()
    recent.watch(LINES)
    kept(recent, NOTES, 20)
    assert recent.since(Position(10, 0), [LINES]) == []
    with pytest.raises(TooLongAgo):
        recent.since(Position(20, 1), [NOTES])
    recent.watch(NOTES)
    assert recent.since(Position(20, 1), [NOTES]) == []
    with pytest.raises(TooLongAgo):
        recent.since(Position(20, 0), [NOTES])


def test_a_table_is_watched_for_a_while_after_the_last_has_gone() -> None:
    recent, clock = begun()
    recent.watch(LINES)
    recent.unwatch(LINES)
    clock.now = KEPT_SECONDS_MAX
    change = kept(recent, LINES, 20)
    assert recent.since(Position(10, 0), [LINES]) == [change]
    clock.now += 1
    assert not recent.wants(*LINES)
    with pytest.raises(TooLongAgo):
        recent.since(Position(10, 0), [LINES])


def test_too_much_and_too_old_is_dropped_and_only_who_misses_it_is_told() -> None:
    recent, clock = begun(3 * CHANGE_BYTES)
    recent.watch(LINES)
    recent.watch(NOTES)
    kept(recent, NOTES, 20, "x" * CHANGE_BYTES)
    later = [kept(recent, LINES, lsn) for lsn in (30, 40)]
    assert recent.since(Position(10, 0), [LINES]) == later
    with pytest.raises(TooLongAgo):
        recent.since(Position(10, 0), [NOTES])
    with pytest.raises(TooLongAgo):
        recent.since(Position(10, 0), [LINES, NOTES])
    assert recent.since(Position(20, 1), [NOTES]) == []
    clock.now = KEPT_SECONDS_MAX + 1
    last = kept(recent, LINES, 50)
    assert recent.since(Position(40, 1), [LINES]) == [last]
    with pytest.raises(TooLongAgo):
        recent.since(Position(30, 1), [LINES])


def test_nothing_is_known_of_before_a_gap_nor_of_the_future() -> None:
    recent, _ = begun()
    recent.watch(LINES)
    kept(recent, LINES, 20)
    recent.begin(Position(100, 0))
    for seen in (Position(20, 1), Position(101, 0)):
        with pytest.raises(TooLongAgo):
            recent.since(seen, [LINES])
    assert recent.since(Position(100, 0), [LINES]) == []


def test_whoever_listens_to_all_tables_has_all_that_are_kept() -> None:
    recent, _ = begun()
    recent.watch(("public", "*"))
    changes = [kept(recent, place, lsn) for lsn, place in ((20, LINES), (30, NOTES), (40, ("private", "secrets")))]
    assert recent.since(Position(10, 0), [("public", "*")]) == changes[:2]


@pytest.mark.parametrize("text", ["16/B374D848.7", "0/0.0", "FFFFFFFF/FFFFFFFF.999999999"])
def test_a_position_is_read_as_it_is_written(text: str) -> None:
    assert str(position_from(text)) == text


@pytest.mark.parametrize("text", [None, 7, "", "16/B374D848", "16/b374d848.7", "١/1.1", "1/1.1 ", "123456789/1.1"])
def test_what_is_no_position_is_none(text: object) -> None:
    assert position_from(text) is None
