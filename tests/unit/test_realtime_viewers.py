"""How many different viewers of an address there may be, and that they go as they came."""

from __future__ import annotations

from sahne.changes.subscriptions import Viewer
from sahne.gateway.realtime.viewers import Viewers

PEOPLE = [Viewer("authenticated", f'{{"sub":"{number}"}}') for number in range(5)]


def test_an_address_has_so_many_viewers_and_each_any_number_of_channels() -> None:
    viewers = Viewers(2)
    for viewer in PEOPLE[:2]:
        assert all(viewers.enter("here", viewer) for _ in range(3))
    assert not viewers.enter("here", PEOPLE[2])
    assert viewers.enter("there", PEOPLE[2])
    assert all(viewers.enter(None, viewer) for viewer in PEOPLE)  # a place that tells nobody apart is not counted
    assert viewers.enter("here", Viewer("service_role", "{}"))


def test_a_viewer_is_gone_with_the_last_channel() -> None:
    viewers = Viewers(1)
    for _ in range(2):
        assert viewers.enter("here", PEOPLE[0])
    viewers.leave("here", PEOPLE[0])
    assert not viewers.enter("here", PEOPLE[1])
    viewers.leave("here", PEOPLE[0])
    viewers.leave("here", PEOPLE[0])
    assert viewers.enter("here", PEOPLE[1])


def test_a_new_token_counts_beside_the_old_one_for_a_while_but_not_without_end() -> None:
    viewers = Viewers(2)
    for viewer in PEOPLE[:2]:
        assert viewers.enter("here", viewer)
    assert viewers.enter("here", PEOPLE[2], renews=True)
    assert viewers.enter("here", PEOPLE[3], renews=True)
    assert not viewers.enter("here", PEOPLE[4], renews=True)
