"""What comes while a channel reads what it missed waits in its order, within a bound, and nothing comes twice."""

from __future__ import annotations

import pytest

from sahne.gateway.realtime.bounds import FRAMES_WAITING_MAX
from sahne.gateway.realtime.held import Held
from sahne.gateway.realtime.joining import read_config
from sahne.gateway.realtime.refusals import InvalidPersist, UnableToReplay
from sahne.gateway.realtime.stored import Replay, read_persist, read_replay


def test_what_is_held_follows_without_what_was_replayed() -> None:
    held = Held()
    for frame, stored in ((b"1", None), (b"2", "a"), (b"3", "b"), (b"4", None)):
        held.put(frame, stored)
    assert list(held.besides({"a"})) == [b"1", b"3", b"4"]


def test_more_than_may_wait_is_not_kept_in_part() -> None:
    held = Held()
    for _ in range(FRAMES_WAITING_MAX):
        held.put(b"x", None)
    assert not held.is_full
    held.put(b"x", None)
    held.put(b"x", None)
    assert held.is_full
    assert list(held.besides(())) == []


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({"catch_up": {"since": "0/1.1"}}, (True, "0/1.1")),
        ({"catch_up": {}}, (True, None)),
        ({"catch_up": True}, (False, None)),
        ({}, (False, None)),
        ("odd", (False, None)),
    ],
)
def test_who_asks_for_it_with_an_object_catches_up(options: object, asked: tuple[bool, object]) -> None:
    config = read_config({"config": {"postgres_changes_options": options}})
    assert (config.catches_up, config.seen) == asked


@pytest.mark.parametrize(
    ("asked", "replay"),
    [
        (None, None),
        ({"since": 5}, Replay(5, 25)),
        ({"since": 5, "limit": 3}, Replay(5, 3)),
        ({"since": 5, "limit": 100}, Replay(5, 25)),
        ({"since": 5, "limit": -1}, Replay(5, 1)),
    ],
)
def test_replay_is_within_its_bounds(asked: object, replay: Replay | None) -> None:
    assert read_replay(asked, private=True) == replay


@pytest.mark.parametrize(
    "asked", [{}, [], True, {"since": "5"}, {"since": 1.5}, {"since": True}, {"since": 5, "limit": "3"}]
)
def test_replay_that_cannot_be_understood_is_refused(asked: object) -> None:
    with pytest.raises(UnableToReplay, match="Replay params are not valid"):
        read_replay(asked, private=True)


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, None), (False, None), (True, 259_200), ({"ttl": 1}, 1), ({}, 259_200)]
)
def test_a_message_is_kept_for_as_long_as_is_asked(asked: object, seconds: int | None) -> None:
    assert read_persist(asked, private=True) == seconds
    if seconds is not None:
        with pytest.raises(InvalidPersist, match="private channels"):
            read_persist(asked, private=False)


@pytest.mark.parametrize("asked", [7, "true", [True], {"ttl": 0}, {"ttl": 259_201}, {"ttl": True}, {"ttl": None}])
def test_a_life_that_is_none_is_refused(asked: object) -> None:
    with pytest.raises(InvalidPersist):
        read_persist(asked, private=True)
