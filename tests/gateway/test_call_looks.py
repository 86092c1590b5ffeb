"""A call is looked at every few seconds: whatever webhooks were lost, it ends in time and is billed to when they were seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from sahne.database.pool import Database
from sahne.live.call_clock import keep_calls
from sahne.live.call_looks import LOOK_SECONDS, MISSED_SECONDS, CallLooks
from sahne.live.outbox import Outbox
from sahne.live.rooms import Rooms
from sahne.providers.livekit import InMemoryLiveKit, LiveKitUnavailable, Permission
from sahne.settings import Settings
from tests.live_servers import alone
from tests.world import World

pytestmark = pytest.mark.anyio

SOUND = Permission(("microphone",))
ENOUGH_LOOKS = int(MISSED_SECONDS / LOOK_SECONDS) + 1


@pytest.fixture
def livekit() -> InMemoryLiveKit:
    return InMemoryLiveKit()


@pytest.fixture
async def database(settings: Settings, world: World) -> AsyncIterator[Database]:
    world.owner("update public.calls set status = 'ended' where status = 'accepted'")
    world.owner("delete from private.livekit_outbox")
    async with Database(settings.authenticator_url) as database:
        yield database


class Watched:
    """A call between two, of which no webhook ever arrives, and the looks at it."""

    def __init__(self, world: World, database: Database, livekit: InMemoryLiveKit, caller: UUID) -> None:
        self.world, self.database, self.livekit = world, database, livekit
        self.caller, self.callee = caller, world.person()
        call = world.verb(caller, "start_call", self.callee, "audio_call")["call"]
        world.verb(self.callee, "step_call", call["id"], "accepted")
        self.id, self.room = UUID(call["id"]), call["livekit_room_name"]
        self.seconds = 0.0
        servers = alone(livekit)
        self.looks = CallLooks(database, servers.default, lambda: None, lambda: self.seconds)
        self.outbox = Outbox(database, servers.default, Rooms(servers, lambda: self.seconds))

    async def come(self, *people: UUID) -> None:
        await self.livekit.create_room(self.room)
        for who in people or (self.caller, self.callee):
            self.livekit.connect(self.livekit.token(self.room, str(who), "", SOUND))

    async def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.seconds += LOOK_SECONDS
            await self.looks.work()

    def stay(self, who: UUID) -> dict[str, Any]:
        query = "select joined_at, left_at, seen_at from private.call_intervals where call_id = %s and user_id = %s"
        (found,) = self.world.owner(query, self.id, who)
        return dict(found)

    def earlier(self, seconds: int) -> None:
        """As if all that is known so far had been so long ago."""
        back = f"- interval '{seconds} s'"
        self.world.owner(
            f"update private.call_intervals set joined_at = joined_at {back}, left_at = left_at {back},"
            f" seen_at = seen_at {back} where call_id = %s",
            self.id,
        )
        self.world.owner(f"update public.calls set answered_at = answered_at {back} where id = %s", self.id)

    @property
    def row(self) -> dict[str, Any]:
        return dict(self.world.owner("select * from public.calls where id = %s", self.id)[0])


@pytest.fixture
def watched(world: World, database: Database, livekit: InMemoryLiveKit, bo: UUID) -> Watched:
    return Watched(world, database, livekit, bo)


async def test_both_who_vanish_unheard_have_the_call_closed_as_of_when_they_were_seen(watched: Watched) -> None:
    await watched.come()
    await watched.look()
    watched.earlier(60)
    await watched.look()
    seen_at: datetime = watched.stay(watched.caller)["seen_at"]
    for who in (watched.caller, watched.callee):
        watched.livekit.disconnect(watched.room, str(who))
    await watched.look(ENOUGH_LOOKS - 1)
    assert watched.stay(watched.caller)["left_at"] is None, "a list may be of a moment ago"
    await watched.look()
    assert {watched.stay(who)["left_at"] for who in (watched.caller, watched.callee)} == {
        watched.stay(who)["seen_at"] for who in (watched.caller, watched.callee)
    }
    watched.earlier(15)
    await keep_calls(watched.database, lambda: None)
    over = watched.row
    assert (over["status"], over["end_reason"]) == ("ended", "both_gone")
    assert over["ended_at"] <= seen_at
    assert over["duration_seconds"] == pytest.approx(60, abs=5)
    await watched.outbox.work()
    assert watched.livekit.open_rooms() == set()


async def test_who_is_missed_was_there_until_last_seen_and_the_other_is_still(watched: Watched) -> None:
    await watched.come()
    await watched.look(2)
    seen_at = watched.stay(watched.callee)["seen_at"]
    watched.livekit.disconnect(watched.room, str(watched.callee))
    await watched.look(ENOUGH_LOOKS)
    assert watched.stay(watched.callee)["left_at"] == watched.stay(watched.callee)["seen_at"] == seen_at
    there = watched.stay(watched.caller)
    assert there["left_at"] is None
    assert there["seen_at"] > seen_at


async def test_a_list_that_is_stale_for_a_look_ends_nothing(watched: Watched) -> None:
    await watched.come()
    await watched.look()
    watched.livekit.hide(watched.room, str(watched.callee))
    await watched.look(ENOUGH_LOOKS - 1)
    watched.livekit.show(watched.room, str(watched.callee))
    await watched.look()
    watched.livekit.hide(watched.room, str(watched.callee))
    await watched.look(ENOUGH_LOOKS - 1)
    assert watched.stay(watched.callee)["left_at"] is None


async def test_whom_a_list_left_out_for_long_is_in_again_when_seen_for_as_long(watched: Watched) -> None:
    await watched.come()
    await watched.look()
    watched.livekit.hide(watched.room, str(watched.callee))
    await watched.look(ENOUGH_LOOKS)
    assert watched.stay(watched.callee)["left_at"] is not None
    watched.livekit.show(watched.room, str(watched.callee))
    await watched.look(ENOUGH_LOOKS - 1)
    assert watched.stay(watched.callee)["left_at"] is not None, "who has just gone may be listed still"
    await watched.look()
    assert watched.stay(watched.callee)["left_at"] is None
    assert watched.row["status"] == "accepted"


async def test_silence_of_livekit_ends_no_call(watched: Watched) -> None:
    await watched.come()
    await watched.look()
    watched.livekit.reachable = False
    for _ in range(2 * ENOUGH_LOOKS):
        with pytest.raises(LiveKitUnavailable):
            await watched.look()
    assert watched.stay(watched.callee)["left_at"] is None
    watched.livekit.reachable = True
    await watched.look()
    assert watched.stay(watched.callee)["left_at"] is None


async def test_a_stranger_in_a_calls_room_is_put_out_though_no_webhook_came(watched: Watched, world: World) -> None:
    stranger = world.person()
    await watched.come()
    await watched.come(stranger)
    await watched.look()
    await watched.outbox.work()
    assert watched.livekit.people(watched.room) == {str(watched.caller), str(watched.callee)}


async def test_a_room_that_cannot_be_read_keeps_no_other_call_from_being_looked_at(
    watched: Watched, world: World
) -> None:
    other = Watched(world, watched.database, watched.livekit, world.person())
    await watched.come()
    await other.come()
    watched.livekit.unreadable.add(watched.room)
    with pytest.raises(LiveKitUnavailable):
        await watched.look()
    assert other.stay(other.caller)["seen_at"] is not None
