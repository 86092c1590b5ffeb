"""LiveKit may lose, repeat, delay and mix up what it tells, show stale lists and fail: in the end the rows are the rooms.

`--prove` tells five hundred evenings, every run a twentieth of them; a failure names the seed that repeats it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import pytest

from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.live.inbox import Inbox, keep
from sahne.live.outbox import Outbox
from sahne.live.reconcile import Reconcile
from sahne.live.rooms import Rooms
from sahne.providers.livekit import InMemoryLiveKit, LiveKitUnavailable, permission_of
from sahne.providers.livekit.lies import Lies
from sahne.settings import Settings
from tests.live_servers import alone
from tests.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.prove, pytest.mark.timeout(1_800)]  # proving, ten minutes

EVENINGS, EVENINGS_PROVED = 25, 500
AT_ONCE = 25  # evenings that one LiveKit has at the same time
STEPS = 24
ROUND_SECONDS = 30.0
ROUNDS_MAX = 2
VIEWERS = 3
STALE_SECONDS = 15.0  # a list that is older than the twenty seconds between two looks is no list
SEED = 20_260_101

WORST = Lies(
    drops=0.3, repeats=0.2, late_seconds_max=45.0, miscounts=0.5, stale_seconds_max=STALE_SECONDS, fails=0.1,
    loses_answers=0.1,
)  # fmt: skip
HONEST_AT_LAST = Lies(stale_seconds_max=STALE_SECONDS)
SEATED = """
select seats.profile_id::text as who
  from public.live_participants seats
  join private.live_intervals stays
    on stays.participant_id = seats.id and stays.left_at is null and stays.livekit_sid is not null
 where seats.session_id = %s
"""
HOSTS_CAMERA = "select is_video_enabled from public.live_participants where session_id = %s and role = 'host'"


class Time:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(slots=True)
class Evening:
    """A live session, its host and those who may watch it."""

    session: UUID
    host: UUID
    viewers: list[UUID]
    gone_for_good: set[UUID] = field(default_factory=set)

    @property
    def room(self) -> str:
        return f"live_{self.session}"


class House:
    """The loops of our servers, worked by hand on a virtual clock, before a LiveKit that lies.

    Each server has a database pool of its own, and all of them work at the same moments.
    """

    def __init__(self, world: World, databases: Sequence[Database], pipeline: Pipeline, seed: int) -> None:
        self.world = world
        self.clock = Time()
        self.chance = random.Random(seed)
        self.livekit = InMemoryLiveKit(lies=WORST, seed=seed, clock=self.clock)
        self._pipeline = pipeline
        servers = alone(self.livekit)
        self.server = servers.default
        self._inboxes = [Inbox(database, self.server, lambda: None) for database in databases]
        self._outboxes = [Outbox(database, self.server, Rooms(servers, self.clock)) for database in databases]
        self._reconciles = [Reconcile(database, self.server, lambda: None, self.clock) for database in databases]

    async def hear(self) -> None:
        """Take what has come of the webhooks, and deal with it."""
        for sent in self.livekit.tell_all():
            await keep(self._pipeline, self.livekit.verify(sent.body, sent.authorization), self.server)
        self.world.owner("update private.livekit_events set attempts = 0 where processed_at is null")
        await asyncio.gather(*(until_done(inbox.work) for inbox in self._inboxes))

    async def look(self) -> None:
        """One round of the comparison, and the orders that come of it."""
        await asyncio.gather(*(in_vain_or_not(reconcile.work) for reconcile in self._reconciles))
        await self.obey()

    async def obey(self) -> None:
        self.world.owner("update private.livekit_outbox set due_at = now() where done_at is null")
        await asyncio.gather(*(in_vain_or_not(partial(until_done, outbox.work)) for outbox in self._outboxes))

    def evening(self) -> Evening:
        host = self.world.person(creator=True)
        session = self.world.session(host)
        viewers = [self.world.watching(session) for _ in range(VIEWERS)]
        return Evening(session, host, viewers)

    def step(self, evening: Evening) -> None:
        """Somebody comes, goes, comes under a new connection, or is put out by the host, who turns their camera on and off."""
        user = self.chance.choice([evening.host, *evening.viewers])
        there = self.livekit.people(evening.room)
        if str(evening.host) in there:
            self._turn_camera(evening.room, str(evening.host))
        match self.chance.random():
            case chance if chance < 0.1 and user != evening.host and user not in evening.gone_for_good:
                self.world.verb(evening.host, "ban_profile", evening.session, user)
                evening.gone_for_good.add(user)
            case chance if chance < 0.4 and str(user) in there:
                self.livekit.disconnect(evening.room, str(user))
            case _ if evening.room in self.livekit.open_rooms():
                role = "host" if user == evening.host else "viewer"
                permission = permission_of(role, "video_live")
                self.livekit.connect(self.livekit.token(evening.room, str(user), "", permission))

    def _turn_camera(self, room: str, host: str) -> None:
        turn = self.chance.random()
        if turn < 0.2:
            self.livekit.publish(room, host, "camera", "VIDEO")
        elif turn < 0.3 and self.livekit.cameras(room, host):
            self.livekit.unpublish(room, host, "camera")
        elif turn < 0.4 and self.livekit.cameras(room, host):
            self.livekit.mute(room, host, "camera")


async def until_done(work: Callable[[], Awaitable[bool]]) -> None:
    while await work():
        pass


async def in_vain_or_not(work: Callable[[], Awaitable[object]]) -> None:
    with contextlib.suppress(LiveKitUnavailable):
        await work()


@pytest.mark.parametrize(("servers", "evenings", "proved"), [(1, EVENINGS, EVENINGS_PROVED), (3, 5, 100)])
async def test_whatever_is_lost_two_rounds_later_the_rows_are_the_rooms(
    world: World, settings: Settings, pytestconfig: pytest.Config, servers: int, evenings: int, proved: int
) -> None:
    count = proved if pytestconfig.getoption("--prove") else evenings
    world.owner("update public.live_sessions set status = 'ended' where status = 'live'")
    world.owner("delete from private.livekit_outbox")
    async with contextlib.AsyncExitStack() as opened:
        pipeline = await opened.enter_async_context(Pipeline(settings.authenticator_url))
        databases = [await opened.enter_async_context(Database(settings.authenticator_url)) for _ in range(servers)]
        for begun in range(0, count, AT_ONCE):
            house = House(world, databases, pipeline, SEED + begun)
            told = [house.evening() for _ in range(min(AT_ONCE, count - begun))]
            await live_through(house, told)
            house.livekit.lie(HONEST_AT_LAST)
            for _ in range(ROUNDS_MAX):
                house.clock.now += ROUND_SECONDS
                await house.look()
            for evening in told:
                agrees(house, evening, f"seed {SEED + begun}")
                world.verb(evening.host, "end_session", evening.session)
            await house.obey()
            assert house.livekit.open_rooms() == set()


async def live_through(house: House, evenings: list[Evening]) -> None:
    for _ in range(STEPS):
        for evening in evenings:
            house.step(evening)
        house.clock.now += house.chance.uniform(1, 15)
        await house.hear()
        if house.chance.random() < 0.3:
            await house.look()
    house.clock.now += WORST.late_seconds_max
    await house.hear()
    # who was let in and never came has had their minute
    house.world.owner(
        "update private.live_intervals set joined_at = joined_at - interval '1 hour' where livekit_sid is null"
    )


def agrees(house: House, evening: Evening, which: str) -> None:
    there = house.livekit.people(evening.room)
    assert evening.room in house.livekit.open_rooms(), which
    assert not there & {str(user) for user in evening.gone_for_good}, f"{which}: who was put out is there"
    seated = {row["who"] for row in house.world.owner(SEATED, evening.session)}
    assert seated == there, f"{which}: {evening.session}"
    host = str(evening.host)
    is_on = host in there and bool(house.livekit.cameras(evening.room, host))
    assert house.world.one(HOSTS_CAMERA, evening.session) is is_on, f"{which}: the camera of {evening.session}"
    viewers = there - {host}
    assert house.world.row(evening.session)["viewer_count"] == len(viewers), which


async def test_the_same_seed_tells_the_same_lies(world: World) -> None:
    def told(seed: int) -> list[int]:
        twin = InMemoryLiveKit(lies=WORST, seed=seed, clock=Time())
        return [len(twin._liar.moments(0.0)) for _ in range(100)]

    assert told(1) == told(1) != told(2)
