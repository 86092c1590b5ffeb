"""Rooms and rows agree again, whatever LiveKit lost, forgot or never told."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sahne.database.pool import Database
from sahne.live.clock import CONNECT_SECONDS_MAX, HOST_GRACE_SECONDS, end_sessions
from sahne.live.outbox import Outbox
from sahne.live.reconcile import LOOKS_APART_SECONDS, Reconcile
from sahne.live.rooms import Rooms
from sahne.providers.livekit import InMemoryLiveKit, LiveKitUnavailable, Permission, permission_of
from sahne.settings import Settings
from tests.live_servers import alone
from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def livekit() -> InMemoryLiveKit:
    return InMemoryLiveKit()


@pytest.fixture
async def database(settings: Settings, world: World) -> AsyncIterator[Database]:
    world.owner("update public.live_sessions set status = 'ended' where status = 'live'")
    world.owner("delete from private.livekit_outbox")
    async with Database(settings.authenticator_url) as database:
        yield database


class Time:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Looks:
    """Reconcile with its own clock, and the outbox it wakes."""

    def __init__(self, database: Database, livekit: InMemoryLiveKit) -> None:
        self.time = Time()
        servers = alone(livekit)
        self.reconcile = Reconcile(database, servers.default, lambda: None, self.time)
        self.outbox = Outbox(database, servers.default, Rooms(servers, self.time))

    async def look(self, after: float = LOOKS_APART_SECONDS) -> None:
        self.time.now += after
        await self.reconcile.work()
        await self.outbox.work()


def outbox_of(database: Database, livekit: InMemoryLiveKit) -> Outbox:
    servers = alone(livekit)
    return Outbox(database, servers.default, Rooms(servers))


def connect(livekit: InMemoryLiveKit, session: UUID, user: UUID) -> None:
    livekit.connect(livekit.token(f"live_{session}", str(user), "", permission_of("viewer", "video_live")))


def sid(livekit: InMemoryLiveKit, session: UUID, user: UUID) -> str:
    return livekit.sid(f"live_{session}", str(user))


async def opened(world: World, livekit: InMemoryLiveKit) -> tuple[UUID, UUID]:
    ada = world.person(creator=True)
    session = world.session(ada)
    await livekit.create_room(f"live_{session}")
    connect(livekit, session, ada)
    return session, ada


async def test_rooms_lost_by_a_restart_are_opened_again(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, _ = await opened(world, livekit)
    livekit.restart()
    await Looks(database, livekit).look()
    assert livekit.open_rooms() == {f"live_{session}"}


async def test_rooms_of_what_is_over_are_closed_and_others_left_alone(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, ada = await opened(world, livekit)
    world.verb(ada, "end_session", session)
    world.owner("delete from private.livekit_outbox")  # the order got lost
    await livekit.create_room("somebody-elses")
    await Looks(database, livekit).look()
    assert livekit.open_rooms() == {"somebody-elses"}


async def test_connections_nobody_told_of_are_found(world: World, livekit: InMemoryLiveKit, database: Database) -> None:
    session, _ = await opened(world, livekit)
    bo = world.watching(session)
    connect(livekit, session, bo)
    await Looks(database, livekit).look()
    assert (
        world.one("select count(*) from private.live_intervals where livekit_sid = %s", sid(livekit, session, bo)) == 1
    )


async def test_who_is_there_though_their_end_was_reported_is_seated_again_after_two_looks(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, _ = await opened(world, livekit)
    bo = world.watching(session)
    connect(livekit, session, bo)
    looks = Looks(database, livekit)
    await looks.look()
    world.verb(None, "seat_disconnected", f"live_{session}", bo, sid(livekit, session, bo), datetime.now(UTC))
    await looks.look()
    assert world.row(session)["viewer_count"] == 0
    await looks.look()
    assert world.row(session)["viewer_count"] == 1
    assert livekit.people(f"live_{session}") >= {str(bo)}


async def test_who_left_and_stays_connected_is_put_out(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, _ = await opened(world, livekit)
    bo = world.watching(session)
    connect(livekit, session, bo)
    looks = Looks(database, livekit)
    await looks.look()
    world.verb(bo, "leave_session", session)
    world.owner("delete from private.livekit_outbox")  # the order got lost
    await looks.look()
    assert str(bo) not in livekit.people(f"live_{session}")
    world.verb(bo, "join_session", session)
    connect(livekit, session, bo)
    await looks.look()
    assert str(bo) in livekit.people(f"live_{session}")


async def test_livekit_lets_nobody_do_more_or_less_than_their_seat_says(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, ada = await opened(world, livekit)
    bo = world.watching(session)
    room = f"live_{session}"
    livekit.connect(livekit.token(room, str(bo), "", permission_of("co_host", "video_live")))
    looks = Looks(database, livekit)
    await looks.look()
    assert livekit.sources(room, str(bo)) == ()
    await livekit.set_permission(room, str(ada), permission_of("viewer", "video_live"))
    await looks.look()
    assert livekit.sources(room, str(ada)) == permission_of("host", "video_live").sources


async def test_after_a_kick_the_seat_is_looked_at_again_as_long_as_a_renewed_token_may_live(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, ada = await opened(world, livekit)
    bo = world.watching(session)
    room = f"live_{session}"
    outbox = outbox_of(database, livekit)
    world.verb(ada, "kick_profile", session, bo)
    await outbox.work()
    connect(livekit, session, bo)  # and no webhook tells of it
    await outbox.work()
    assert str(bo) in livekit.people(room)
    world.owner("update private.livekit_outbox set due_at = now() where identity = %s", str(bo))
    await outbox.work()
    assert str(bo) not in livekit.people(room)
    world.owner("update private.livekit_outbox set watched_until = now(), due_at = now() where identity = %s", str(bo))
    await outbox.work()
    waiting = "select count(*) from private.livekit_outbox where identity = %s and done_at is null"
    assert world.one(waiting, str(bo)) == 0


async def test_an_order_that_comes_late_does_not_put_out_who_has_joined_again(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, ada = await opened(world, livekit)
    bo = world.watching(session)
    outbox = outbox_of(database, livekit)
    world.verb(ada, "kick_profile", session, bo)
    world.verb(bo, "join_session", session)
    connect(livekit, session, bo)
    await outbox.work()
    assert str(bo) in livekit.people(f"live_{session}")


async def test_ghosts_go_after_two_looks_and_not_after_one(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, _ = await opened(world, livekit)
    bo = world.watching(session)
    connect(livekit, session, bo)
    looks = Looks(database, livekit)
    await looks.look()
    livekit.disconnect(f"live_{session}", str(bo))
    await looks.look()
    assert world.row(session)["viewer_count"] == 1
    await looks.look(after=1)
    assert world.row(session)["viewer_count"] == 1
    await looks.look()
    assert world.row(session)["viewer_count"] == 0


async def test_a_list_that_is_stale_once_puts_nobody_out(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, _ = await opened(world, livekit)
    bo = world.watching(session)
    connect(livekit, session, bo)
    looks = Looks(database, livekit)
    await looks.look()
    livekit.hide(f"live_{session}", str(bo))
    await looks.look()
    livekit.show(f"live_{session}", str(bo))
    await looks.look()
    livekit.hide(f"live_{session}", str(bo))
    await looks.look()
    assert world.row(session)["viewer_count"] == 1


async def test_the_banned_are_put_out_though_no_webhook_came(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, ada = await opened(world, livekit)
    bo = world.watching(session)
    world.verb(ada, "ban_profile", session, bo)
    world.owner("delete from private.livekit_outbox")
    connect(livekit, session, bo)
    await Looks(database, livekit).look()
    assert livekit.people(f"live_{session}") == {str(ada)}


async def test_strangers_and_tracks_in_disguise_are_put_out_though_no_webhook_came(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, ada = await opened(world, livekit)
    bo, room = world.watching(session), f"live_{session}"
    world.owner("update public.live_participants set role = 'invited_guest' where profile_id = %s", bo)
    livekit.connect(livekit.token(room, str(bo), "", permission_of("invited_guest", "video_live")))
    livekit.publish(room, str(bo), "camera", "AUDIO")
    livekit.connect(livekit.token(room, f"{ada}#\0", "", permission_of("host", "video_live")))
    await Looks(database, livekit).look()
    assert livekit.people(room) == {str(ada)}


async def test_a_room_that_cannot_be_read_keeps_no_other_from_being_looked_at(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    dark, _ = await opened(world, livekit)
    lit, ada = await opened(world, livekit)
    livekit.unreadable.add(f"live_{dark}")
    for session in (dark, lit):
        connect(livekit, session, world.person())
    looks = Looks(database, livekit)
    with pytest.raises(LiveKitUnavailable):
        await looks.look()
    await looks.outbox.work()
    assert livekit.people(f"live_{lit}") == {str(ada)}
    assert len(livekit.people(f"live_{dark}")) == 2
    livekit.unreadable.clear()
    await looks.look()
    assert len(livekit.people(f"live_{dark}")) == 1


async def test_who_took_a_seat_and_never_connected_loses_it(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, _ = await opened(world, livekit)
    bo = world.watching(session)
    looks = Looks(database, livekit)
    await looks.look()
    assert world.row(session)["viewer_count"] == 1
    waited = timedelta(seconds=CONNECT_SECONDS_MAX + 1)
    world.owner("update private.live_intervals set joined_at = joined_at - %s where livekit_sid is null", waited)
    await looks.look()
    assert world.row(session)["viewer_count"] == 0
    assert not world.owner("select from public.live_participants where user_id = %s and is_active", bo)


async def test_a_session_whose_host_is_gone_ends_after_the_grace_and_not_before(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    session, ada = await opened(world, livekit)
    looks = Looks(database, livekit)
    await looks.look()
    livekit.disconnect(f"live_{session}", str(ada))
    await looks.look()
    await looks.look()
    assert world.row(session)["interrupted_at"] is not None
    await end_sessions(database)
    assert world.row(session)["status"] == "live"
    away = timedelta(seconds=HOST_GRACE_SECONDS + 1)
    world.owner("update public.live_sessions set interrupted_at = now() - %s where id = %s", away, session)
    await end_sessions(database)
    assert world.row(session)["status"] == "ended"
    await looks.outbox.work()
    assert livekit.open_rooms() == set()


async def test_silence_of_livekit_proves_nothing(world: World, livekit: InMemoryLiveKit, database: Database) -> None:
    session, _ = await opened(world, livekit)
    bo = world.watching(session)
    connect(livekit, session, bo)
    looks = Looks(database, livekit)
    await looks.look()
    livekit.reachable = False
    for _ in range(3):
        with pytest.raises(LiveKitUnavailable):
            await looks.look()
    assert world.row(session)["viewer_count"] == 1


async def test_whatever_was_lost_two_rounds_later_the_rows_are_the_rooms(
    world: World, livekit: InMemoryLiveKit, database: Database
) -> None:
    """A random evening of which no webhook arrived at all."""
    chance = random.Random(7)
    looks = Looks(database, livekit)
    sessions = [await opened(world, livekit) for _ in range(3)]
    viewers = [(session, world.watching(session)) for session, _ in sessions for _ in range(6)]
    for _ in range(120):
        session, user = chance.choice(viewers)
        if str(user) in livekit.people(f"live_{session}"):
            livekit.disconnect(f"live_{session}", str(user))
        else:
            connect(livekit, session, user)
        if chance.random() < 0.1:
            await looks.look(after=chance.uniform(1, 40))
    await looks.look()
    await looks.look()
    await looks.look()
    for session, ada in sessions:
        there = livekit.people(f"live_{session}") - {str(ada)}
        seated = world.owner(
            "select seats.profile_id::text from public.live_participants seats join private.live_intervals stays"
            " on stays.participant_id = seats.id and stays.left_at is null and stays.livekit_sid is not null"
            " where seats.session_id = %s and seats.role <> 'host'",
            session,
        )
        assert {row["profile_id"] for row in seated} == there


class Held(InMemoryLiveKit):
    """A LiveKit that takes its time over the next permission it is told, while `meanwhile` happens."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._meanwhile: Callable[[], Awaitable[None]] | None = meanwhile

    async def set_permission(self, room: str, identity: str, permission: Permission) -> bool:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile:
            await meanwhile()
        return await super().set_permission(room, identity, permission)


async def test_who_tells_livekit_late_what_is_over_tells_it_the_newer_too(world: World, database: Database) -> None:
    """Process A reads a seat and hangs; B reads the newer one and tells it; then A's word arrives."""

    async def the_other_process() -> None:
        world.verb(ada, "change_role", session, bo, "viewer")
        await outbox_of(database, livekit).work()
        assert livekit.sources(room, str(bo)) == ()

    livekit = Held(the_other_process)
    session, ada = await opened(world, livekit)
    room, bo = f"live_{session}", world.watching(session)
    connect(livekit, session, bo)
    world.owner("update public.live_participants set role = 'co_host' where profile_id = %s", bo)
    world.owner(
        "select private.order_for_seat('update_permission', seats) from public.live_participants seats where profile_id = %s",
        bo,
    )
    await outbox_of(database, livekit).work()
    assert livekit.sources(room, str(bo)) == ()


async def test_who_is_put_out_while_livekit_takes_its_time_is_out(world: World, database: Database) -> None:
    async def the_other_process() -> None:
        world.verb(ada, "ban_profile", session, bo)
        await outbox_of(database, livekit).work()
        connect(livekit, session, bo)  # back by a token of before, when A's word arrives

    livekit = Held(the_other_process)
    session, ada = await opened(world, livekit)
    bo = world.watching(session)
    connect(livekit, session, bo)
    world.owner(
        "select private.order_for_seat('update_permission', seats) from public.live_participants seats where profile_id = %s",
        bo,
    )
    await outbox_of(database, livekit).work()
    assert str(bo) not in livekit.people(f"live_{session}")
