"""The bus over each of its wires: all others hear, nobody twice, and a place that is gone is told and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahne.bus.bus import PACK_BYTES_MAX, Bus
from sahne.bus.memory import Place
from sahne.bus.packing import BadPack, Kind, begin_pack, messages_in, pack_message, sender_of
from sahne.bus.redis import RedisWire
from sahne.bus.wire import Wire
from sahne.errors import SettingInvalid
from sahne.settings.reading import read_settings
from tests.eventually import eventually_async
from tests.redis_server import redis_server

pytestmark = pytest.mark.anyio

KIND = Kind.BROADCAST
BEAT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Meeting:
    """A place where buses meet: of memory, or a real Redis."""

    wire: Callable[[], Wire]
    close: Callable[[], None]
    reopen: Callable[[], None]


@pytest.fixture(params=["memory", "redis"])
def meeting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Meeting]:
    if request.param == "memory":
        place = Place()
        yield Meeting(place.wire, place.close, place.reopen)
        return
    with redis_server(tmp_path) as server:
        yield Meeting(lambda: RedisWire(server.url, "test"), server.kill, server.start)


class Heard:
    """What one bus hears, and is told."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.messages: list[tuple[str, bytes]] = []
        self.gaps = 0
        self.came: list[str] = []
        self.gone: list[str] = []
        bus.hear(KIND, lambda sender, body: self.messages.append((sender, body)))
        bus.tell(self)

    def gap_ended(self) -> None:
        self.gaps += 1

    def server_came(self, server: str) -> None:
        self.came.append(server)

    def server_gone(self, server: str) -> None:
        self.gone.append(server)


async def together(stack: AsyncExitStack, meeting: Meeting, servers: int) -> list[Heard]:
    """So many that know each other."""
    all_of_them = [Heard(Bus(meeting.wire(), beat_seconds=BEAT_SECONDS)) for _ in range(servers)]
    for one in all_of_them:
        await stack.enter_async_context(one.bus)
    await know_each_other(all_of_them)
    return all_of_them


async def know_each_other(all_of_them: list[Heard]) -> None:
    async def known() -> bool:
        return all(one.bus.servers == len(all_of_them) for one in all_of_them)

    await eventually_async(known)


async def test_all_others_hear_in_order_and_nobody_hears_themselves(meeting: Meeting) -> None:
    async with AsyncExitStack() as stack:
        ada, bo, cem = await together(stack, meeting, 3)
        lines = [str(number).encode() for number in range(500)]
        for line in lines:
            ada.bus.say(KIND, line)

        async def heard() -> bool:
            return len(bo.messages) == len(cem.messages) == len(lines)

        await eventually_async(heard)
        assert bo.messages == cem.messages == [(ada.bus.server, line) for line in lines]
        assert ada.messages == []
        assert ada.bus.tally.lost == 0


async def test_a_message_larger_than_a_pack_goes_whole_and_alone(meeting: Meeting) -> None:
    async with AsyncExitStack() as stack:
        ada, bo = await together(stack, meeting, 2)
        large = bytes(range(256)) * (PACK_BYTES_MAX // 64)
        for body in (b"before", large, b"after"):
            ada.bus.say(KIND, body)

        async def heard() -> bool:
            return [body for _, body in bo.messages] == [b"before", large, b"after"]

        await eventually_async(heard)


async def test_a_place_that_is_gone_is_told_what_is_said_is_counted_as_lost_and_it_comes_back(meeting: Meeting) -> None:
    async with AsyncExitStack() as stack:
        ada, bo = await together(stack, meeting, 2)
        meeting.close()

        async def noticed() -> bool:
            return not ada.bus.is_up and not bo.bus.is_up

        await eventually_async(noticed)
        ada.bus.say(KIND, b"into the void")
        assert ada.bus.tally.lost >= 1
        gaps = ada.gaps
        meeting.reopen()

        async def back() -> bool:
            return ada.bus.is_up and bo.bus.is_up and ada.gaps == gaps + 1

        await eventually_async(back)
        ada.bus.say(KIND, b"again")

        async def heard() -> bool:
            return [body for _, body in bo.messages] == [b"again"]

        await eventually_async(heard)
        assert bo.gone == []  # it was the place that was gone, not Ada


class MayBeMute:
    """A wire to which nothing comes any more from some moment on, as from a process that hangs."""

    def __init__(self, wire: Wire) -> None:
        self.is_mute = False
        self.connect, self.receive, self.close = wire.connect, wire.receive, wire.close
        self._send = wire.send

    async def send(self, message: bytes) -> None:
        if not self.is_mute:
            await self._send(message)


async def test_who_says_goodbye_is_gone_at_once_and_who_falls_silent_after_a_few_beats(meeting: Meeting) -> None:
    muted: list[MayBeMute] = []

    def wire() -> Wire:
        muted.append(MayBeMute(meeting.wire()))
        return muted[-1]

    async with AsyncExitStack() as stack:
        ada, bo, cem = await together(stack, replace(meeting, wire=wire), 3)
        await bo.bus.__aexit__(None, None, None)

        async def bo_gone() -> bool:
            return ada.gone == cem.gone == [bo.bus.server]

        await eventually_async(bo_gone)
        muted[2].is_mute = True

        async def cem_gone() -> bool:
            return ada.gone == [bo.bus.server, cem.bus.server]

        await eventually_async(cem_gone)
        assert ada.bus.servers == 1


async def test_a_full_queue_loses_counts_and_tells_of_a_gap_when_there_is_room_again(meeting: Meeting) -> None:
    async with AsyncExitStack() as stack:
        ada = Heard(Bus(meeting.wire(), beat_seconds=BEAT_SECONDS, queue_bytes_max=1_000))
        await stack.enter_async_context(ada.bus)
        (bo,) = await together(stack, meeting, 1)
        await know_each_other([ada, bo])
        gaps = ada.gaps
        for _ in range(20):
            ada.bus.say(KIND, b"x" * 100)
        assert ada.bus.tally.lost == 11
        await ada.bus.room()

        async def told() -> bool:
            return ada.gaps == gaps + 1 and len(bo.messages) == 9

        await eventually_async(told)


async def test_without_a_wire_nothing_is_said_or_counted() -> None:
    async with Bus() as bus:
        bus.say(KIND, b"anybody?")
        assert (bus.is_shared, bus.servers, bus.queued_bytes, bus.tally.lost) == (False, 1, 0, 0)


async def test_a_handler_that_fails_and_packs_that_are_none_end_nobodys_hearing() -> None:
    place = Place()
    async with Bus(place.wire(), beat_seconds=BEAT_SECONDS) as bus:
        heard: list[bytes] = []

        def handle(_: str, body: bytes) -> None:
            heard.append(body)
            raise ValueError(body)

        bus.hear(KIND, handle)

        async def up() -> bool:
            return bus.is_up

        await eventually_async(up)
        foreign = begin_pack("deadbeef")
        for pack in (b"", b"\x63nonsense", foreign + b"\x0a\x00\x00", foreign + pack_message(KIND, b"one")):
            place.say(pack)
        place.say(foreign + b"\xfe\x00\x00\x00\x00" + pack_message(KIND, b"two"))  # a kind that is not known yet

        async def both() -> bool:
            return heard == [b"one", b"two"]

        await eventually_async(both)
        assert bus.tally.unread == 3


@pytest.mark.parametrize(
    "url", ["hush", "http://hush@10.0.0.5", "redis://", "redis://:hush@10.0.0.5:99999", "unix://", "rediss:///hush"]
)
def test_an_address_that_is_no_bus_is_refused_and_its_password_not_repeated(url: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        read_settings(env_file=None, bus_url=url)
    assert "SAHNE_BUS_URL: must" in str(refused.value.details)
    assert "hush" not in f"{refused.value.details} {refused.value.hint}"
    for fine in ("redis://:hush@10.0.0.5:6379/0", "rediss://redis.example.com", "unix:///run/valkey/valkey.sock"):
        assert read_settings(env_file=None, bus_url=fine).bus_url == fine


@given(st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=200)), max_size=20), st.integers(1, 4))
def test_a_pack_is_read_as_it_was_packed_and_never_half(said: list[tuple[Kind, bytes]], cut: int) -> None:
    pack = begin_pack("0badcafe") + b"".join(pack_message(kind, body) for kind, body in said)
    assert sender_of(pack) == "0badcafe"
    assert list(messages_in(pack)) == said
    if said:
        with pytest.raises(BadPack):
            list(messages_in(pack[:-cut]))
