"""What other servers tell of their topics: broadcasts, who comes and goes, and at times all who are there.

Differences go as they happen. All who are there is told after a gap and to whoever asks (a server that is new), between
a beginning and an end: what was known of that server and is not told again is gone. All of it may come twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import orjson

from sahne.bus.bus import Bus
from sahne.bus.packing import Kind
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.presence import Difference
from sahne.gateway.realtime.relay import Address, addressed, read_addressed
from sahne.gateway.realtime.topic import Topic

PAUSE_SECONDS = 0.2  # between two tellings of everybody: several servers may ask at once


class Neighbours:
    """The bus' listener; it tells within `async with`."""

    def __init__(self, hub: Hub, bus: Bus, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._hub = hub
        self._bus = bus
        self._pause_seconds = pause_seconds
        self._not_told_again: dict[str, dict[Address, set[str]]] = {}  # by server; while it tells of all
        self._is_wanted = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        bus.hear(Kind.BROADCAST, self._broadcast)
        bus.hear(Kind.USER_BROADCAST, self._broadcast_user)
        bus.hear(Kind.PRESENCE_CHANGED, self._presence_changed)
        bus.hear(Kind.PRESENCE_BEGINS, self._presence_begins)
        bus.hear(Kind.PRESENCE_OF_TOPIC, self._presence_of_topic)
        bus.hear(Kind.PRESENCE_ENDS, self._presence_ends)
        bus.hear(Kind.PRESENCE_WANTED, self._presence_wanted)
        bus.tell(self)

    async def __aenter__(self) -> Self:
        if self._bus.is_shared:
            self._telling = asyncio.create_task(self._tell_when_wanted(), name="presences")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._telling is not None:
            self._telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._telling

    # how the bus stands

    def gap_ended(self) -> None:
        """See `BusListener`."""
        self._is_wanted.set()
        self._bus.say(Kind.PRESENCE_WANTED)

    def server_came(self, server: str) -> None:
        """See `BusListener`."""
        self._bus.say(Kind.PRESENCE_WANTED, server.encode())

    def server_gone(self, server: str) -> None:
        """See `BusListener`: its people leave, all at once."""
        self._not_told_again.pop(server, None)
        for topic in self._hub.topics():
            self._show(topic, topic.presence.drop(server))

    # what is told of everybody here

    async def _tell_when_wanted(self) -> None:
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            await self._tell_all()
            await asyncio.sleep(self._pause_seconds)

    async def _tell_all(self) -> None:
        self._bus.say(Kind.PRESENCE_BEGINS)
        for topic in self._hub.topics():
            await self._bus.room()
            if here := topic.presence.here():
                self._bus.say(Kind.PRESENCE_OF_TOPIC, addressed(topic.address, orjson.dumps(here)))
        self._bus.say(Kind.PRESENCE_ENDS)

    # what others say

    def _broadcast(self, _: str, message: bytes) -> None:
        address, _more, body = read_addressed(message)
        if (topic := self._hub.topic_at(address)) is not None:
            topic.deliver(body)

    def _broadcast_user(self, _: str, message: bytes) -> None:
        address, (event, is_json, meta), payload = read_addressed(message)
        if (topic := self._hub.topic_at(address)) is not None:
            topic.deliver_user(event, payload, is_json=is_json, meta=meta.encode())

    def _presence_changed(self, server: str, message: bytes) -> None:
        address, _, body = read_addressed(message)
        change = orjson.loads(body)
        topic = self._hub.keep(address)
        self._show(topic, topic.presence.merge(server, change["joins"], change["leaves"]))

    def _presence_begins(self, server: str, _: bytes) -> None:
        known = {topic.address: topic.presence.references_of(server) for topic in self._hub.topics()}
        self._not_told_again[server] = {address: references for address, references in known.items() if references}

    def _presence_of_topic(self, server: str, message: bytes) -> None:
        address, _, body = read_addressed(message)
        self._not_told_again.get(server, {}).pop(address, None)
        topic = self._hub.keep(address)
        self._show(topic, topic.presence.replace(server, orjson.loads(body)))

    def _presence_ends(self, server: str, _: bytes) -> None:
        for address, references in self._not_told_again.pop(server, {}).items():
            if (topic := self._hub.topic_at(address)) is not None:
                self._show(topic, topic.presence.merge(server, {}, references))

    def _presence_wanted(self, _: str, of: bytes) -> None:
        if of in (b"", self._bus.server.encode()):
            self._is_wanted.set()

    def _show(self, topic: Topic, difference: Difference | None) -> None:
        if difference is not None:
            topic.show(difference)
        self._hub.let_go(topic)
