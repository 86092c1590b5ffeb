"""What a client missed and gets when it joins: stored messages of its topic, changes since the commit it has seen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sahne.changes.catching_up import CatchingUp
from sahne.changes.listener import Delivery
from sahne.changes.position import Position, position_from
from sahne.changes.recent import Recent, TooLongAgo
from sahne.gateway.realtime.change_frames import change_frame, position_frame
from sahne.gateway.realtime.channel import Channel
from sahne.gateway.realtime.frames import BadFrame
from sahne.gateway.realtime.stored import Stored


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes that were missed, and how far a client has come with them; whether it must load again instead."""

    position: Position
    deliveries: Sequence[Delivery] = ()
    load_again: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """Both; no `changes` for one that does not catch up, or while none come."""

    messages: Sequence[Stored] = ()
    changes: Changes | None = None

    def send_to(self, channel: Channel) -> None:
        """All of it, before what was held."""
        channel.replayed = frozenset(message.id for message in self.messages)
        for message in self.messages:
            with suppress(BadFrame):  # an event that is longer than the form allows
                frame = message.frame(channel.line.version, channel.topic.name)
                if frame is not None:
                    channel.line.send(frame)
        if self.changes is not None:
            _send_changes(channel, self.changes)


NOTHING = Missed()


async def missed_changes(channel: Channel, recent: Recent, catching_up: CatchingUp) -> Changes | None:
    """The changes since the commit that the client has seen; its subscriptions have begun at this moment."""
    position = recent.position
    if position is None or not channel.config.catches_up:
        return None
    if channel.config.seen is None:
        return Changes(position)
    seen = position_from(channel.config.seen)
    if seen is None:
        return Changes(position, load_again=True)
    try:
        return Changes(position, await catching_up.missed(channel.subscriptions, seen))
    except TooLongAgo:
        return Changes(position, load_again=True)


def _send_changes(channel: Channel, changes: Changes) -> None:
    for delivery in changes.deliveries:
        ids = delivery.audience[channel]
        channel.line.send(change_frame(channel.line.version, channel.topic.name, ids, delivery.data))
    channel.line.send(
        position_frame(channel.line.version, channel.topic.name, changes.position, load_again=changes.load_again)
    )
