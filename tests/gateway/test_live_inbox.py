"""Events of LiveKit in any order, and events that cannot be dealt with."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest

from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.live.inbox import ATTEMPTS_MAX, Inbox, keep
from sahne.providers.livekit import InMemoryLiveKit, permission_of
from sahne.providers.livekit.memory import SignedWebhook
from sahne.settings import Settings
from tests.live_servers import alone
from tests.stage import event
from tests.world import World

pytestmark = pytest.mark.anyio
DONE = "select count(*) from private.livekit_events where id = %s and processed_at is not null"


@pytest.mark.parametrize("stays", [True, False], ids=["who stayed", "who went"])
async def test_any_order_of_events_gives_the_same_rows(world: World, settings: Settings, stays: bool) -> None:
    """120 viewers, each with one permutation of five events, each event one to five times."""
    livekit = InMemoryLiveKit()
    session = world.session(world.person(creator=True))
    room = f"live_{session}"
    await livekit.create_room(room)
    orders = list(itertools.permutations(range(5)))
    everything: list[tuple[int, SignedWebhook]] = []
    viewers: list[UUID] = []
    for order in orders:
        viewer = world.watching(session)
        viewers.append(viewer)
        livekit.tell_nothing()
        token = livekit.token(room, str(viewer), "", permission_of("viewer", "video_live"))
        livekit.connect(token)
        livekit.disconnect(room, str(viewer))
        livekit.connect(token)
        if not stays:
            livekit.disconnect(room, str(viewer))
        told = list(livekit.tell_all())
        _, started = event("room_started", room={"name": room})
        _, finished = event("room_finished", room={"name": room, "sid": "RM_before"})
        five = [*told, livekit.sign(started), livekit.sign(finished)][:5]
        everything += [(place, five[which]) for place, which in enumerate(order)]
    async with Database(settings.authenticator_url) as database, Pipeline(settings.authenticator_url) as pipeline:
        inbox = Inbox(database, alone(livekit).default, lambda: None)
        for place in range(5):
            for number, (_, sent) in enumerate(each for each in everything if each[0] == place):
                for _ in range(1 + number % 5):
                    await keep(pipeline, livekit.verify(sent.body, sent.authorization), alone(livekit).default)
            while await inbox.work():
                pass
    states = world.owner(
        "select is_active, count(*) from public.live_participants where role <> 'host' and session_id = %s group by 1",
        session,
    )
    assert states == [{"is_active": stays, "count": len(viewers)}]
    row = world.row(session)
    assert (row["status"], row["viewer_count"], row["total_viewers"]) == ("live", len(viewers) * stays, len(viewers))
    assert row["livekit_room_sid"].startswith("RM_")
    assert world.one("select count(*) from private.livekit_events where processed_at is null") == 0


async def test_what_changes_nothing_is_kept_and_done_with_at_once(settings: Settings, world: World) -> None:
    livekit = InMemoryLiveKit()
    person = {"identity": str(world.person()), "sid": "PA_1"}
    unseen = person | {"kind": "AGENT"}
    async with Pipeline(settings.authenticator_url) as pipeline:
        for name, participant, matters in (
            ("track_published", person, False),
            ("room_started", {}, True),
            ("participant_joined", unseen, False),
            ("participant_joined", person, True),
            ("room_finished", {}, True),
        ):
            event_id, body = event(name, room={"name": "nowhere"}, participant=participant)
            sent = livekit.sign(body)
            assert (
                await keep(pipeline, livekit.verify(sent.body, sent.authorization), alone(livekit).default) is matters
            )
            assert world.one(DONE, event_id) == (not matters)


async def test_an_event_that_fails_holds_up_no_other_and_is_given_up_in_the_end(
    world: World, settings: Settings
) -> None:
    livekit = InMemoryLiveKit()
    livekit.reachable = False  # what a room's end means must be asked of LiveKit
    finished_id, finished = event("room_finished", room={"name": "live_x"})
    other_id, other = event("something_new")
    async with Database(settings.authenticator_url) as database, Pipeline(settings.authenticator_url) as pipeline:
        for body in (finished, other):
            await keep(pipeline, livekit.verify(body, livekit.sign(body).authorization), alone(livekit).default)
        inbox = Inbox(database, alone(livekit).default, lambda: None)
        while await inbox.work():
            pass
        assert world.one(DONE, other_id) == 1
        row = world.owner("select attempts, error from private.livekit_events where id = %s", finished_id)[0]
        assert row["attempts"] == 1
        assert "LiveKitUnavailable" in row["error"]
        for _ in range(ATTEMPTS_MAX):
            world.owner(
                "update private.livekit_events set received_at = received_at - interval '1 day' where id = %s",
                finished_id,
            )
            await inbox.work()
        assert world.one("select attempts from private.livekit_events where id = %s", finished_id) == ATTEMPTS_MAX
        assert not await inbox.work()


async def test_an_event_of_an_absurd_moment_is_dealt_with_as_of_now(world: World, settings: Settings) -> None:
    livekit = InMemoryLiveKit()
    session = world.session(world.person(creator=True))
    bo = world.watching(session)
    person = {"identity": str(bo), "sid": "PA_absurd"}
    room = {"name": f"live_{session}"}
    event_id, body = event("participant_joined", room=room, participant=person, createdAt=str(2**63 - 1))
    async with Database(settings.authenticator_url) as database, Pipeline(settings.authenticator_url) as pipeline:
        await keep(pipeline, livekit.verify(body, livekit.sign(body).authorization), alone(livekit).default)
        while await Inbox(database, alone(livekit).default, lambda: None).work():
            pass
    assert world.one(DONE, event_id) == 1
    joined = "select joined_at between now() - interval '1 minute' and now() from private.live_intervals"
    assert world.one(joined + " where livekit_sid = 'PA_absurd'") is True
