"""LiveKit out of reach, hanging or failing for a minute: who would come is told at once, the rest goes on, nothing stays."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from sahne.database.pool import Database
from sahne.live.clock import HOST_GRACE_SECONDS, end_sessions
from sahne.live.outbox import Outbox
from sahne.live.rooms import Rooms
from sahne.providers.livekit import InMemoryLiveKit, LiveKitUnavailable, permission_of
from sahne.providers.livekit.lies import Lies, Trouble
from sahne.providers.livekit.memory import NotLetIn
from sahne.providers.livekit.room_service import CALL_SECONDS_MAX
from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.eventually import eventually
from tests.live_servers import alone
from tests.stage import Door, new_key
from tests.world import LINE, World

pytestmark = pytest.mark.anyio

VIDEO = {"session_type": "video_live"}
ANSWERED_WITHIN_SECONDS = 3.0
OUTAGE_SECONDS = 60


async def at_once(_: float) -> None:
    """The twin's caller gives up without the test waiting for it."""


@pytest.fixture
def livekit() -> InMemoryLiveKit:
    return InMemoryLiveKit(pause=at_once)


@pytest.fixture
def door(settings: Settings, world: World, livekit: InMemoryLiveKit) -> Iterator[Door]:
    world.owner("update public.live_sessions set status = 'ended' where status = 'live'")
    world.owner("delete from private.livekit_outbox")
    made = replace(settings, port=free_port())
    with running_server(made, livekit):
        door = Door(made)
        yield door
        door.close()


def test_an_answer_is_given_up_before_a_client_would() -> None:
    assert CALL_SECONDS_MAX < ANSWERED_WITHIN_SECONDS


@pytest.mark.parametrize("trouble", ["refuses", "hangs", "fails"])
async def test_a_minute_without_livekit_leaves_no_session_live_and_makes_no_room_twice(
    door: Door, settings: Settings, world: World, livekit: InMemoryLiveKit, trouble: Trouble
) -> None:
    def goes_on() -> tuple[str, str, UUID]:
        ada, ece = world.person(creator=True), world.person(creator=True)
        live = door.done(ada, "live/sessions", VIDEO)["session"]["id"]
        door.done(ada, f"live/sessions/{live}/start")
        bo = world.person(coins=100)
        door.done(bo, f"live/sessions/{live}/join")
        livekit.trouble = trouble
        planned = door.done(ece, "live/sessions", VIDEO)["session"]["id"]
        for _ in range(3):
            answer = door.post(ece, f"live/sessions/{planned}/start")
            assert (answer.status_code, answer.json()["code"]) == (503, "livekit_unavailable")
            assert answer.headers["retry-after"]
        assert world.row(UUID(planned))["status"] == "scheduled"
        gift = {"gift_id": str(world.gift(10))}
        assert door.done(bo, f"live/sessions/{live}/gifts", gift, key=new_key())["wallet"] == {"balance": 90}
        assert world.sql(bo, f"{LINE} returning id", live, bo, bo, "Duyuyor musunuz?")
        assert door.done(ada, f"live/sessions/{live}/end")["session"]["status"] == "ended"
        return live, planned, ece

    live, planned, ece = await asyncio.to_thread(goes_on)
    assert f"live_{live}" in livekit.open_rooms(), "nobody could be told yet"
    async with Database(settings.authenticator_url) as database:
        servers = alone(livekit)
        outbox = Outbox(database, servers.default, Rooms(servers))
        for _ in range(OUTAGE_SECONDS // 10):
            world.owner("update private.livekit_outbox set due_at = due_at - interval '10 s' where done_at is null")
            await outbox_round(outbox)
        livekit.trouble = None
        world.owner("update private.livekit_outbox set due_at = due_at - interval '60 s' where done_at is null")
        await outbox_round(outbox)
    assert livekit.open_rooms() == set()
    await asyncio.to_thread(starts_at_last, door, ece, planned)
    assert livekit.made == {f"live_{live}": 1, f"live_{planned}": 1}
    stuck = "select count(*) from public.live_sessions where status = 'live' and livekit_room_name <> all (%s)"
    assert world.one(stuck, [*livekit.open_rooms()]) == 0


async def outbox_round(outbox: Outbox) -> None:
    with contextlib.suppress(LiveKitUnavailable):
        await outbox.work()


def starts_at_last(door: Door, host: UUID, session: str) -> None:
    """Everybody was refused at once for a moment after the last failure."""
    eventually(lambda: door.post(host, f"live/sessions/{session}/start").status_code == 200)


async def test_a_room_whose_making_nobody_heard_of_is_made_once(world: World, settings: Settings) -> None:
    livekit = InMemoryLiveKit(lies=Lies(loses_answers=1.0))
    world.owner("delete from private.livekit_outbox")
    session = world.session(world.person(creator=True))
    async with Database(settings.authenticator_url) as database:
        servers = alone(livekit)
        outbox = Outbox(database, servers.default, Rooms(servers))
        for _ in range(3):
            world.owner("update private.livekit_outbox set due_at = now() where done_at is null")
            await outbox_round(outbox)
        livekit.lie(Lies())
        world.owner("update private.livekit_outbox set due_at = now() where done_at is null")
        await outbox_round(outbox)
    assert livekit.made[f"live_{session}"] == 1


async def test_a_role_that_livekit_did_not_hear_of_three_times_is_its_permission_in_the_end(
    world: World, settings: Settings, livekit: InMemoryLiveKit
) -> None:
    ada = world.person(creator=True)
    session = world.session(ada)
    bo, room = world.watching(session), f"live_{session}"
    await livekit.create_room(room)
    livekit.connect(livekit.token(room, str(bo), "", permission_of("viewer", "video_live")))
    request = world.verb(bo, "request_to_join", session, None)["guest_request"]["id"]
    world.owner("delete from private.livekit_outbox")
    world.verb(ada, "approve_request", request)
    async with Database(settings.authenticator_url) as database:
        servers = alone(livekit)
        outbox = Outbox(database, servers.default, Rooms(servers))
        livekit.trouble = "fails"
        for _ in range(3):
            await outbox_round(outbox)
            world.owner("update private.livekit_outbox set due_at = now() where done_at is null")
            assert livekit.sources(room, str(bo)) == ()
        livekit.trouble = None
        await outbox_round(outbox)
    role = world.one("select role from public.live_participants where session_id = %s and user_id = %s", session, bo)
    assert livekit.sources(room, str(bo)) == permission_of(role, "video_live").sources != ()


@pytest.mark.parametrize(
    ("away_seconds", "status"), [(HOST_GRACE_SECONDS - 1, "live"), (HOST_GRACE_SECONDS + 1, "ended")]
)
async def test_a_host_has_a_minute_to_come_back_and_then_the_room_is_closed_for_good(
    world: World, settings: Settings, livekit: InMemoryLiveKit, away_seconds: int, status: str
) -> None:
    ada = world.person(creator=True)
    session = world.session(ada)
    room = f"live_{session}"
    opened = await livekit.create_room(room)
    token = livekit.token(room, str(ada), "", permission_of("host", "video_live"))
    world.verb(None, "seat_connected", room, ada, livekit.connect(token), datetime.now(UTC))
    world.verb(None, "seat_disconnected", room, ada, livekit.sid(room, str(ada)), datetime.now(UTC))
    livekit.disconnect(room, str(ada))
    assert world.row(session)["interrupted_at"] is not None
    world.owner(
        "update public.live_sessions set interrupted_at = now() - %s * interval '1 second' where id = %s",
        away_seconds,
        session,
    )
    async with Database(settings.authenticator_url) as database:
        await end_sessions(database)
        servers = alone(livekit)
        world.owner("delete from private.livekit_outbox where room_name <> %s", room)
        await Outbox(database, servers.default, Rooms(servers)).work()
    assert world.row(session)["status"] == status
    if status == "live":
        livekit.connect(token)
        assert (await livekit.create_room(room)).sid == opened.sid
    else:
        assert world.refusal(ada, "start_session", session) == (409, "session_over")
        with pytest.raises(NotLetIn):
            livekit.connect(token)
