"""Several LiveKit servers: a room stays where it was opened, and everything of it goes there and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from sahne.database.actor import SERVICE
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.live import Servers
from sahne.live.inbox import Inbox, keep
from sahne.live.outbox import Outbox
from sahne.live.reconcile import LOOKS_APART_SECONDS, Reconcile
from sahne.live.rooms import BELIEVED_SECONDS, REFUSED_SECONDS, Rooms
from sahne.live.servers import UnknownLiveServer, tell_rooms_astray
from sahne.providers.livekit import InMemoryLiveKit, LiveKitUnavailable, WebhookRefused, permission_of
from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.eventually import eventually
from tests.live_servers import alone
from tests.stage import Door, grants
from tests.world import World

pytestmark = pytest.mark.anyio


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def home() -> InMemoryLiveKit:
    return InMemoryLiveKit("APIhome", "h" * 40)


@pytest.fixture
def away() -> InMemoryLiveKit:
    return InMemoryLiveKit("APIaway", "a" * 40)


@pytest.fixture
def servers(home: InMemoryLiveKit, away: InMemoryLiveKit) -> Servers:
    return Servers({"main": home, "eu": away})


@pytest.fixture
async def database(settings: Settings, world: World) -> AsyncIterator[Database]:
    world.owner("update public.live_sessions set status = 'ended' where status = 'live'")
    world.owner("delete from private.livekit_outbox")
    async with Database(settings.authenticator_url) as database:
        yield database


@pytest.fixture
def door(settings: Settings, world: World, servers: Servers) -> Iterator[Door]:
    world.owner("update public.live_sessions set status = 'ended' where status = 'live'")
    made = replace(settings, port=free_port())
    with running_server(made, live=servers):
        door = Door(made)
        yield door
        door.close()


async def opened(database: Database, rooms: Rooms, room: str, wanted: str | None = None) -> Any:
    async with database.transaction(SERVICE) as conn:
        return await rooms.open(conn, room, wanted)


def room_on(world: World, server: str, host: UUID) -> tuple[UUID, str]:
    """A live session that lies on a server."""
    session = world.session(host)
    world.verb(None, "place_room", f"live_{session}", server)
    return session, f"live_{session}"


async def test_a_room_seen_lately_is_believed_and_a_lost_one_made_again(
    database: Database, home: InMemoryLiveKit
) -> None:
    clock = Time()
    rooms = Rooms(alone(home), clock)
    assert rooms.believed("r") is None
    await opened(database, rooms, "r")
    home.restart()
    assert await opened(database, rooms, "r") is home
    assert home.open_rooms() == set()
    clock.now += BELIEVED_SECONDS
    await opened(database, rooms, "r")
    assert home.open_rooms() == {"r"}


async def test_after_a_failure_everybody_is_refused_at_once_for_a_moment_and_on_that_server_alone(
    database: Database, servers: Servers, home: InMemoryLiveKit
) -> None:
    clock = Time()
    rooms = Rooms(servers, clock)
    home.reachable = False
    with pytest.raises(LiveKitUnavailable):
        await opened(database, rooms, "one")
    home.reachable = True
    with pytest.raises(LiveKitUnavailable):
        await opened(database, rooms, "one")
    await opened(database, rooms, "two", "eu")
    clock.now += REFUSED_SECONDS
    await opened(database, rooms, "one")
    assert home.open_rooms() == {"one"}


async def test_a_room_stays_where_it_was_opened_whoever_wants_it_elsewhere(
    database: Database, servers: Servers, home: InMemoryLiveKit, away: InMemoryLiveKit
) -> None:
    clock = Time()
    for rooms in (Rooms(servers, clock), Rooms(servers, clock)):  # two processes
        assert await opened(database, rooms, "stays", "eu") is away
        clock.now += BELIEVED_SECONDS
        assert await opened(database, rooms, "stays", "main") is away
    assert (home.open_rooms(), away.open_rooms()) == (set(), {"stays"})


async def test_a_start_that_failed_leaves_the_next_one_free_to_go_elsewhere(
    database: Database, servers: Servers, home: InMemoryLiveKit, away: InMemoryLiveKit
) -> None:
    rooms = Rooms(servers)
    away.reachable = False
    with pytest.raises(LiveKitUnavailable):
        await opened(database, rooms, "moved", "eu")
    assert await opened(database, rooms, "moved") is home


async def test_a_server_nobody_named_is_refused_with_those_that_there_are(servers: Servers) -> None:
    with pytest.raises(UnknownLiveServer) as refused:
        servers.chosen("us")
    assert "main, eu" in str(refused.value.hint)


async def test_a_room_on_a_server_that_was_taken_out_is_told_and_opened_nowhere_else(
    world: World, database: Database, servers: Servers, home: InMemoryLiveKit
) -> None:
    session, room = room_on(world, "eu", world.person(creator=True))
    assert await tell_rooms_astray(database, servers) is False
    left = alone(home)
    with pytest.raises(LiveKitUnavailable) as told:
        await tell_rooms_astray(database, left)
    assert told.value.details == "eu: 1"
    with pytest.raises(LiveKitUnavailable) as refused:
        await opened(database, Rooms(left), room)
    assert "SAHNE_LIVEKIT_SERVERS" in str(refused.value.hint)
    assert home.open_rooms() == set()
    world.owner("update public.live_sessions set status = 'ended' where id = %s", session)
    assert await tell_rooms_astray(database, left) is False


async def test_orders_go_to_the_server_of_their_room_and_one_that_is_down_holds_up_no_other(
    world: World, database: Database, servers: Servers, home: InMemoryLiveKit, away: InMemoryLiveKit
) -> None:
    rooms = Rooms(servers)
    ada, ece = world.person(creator=True), world.person(creator=True)
    _, here = room_on(world, "main", ada)
    there_session, there = room_on(world, "eu", ece)
    outboxes = [Outbox(database, server, rooms) for server in servers]
    home.reachable = False
    with pytest.raises(LiveKitUnavailable):
        await outboxes[0].work()
    await outboxes[1].work()
    assert (home.open_rooms(), away.open_rooms()) == (set(), {there})
    world.verb(ece, "end_session", there_session)
    for outbox in outboxes[1:]:
        await outbox.work()
    assert away.open_rooms() == set()
    home.reachable = True
    world.owner("update private.livekit_outbox set due_at = now()")
    await Outbox(database, servers.default, Rooms(servers)).work()
    assert home.open_rooms() == {here}


async def test_each_server_is_compared_with_its_own_rooms_and_an_unplaced_one_is_the_defaults(
    world: World, database: Database, servers: Servers, home: InMemoryLiveKit, away: InMemoryLiveKit
) -> None:
    clock = Time()
    _, placed = room_on(world, "eu", world.person(creator=True))
    unplaced = f"live_{world.session(world.person(creator=True))}"
    home.trouble = "fails"
    looks = {server.name: Reconcile(database, server, lambda: None, clock) for server in servers}
    with pytest.raises(LiveKitUnavailable):
        await looks["main"].work()
    await looks["eu"].work()
    assert away.open_rooms() == {placed}
    home.trouble = None
    clock.now += LOOKS_APART_SECONDS
    for look in looks.values():
        await look.work()
    assert (home.open_rooms(), away.open_rooms()) == ({unplaced}, {placed})
    assert world.one("select server from private.livekit_rooms where room_name = %s", unplaced) == "main"


async def test_a_webhook_is_its_servers_by_its_key_and_says_nothing_of_anothers_rooms(
    world: World, settings: Settings, database: Database, servers: Servers, home: InMemoryLiveKit, away: InMemoryLiveKit
) -> None:
    session, room = room_on(world, "eu", world.person(creator=True))
    bo = world.watching(session)
    inboxes = {server.name: Inbox(database, server, lambda: None) for server in servers}
    async with Pipeline(settings.authenticator_url) as pipeline:
        for twin, counted in ((home, 0), (away, 1)):
            await twin.create_room(room)
            twin.connect(twin.token(room, str(bo), "", permission_of("viewer", "video_live")))
            for sent in twin.tell_all():
                server, event = servers.verify(sent.body, sent.authorization)
                assert server.livekit is twin
                await keep(pipeline, event, server)
            for inbox in inboxes.values():
                while await inbox.work():
                    pass
            stays = "select count(*) from private.live_intervals where livekit_sid = %s"
            assert world.one(stays, twin.sid(room, str(bo))) == counted
    with pytest.raises(WebhookRefused):
        stranger = InMemoryLiveKit("APIhome", "x" * 40).sign(b'{"id": "EV_1"}')
        servers.verify(stranger.body, stranger.authorization)


def test_a_host_begins_where_they_say_and_everybody_is_let_in_there(
    door: Door, world: World, ada: UUID, bo: UUID, home: InMemoryLiveKit, away: InMemoryLiveKit
) -> None:
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    start = f"live/sessions/{session}/start"
    assert door.refusal(ada, start, {"server": "us"}) == (400, "unknown_live_server")
    assert world.row(UUID(session))["status"] == "scheduled"
    started = door.done(ada, start, {"server": "eu"})
    joined = door.done(bo, f"live/sessions/{session}/join")
    assert started["livekit"]["url"] == joined["livekit"]["url"] == away.url
    assert door.done(ada, start)["livekit"]["url"] == away.url
    assert grants(joined)["room"] in away.open_rooms()
    away.connect(started["livekit"]["token"])
    away.connect(joined["livekit"]["token"])
    door.deliver(away)
    eventually(lambda: world.row(UUID(session))["viewer_count"] == 1)
    door.done(ada, f"live/sessions/{session}/bans", {"profile_id": str(bo)})
    eventually(lambda: away.people(f"live_{session}") == {str(ada)})
    door.done(ada, f"live/sessions/{session}/end")
    eventually(lambda: away.open_rooms() == set())
    assert home.made == {}


def test_a_call_lies_on_the_default_and_one_server_down_leaves_the_others_at_work(
    door: Door, world: World, ada: UUID, bo: UUID, home: InMemoryLiveKit, away: InMemoryLiveKit
) -> None:
    home.trouble = "refuses"
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    assert door.refusal(ada, f"live/sessions/{session}/start") == (503, "livekit_unavailable")
    door.done(ada, f"live/sessions/{session}/start", {"server": "eu"})
    door.done(bo, f"live/sessions/{session}/join")
    door.done(ada, f"live/sessions/{session}/end")
    eventually(lambda: away.open_rooms() == set())
    home.trouble = None
    call = door.done(bo, "calls", {"callee_id": str(ada), "call_type": "audio_call"})["call"]
    answer = eventually(lambda: accepted(door, ada, call["id"]))
    assert answer["livekit"]["url"] == home.url
    assert home.open_rooms() == {call["livekit_room_name"]}


def accepted(door: Door, callee: UUID, call: str) -> Any:
    """The answer to accepting; nothing while the server that was down is not asked again yet."""
    answer = door.post(callee, f"calls/{call}/accept")
    return answer.json() if answer.status_code == 200 else None
