"""The small things every floor uses: pauses that grow, memories that do not, counted things."""

from __future__ import annotations

from sahne.backoff import Backoff
from sahne.counted import counted
from sahne.remembered import Remembered


def test_pauses_double_up_to_their_bound_and_start_over_after_a_success() -> None:
    backoff = Backoff(0.5, 3.0)
    assert [backoff.next_seconds() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    backoff.reset()
    assert backoff.next_seconds() == 0.5


def test_the_least_recently_used_is_forgotten_first() -> None:
    remembered: Remembered[str, int] = Remembered(2)
    assert remembered.keep("a", 1) is None
    assert remembered.keep("b", 2) is None
    assert remembered.find("a") == 1
    assert remembered.keep("c", 3) == ("b", 2)
    assert remembered.find("b") is None
    assert remembered.find("a") == 1
    assert len(remembered) == 2


def test_what_is_kept_again_is_replaced_and_pushes_nothing_out() -> None:
    remembered: Remembered[str, int] = Remembered(2)
    remembered.keep("a", 1)
    remembered.keep("b", 2)
    assert remembered.keep("a", 3) is None
    assert remembered.find("a") == 3
    assert remembered.forget("a") == 3
    assert remembered.forget("a") is None
    remembered.clear()
    assert len(remembered) == 0


def test_one_thing_is_one_and_many_are_many() -> None:
    assert [counted(number, "backup") for number in (0, 1, 1200)] == ["0 backups", "1 backup", "1,200 backups"]
    assert [counted(number, "person", "people") for number in (1, 2)] == ["1 person", "2 people"]
