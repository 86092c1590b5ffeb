"""Presence as Phoenix tells it: joins and leaves by key, an update being both."""

from __future__ import annotations

import pytest

from sahne.gateway.realtime.presence import NotAMap, Presence, PresenceFull


def test_the_first_track_is_a_join() -> None:
    presence = Presence()
    difference = presence.track(1, "ada", {"name": "Ada"})
    assert difference is not None
    body = difference.body()
    assert body["leaves"] == {}
    (meta,) = body["joins"]["ada"]["metas"]
    assert meta["name"] == "Ada"
    assert presence.body() == {"ada": {"metas": [meta]}}


def test_an_update_leaves_and_joins_and_names_what_it_replaces() -> None:
    presence = Presence()
    first = presence.track(1, "ada", {"mood": "calm"})
    second = presence.track(1, "ada", {"mood": "glad"})
    assert first is not None
    assert second is not None
    before = first.joins["ada"][0]["phx_ref"]
    assert second.leaves["ada"][0]["phx_ref"] == before
    assert second.joins["ada"][0]["phx_ref_prev"] == before
    assert len(presence) == 1


def test_the_same_again_says_nothing() -> None:
    presence = Presence()
    presence.track(1, "ada", {"mood": "calm"})
    assert presence.track(1, "ada", {"mood": "calm"}) is None


def test_two_holders_of_one_key_are_two_metas_and_leave_one_by_one() -> None:
    presence = Presence()
    presence.track(1, "ada", {"device": "phone"})
    presence.track(2, "ada", {"device": "desk"})
    assert len(presence.body()["ada"]["metas"]) == 2
    difference = presence.untrack(1)
    assert difference is not None
    assert difference.leaves["ada"][0]["device"] == "phone"
    assert [meta["device"] for meta in presence.body()["ada"]["metas"]] == ["desk"]
    assert presence.untrack(1) is None


@pytest.mark.parametrize("payload", ["text", 3, None, ["list"]])
def test_what_is_not_a_map_cannot_be_tracked(payload: object) -> None:
    with pytest.raises(NotAMap, match="must be a map"):
        Presence().track(1, "ada", payload)


def test_a_topic_that_is_full_takes_no_more_until_somebody_goes() -> None:
    presence = Presence(bytes_max=100)
    presence.track(1, "ada", {"x": 1}, 57)
    with pytest.raises(PresenceFull):
        presence.track(2, "bo", {"x": 2}, 40)
    presence.track(1, "ada", {"x": 3}, 50)
    assert presence.track(2, "bo", {"x": 2}, 40) is not None
    presence.untrack(1)
    assert presence.track(3, "cem", {"x": 3}, 50) is not None
    assert len(presence) == 2
