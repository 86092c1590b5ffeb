"""Presence over several servers: whatever is lost on the way, in the end all see the same, and nobody comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sahne.bus.bus import Bus
from sahne.bus.memory import Place
from sahne.gateway.realtime.frames import Version
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.neighbours import Neighbours
from sahne.gateway.realtime.private import ALL_RIGHTS, Rights
from sahne.gateway.realtime.relay import Address
from sahne.gateway.realtime.topic import Topic
from tests.eventually import eventually_async

BEAT_SECONDS = 0.05
ROOM = Address("realtime:room", private=False)


@dataclass(eq=False)
class Watcher:
    """A member who writes down what it hears, and by it who is there."""

    topic: Topic
    version: Version = Version.V1
    rights: Rights = ALL_RIGHTS
    hears_itself: bool = False
    presence_enabled: bool = True
    there: dict[str, str] = field(default_factory=dict)
    lines: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._join(self.topic.presence.body())
        self.topic.members[self] = None

    @property
    def line(self) -> Watcher:
        return self

    def receive(self, frame: bytes, stored: str | None = None) -> None:
        assert stored is None, "nothing is kept here"
        self.send(frame)

    def send(self, frame: bytes) -> None:
        message = orjson.loads(frame[frame.index(b"{") :])
        if message["event"] == "broadcast":
            self.lines.append(message["payload"]["payload"])
        else:
            self._join(message["payload"]["joins"])
            for _, meta in _metas(message["payload"]["leaves"]):
                del self.there[meta["phx_ref"]]

    def _join(self, by_key: dict[str, Any]) -> None:
        for key, meta in _metas(by_key):
            assert meta["phx_ref"] not in self.there, "nobody comes twice"
            self.there[meta["phx_ref"]] = key


def _metas(by_key: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((key, meta) for key, value in by_key.items() for meta in value["metas"])


class Server:
    """A hub on the bus, with one who watches the room and others who come and go."""

    def __init__(self, place: Place) -> None:
        self.bus = Bus(place.wire(), beat_seconds=BEAT_SECONDS)
        self.hub = Hub(self.bus)
        self.neighbours = Neighbours(self.hub, self.bus, pause_seconds=0)
        self.topic = self.hub.keep(ROOM)
        self.watcher = Watcher(self.topic)
        self.holders: dict[str, int] = {}
        self._numbers = count(1)

    async def start(self) -> None:
        await self.neighbours.__aenter__()
        await self.bus.__aenter__()

    async def stop(self) -> None:
        await self.bus.__aexit__(None, None, None)
        await self.neighbours.__aexit__(None, None, None)

    def come(self, name: str, mood: int) -> None:
        holder = self.holders.setdefault(name, next(self._numbers))
        difference = self.topic.presence.track(holder, name, {"mood": mood})
        if difference is not None:
            self.topic.present(difference)

    def go(self, name: str) -> None:
        difference = self.topic.presence.untrack(self.holders.pop(name, 0))
        if difference is not None:
            self.topic.present(difference)


NAMES = st.sampled_from(["ada", "bo", "cem"])
STEPS = st.one_of(
    st.tuples(st.just("come"), st.integers(0, 2), NAMES, st.integers(0, 3)),
    st.tuples(st.just("go"), st.integers(0, 2), NAMES),
    st.tuples(st.sampled_from(["close", "reopen", "breathe"])),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(STEPS, max_size=30))
def test_whatever_is_lost_on_the_way_all_see_the_same_people_in_the_end(steps: list[tuple[Any, ...]]) -> None:
    asyncio.run(_play(steps))


async def _play(steps: list[tuple[Any, ...]]) -> None:
    place = Place()
    servers = [Server(place) for _ in range(3)]
    for server in servers:
        await server.start()
    for what, *given_ in steps:
        match what:
            case "come":
                servers[given_[0]].come(*given_[1:])
            case "go":
                servers[given_[0]].go(given_[1])
            case "close":
                place.close()
            case "reopen":
                place.reopen()
            case _:
                for _ in range(10):
                    await asyncio.sleep(0)
    place.reopen()
    wanted = sorted(name for server in servers for name in server.holders)

    async def same() -> bool:
        for server in servers:
            assert sorted(server.watcher.there.values()) == wanted
            assert sorted(key for key, _ in _metas(server.topic.presence.body())) == wanted
        return True

    await eventually_async(same)
    last, *others = servers
    await last.stop()

    async def without_the_last() -> bool:
        left = sorted(name for server in others for name in server.holders)
        return all(sorted(server.watcher.there.values()) == left for server in others)

    await eventually_async(without_the_last)
    for server in others:
        await server.stop()


@pytest.mark.anyio
async def test_a_topic_that_only_others_are_in_is_kept_for_who_joins_and_forgotten_when_they_go() -> None:
    place = Place()
    here, there = Server(place), Server(place)
    elsewhere = Address("realtime:elsewhere", private=True)
    await here.start()
    await there.start()
    topic = there.hub.keep(elsewhere)
    difference = topic.presence.track(1, "ada", {})
    assert difference is not None

    async def known() -> bool:
        return here.bus.servers == there.bus.servers == 2

    await eventually_async(known)
    topic.present(difference)

    async def seen() -> bool:
        found = here.hub.topic_at(elsewhere)
        return found is not None and set(found.presence.body()) == {"ada"}

    await eventually_async(seen)
    assert here.hub.topic_at(elsewhere._replace(private=False)) is None

    async def forgotten() -> bool:
        return here.hub.topic_at(elsewhere) is None

    await there.stop()
    await eventually_async(forgotten)
    await here.stop()


@pytest.mark.anyio
async def test_a_broadcast_reaches_the_members_elsewhere_once_and_never_its_sender() -> None:
    place = Place()
    servers = [Server(place), Server(place)]
    for server in servers:
        await server.start()

    async def known() -> bool:
        return all(server.bus.servers == 2 for server in servers)

    await eventually_async(known)
    here, there = servers
    here.topic.broadcast_user("line", b'"one"', is_json=True, sender=here.watcher)
    here.topic.broadcast(b'{"type":"broadcast","event":"line","payload":"two"}', sender=here.watcher)
    here.topic.deliver(b'{"type":"broadcast","event":"line","payload":"here alone"}')

    async def heard() -> bool:
        return there.watcher.lines == ["one", "two"]

    await eventually_async(heard)
    assert here.watcher.lines == ["here alone"]
    for server in servers:
        await server.stop()
