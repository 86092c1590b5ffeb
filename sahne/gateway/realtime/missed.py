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
from sahne.gateway.realtime.stored import Replay, Shelf, Stored


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


@dataclass(frozen=True, slots=True)
class MissedReader:
    """Reads it: messages from where they are kept, changes from the stream's last minutes."""

    shelf: Shelf
    recent: Recent
    catching_up: CatchingUp

    async def read(self, channel: Channel, replay: Replay | None) -> Missed:
        """Both, for a channel whose subscriptions have begun at this moment.

        Raises:
            UnableToReplay: the database does not answer.
        """
        changes = await self._changes(channel)
        if replay is None or not channel.rights.read_broadcast:
            return Missed(changes=changes)
        return Missed(await self.shelf.since(channel.asking, replay), changes)

    async def _changes(self, channel: Channel) -> Changes | None:
        position = self.recent.position
        if position is None or not channel.config.catches_up:
            return None
        if channel.config.seen is None:
            return Changes(position)
        seen = position_from(channel.config.seen)
        if seen is None:
            return Changes(position, load_again=True)
        try:
            return Changes(position, await self.catching_up.missed(channel.subscriptions, seen))
        except TooLongAgo:
            return Changes(position, load_again=True)


def _send_changes(channel: Channel, changes: Changes) -> None:
    for delivery in changes.deliveries:
        ids = delivery.audience[channel]
        channel.line.send(change_frame(channel.line.version, channel.topic.name, ids, delivery.data))
    channel.line.send(
        position_frame(channel.line.version, channel.topic.name, changes.position, load_again=changes.load_again)
    )
