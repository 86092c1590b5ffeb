"""What is kept of verdicts, and what drops them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sahne.changes.policies.catalog import Relation
from sahne.changes.policies.compiled import Compiled, Tier
from sahne.changes.policies.equalities import Equality
from sahne.changes.policies.verdicts import ENTRIES_MAX, Verdicts
from sahne.changes.snapshot import Snapshot
from sahne.changes.subscriptions import Viewer

LINES, SEATS, OTHERS = 1, 2, 3
ADA, BO = Viewer("authenticated", "ada"), Viewer("authenticated", "bo")
LATER = Snapshot(100, frozenset())


def compiled(table: int, *, depends: dict[int, frozenset[str]]) -> Compiled:
    relation = Relation(
        oid=table, schema="public", name="lines", kind="r", of_postgres=False, reachable=True, bound=True,
        has_relatives=False, told_whole=True, columns={}, policies=(),
    )  # fmt: skip
    return Compiled(relation=relation, role="authenticated", tier=Tier.SET, depends=depends)


LINE = compiled(LINES, depends={SEATS: frozenset({"room", "active"})})


@pytest.fixture
def verdicts() -> Verdicts:
    verdicts = Verdicts()
    verdicts.watch(LINE)
    verdicts.keep_since(LINE, 50)
    verdicts.keep(LINE, ("hall",), frozenset({ADA, BO}), {ADA}, LATER)
    return verdicts


def test_a_verdict_is_kept_for_its_values_alone(verdicts: Verdicts) -> None:
    kept = verdicts.of(LINE, ("hall",))
    assert kept is not None
    assert (kept.judged, kept.seeing) == ({ADA, BO}, {ADA})
    assert verdicts.of(LINE, ("cellar",)) is None


def test_a_column_that_is_read_drops_it_and_another_does_not(verdicts: Verdicts) -> None:
    seat = {"room": "hall", "active": "t", "minutes": "1"}
    assert not verdicts.changed(SEATS, seat, seat | {"minutes": "2"})
    assert not verdicts.changed(OTHERS, None, None)
    assert len(verdicts) == 1
    assert verdicts.changed(SEATS, seat, seat | {"active": "f"})
    assert len(verdicts) == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [(None, {"room": "hall", "active": "t"}), ({"room": "hall"}, None), ({"room": "hall"}, {"room": "hall"})],
)
def test_whatever_is_not_known_of_a_row_drops_it(
    verdicts: Verdicts, old: dict[str, str] | None, new: dict[str, str] | None
) -> None:
    assert verdicts.changed(SEATS, old, new)
    assert len(verdicts) == 0


IN_ITS_ROOM = replace(LINE, role="anon", equalities={SEATS: frozenset({Equality(0, "room")})})


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (None, {"room": "hall", "active": "t"}, {"cellar", None}),
        ({"room": "cellar", "active": "t"}, None, {"hall", None}),
        ({"room": "cellar", "active": "t"}, {"room": "hall", "active": "t"}, {None}),
        (None, {"room": "attic", "active": "t"}, {"hall", "cellar", None}),
        ({"active": "t"}, {"room": "hall", "active": "f"}, set()),
        ({}, {"room": "hall", "active": "t"}, set()),
        (None, None, set()),
    ],
)
def test_a_seat_drops_what_is_kept_of_its_own_room_and_of_every_room_where_its_room_is_not_known(
    old: dict[str, str] | None, new: dict[str, str] | None, left: set[str | None]
) -> None:
    verdicts = Verdicts()
    verdicts.watch(IN_ITS_ROOM)
    verdicts.keep_since(IN_ITS_ROOM, 50)
    rooms = ("hall", "cellar", None)
    for room in rooms:
        verdicts.keep(IN_ITS_ROOM, (room,), frozenset({ADA, BO}), {ADA}, LATER)
    assert verdicts.changed(SEATS, old, new)
    assert {room for room in rooms if verdicts.of(IN_ITS_ROOM, (room,))} == left


def test_a_moment_before_everything_is_heard_of_is_not_kept() -> None:
    verdicts = Verdicts()
    verdicts.watch(LINE)
    verdicts.keep_since(LINE, 50)
    for snapshot in (Snapshot(50, frozenset()), Snapshot(60, frozenset({49}))):
        verdicts.keep(LINE, ("hall",), frozenset({ADA}), {ADA}, snapshot)
        assert len(verdicts) == 0
    verdicts.keep(LINE, ("hall",), frozenset({ADA}), {ADA}, Snapshot(60, frozenset({55})))
    assert len(verdicts) == 1


def test_the_least_used_is_dropped_when_there_are_too_many(verdicts: Verdicts) -> None:
    for number in range(ENTRIES_MAX - 1):
        verdicts.keep(LINE, (str(number),), frozenset({ADA}), set(), LATER)
    assert verdicts.of(LINE, ("hall",)) is not None  # asked for, so the next oldest goes
    verdicts.keep(LINE, ("one more",), frozenset({ADA}), set(), LATER)
    assert verdicts.of(LINE, ("hall",)) is not None
    assert verdicts.of(LINE, ("0",)) is None
    verdicts.forget()
    assert (len(verdicts), verdicts.depends_on(SEATS)) == (0, False)
