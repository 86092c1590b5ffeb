"""What is kept for the sockets of one address has a bound together, and who keeps most gives way."""

from __future__ import annotations

from sahne.gateway.realtime.queues import SharedQueues


class Kept:
    """A queue that keeps so much, and how often it was told to give way."""

    def __init__(self, kept_bytes: int = 0) -> None:
        self.kept_bytes = kept_bytes
        self.told = 0

    @property
    def closing(self) -> bool:
        return self.told > 0

    def give_way(self) -> None:
        self.told += 1


def test_the_largest_gives_way_when_all_together_keep_too_much() -> None:
    queues, small, large = SharedQueues(100, "ours"), Kept(), Kept()
    for each in (small, large):
        queues.enter(each)
    large.kept_bytes = 70
    queues.grew(large)
    small.kept_bytes = 30
    queues.grew(small)
    assert (small.told, large.told) == (0, 0)
    small.kept_bytes = 31
    queues.grew(small)
    assert (small.told, large.told) == (0, 1)


def test_who_is_going_has_time_to_read_why_until_all_who_go_keep_too_much() -> None:
    queues, first, second, stays = SharedQueues(100, "ours"), Kept(60), Kept(59), Kept(10)
    for each in (first, second, stays):
        queues.enter(each)
    queues.grew(first)
    queues.grew(second)
    queues.grew(stays)
    assert (first.told, second.told, stays.told) == (1, 0, 0)
    second.kept_bytes = 95
    queues.grew(second)
    assert (first.told, second.told, stays.told) == (1, 1, 0)
    queues.grew(stays)
    assert (first.told, second.told, stays.told) == (1, 2, 0)


def test_what_was_taken_meanwhile_is_seen_before_anybody_gives_way() -> None:
    queues, first, second = SharedQueues(100, "ours"), Kept(90), Kept(90)
    for each in (first, second):
        queues.enter(each)
    queues.grew(first)
    first.kept_bytes = 0
    queues.grew(second)
    assert (first.told, second.told) == (0, 0)


def test_who_is_gone_keeps_nothing_and_is_not_told() -> None:
    queues, gone, stays = SharedQueues(100, "ours"), Kept(100), Kept(100)
    for each in (gone, stays):
        queues.enter(each)
    queues.grew(gone)
    queues.leave(gone)
    queues.leave(gone)
    queues.grew(gone)
    queues.grew(stays)
    assert len(queues) == 1
    assert (gone.told, stays.told) == (0, 0)
