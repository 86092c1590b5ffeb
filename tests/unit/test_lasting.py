"""What lasts is set aside from the garbage collector, and rings made since are still found."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from sahne.lasting import set_aside


class Ring:
    """Something that knows itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def nothing_frozen() -> Iterator[None]:
    assert gc.get_freeze_count() == 0
    yield
    assert gc.get_freeze_count() == 0


def test_what_is_there_at_the_start_is_looked_through_no_more() -> None:
    kept = [[] for _ in range(1000)]
    with set_aside():
        assert gc.get_freeze_count() >= len(kept)
        assert len(gc.get_objects()) < gc.get_freeze_count()


def test_a_ring_made_since_is_found() -> None:
    with set_aside():
        ring = ref(Ring())
        gc.collect()
        assert ring() is None


def test_what_a_long_full_collection_has_kept_is_set_aside_too() -> None:
    with set_aside(full_seconds_max=0):
        before = gc.get_freeze_count()
        kept = [[] for _ in range(1000)]
        gc.collect()
        assert gc.get_freeze_count() >= before + len(kept)


def test_a_short_one_leaves_all_where_it_is() -> None:
    with set_aside(full_seconds_max=60):
        before = gc.get_freeze_count()
        kept = [[] for _ in range(1000)]
        gc.collect()
        assert gc.get_freeze_count() < before + len(kept)
