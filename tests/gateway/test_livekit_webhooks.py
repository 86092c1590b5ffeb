"""`/webhooks/livekit`: who is believed, and that late, repeated, reordered and unknown events do no harm."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.live.inbox import ATTEMPTS_MAX, Inbox, store_event
from sahne.providers.livekit import InMemoryLiveKit, permission_of
from sahne.providers.livekit.memory import SignedWebhook
from sahne.settings import Settings
from tests.conftest import running_server
from tests.database.stage_world import World
from tests.eventually import eventually
from tests.gateway.stage_door import Door

STORED = "select count(*) from private.livekit_events where id = %s"
DONE = "select count(*) from private.livekit_events where id = %s and processed_at is not null"


@pytest.fixture(scope="module")
def world(database_url: str) -> World:
    return World(database_url)


@pytest.fixture(scope="module")
def livekit() -> InMemoryLiveKit:
    return InMemoryLiveKit()


@pytest.fixture(scope="module")
def door(settings: Settings, livekit: InMemoryLiveKit) -> Iterator[Door]:
    with running_server(settings, livekit):
        door = Door(settings)
        yield door
        door.close()


def event(name: str = "track_published", **fields: object) -> tuple[str, bytes]:
    event_id = f"EV_{uuid4().hex}"
    return event_id, orjson.dumps({"event": name, "id": event_id, "createdAt": str(int(time.time()))} | fields)


def test_an_event_nobody_knows_is_kept_and_done_with(door: Door, livekit: InMemoryLiveKit, world: World) -> None:
    event_id, body = event("something_new", room={"name": "nowhere"})
    assert door.webhook(livekit.sign(body)).status_code == 200
    eventually(lambda: world.one(DONE, event_id) == 1)


def test_an_event_sent_again_is_one_event(door: Door, livekit: InMemoryLiveKit, world: World) -> None:
    event_id, body = event()
    for _ in range(5):
        assert door.webhook(livekit.sign(body)).status_code == 200
    assert world.one(STORED, event_id) == 1


def attacks() -> Iterator[tuple[str, SignedWebhook]]:
    ours, theirs = InMemoryLiveKit(), InMemoryLiveKit(secret="x" * 40)
    now = int(time.time())
    _, body = event(marker="forged")
    good = ours.sign(body)
    yield "no signature", SignedWebhook(body, "")
    yield "another secret", theirs.sign(body)
    yield "another key", ours.sign(body, iss="APIother")
    yield "another body", SignedWebhook(body.replace(b"forged", b"forgot"), good.authorization)
    yield "a Bearer prefix", SignedWebhook(body, f"Bearer {good.authorization}")
    yield "no hash", ours.sign(body, sha256="")
    yield "expired", ours.sign(body, exp=now - 62)
    yield "not yet", ours.sign(body, nbf=now + 120)
    yield "no body", SignedWebhook(b"", good.authorization)


@pytest.mark.parametrize("sent", [pytest.param(sent, id=name) for name, sent in attacks()])
def test_a_forged_webhook_is_refused_and_leaves_nothing(door: Door, world: World, sent: SignedWebhook) -> None:
    answer = door.webhook(sent)
    assert (answer.status_code, answer.json()["code"]) == (401, "webhook_refused")
    assert world.one("select count(*) from private.livekit_events where body ->> 'marker' = 'forged'") == 0


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"id": "EV_nul", "event": "a\\u0000b"}'])
def test_an_authentic_body_that_cannot_be_kept_is_not_asked_for_again(
    door: Door, livekit: InMemoryLiveKit, body: bytes
) -> None:
    answer = door.webhook(livekit.sign(body))
    assert (answer.status_code, answer.json()["code"]) == (400, "webhook_unreadable")


def test_who_connects_and_goes_is_counted(door: Door, livekit: InMemoryLiveKit, world: World) -> None:
    ada = world.person(creator=True)
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    livekit.connect(door.done(ada, f"live/sessions/{session}/start")["livekit"]["token"])
    viewers = [world.person() for _ in range(3)]
    for viewer in viewers:
        livekit.connect(door.done(viewer, f"live/sessions/{session}/join")["livekit"]["token"])
    door.deliver(livekit)
    eventually(lambda: world.row(UUID(session))["viewer_count"] == 3)
    livekit.disconnect(f"live_{session}", str(viewers[0]))
    door.deliver(livekit)
    eventually(lambda: world.row(UUID(session))["viewer_count"] == 2)
    row = world.row(UUID(session))
    assert (row["peak_viewers"], row["total_viewers"]) == (3, 3)
    livekit.disconnect(f"live_{session}", str(ada))
    door.deliver(livekit)
    eventually(lambda: world.row(UUID(session))["interrupted_at"] is not None)
    livekit.connect(door.done(ada, f"live/sessions/{session}/start")["livekit"]["token"])
    door.deliver(livekit)
    eventually(lambda: world.row(UUID(session))["interrupted_at"] is None)


def test_who_was_never_let_in_is_put_out(door: Door, livekit: InMemoryLiveKit, world: World) -> None:
    ada, stranger = world.person(creator=True), world.person()
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    door.done(ada, f"live/sessions/{session}/start")
    room = f"live_{session}"
    for identity in (str(stranger), "no-uuid"):
        livekit.connect(livekit.token(room, identity, "", permission_of("viewer", "video_live")))
        door.deliver(livekit)
        eventually(lambda who=identity: who not in livekit.people(room))
    assert world.row(UUID(session))["viewer_count"] == 0


def test_machines_are_not_counted(door: Door, livekit: InMemoryLiveKit, world: World) -> None:
    ada, bo = world.person(creator=True), world.person()
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    door.done(ada, f"live/sessions/{session}/start")
    person = {"identity": str(bo), "sid": "PA_recorder", "kind": "EGRESS"}
    event_id, body = event(
        "participant_joined", room={"name": f"live_{session}", "numParticipants": 99}, participant=person
    )
    door.webhook(livekit.sign(body))
    eventually(lambda: world.one(DONE, event_id) == 1)
    assert world.row(UUID(session))["viewer_count"] == 0
    assert world.one("select count(*) from private.livekit_outbox where identity = %s", str(bo)) == 0


def test_a_stale_end_of_a_room_does_not_end_its_session(door: Door, livekit: InMemoryLiveKit, world: World) -> None:
    ada = world.person(creator=True)
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    door.done(ada, f"live/sessions/{session}/start")
    event_id, body = event("room_finished", room={"name": f"live_{session}", "sid": "RM_old"})
    door.webhook(livekit.sign(body))
    eventually(lambda: world.one(DONE, event_id) == 1)
    assert world.row(UUID(session))["status"] == "live"
    livekit.restart()
    event_id, body = event("room_finished", room={"name": f"live_{session}", "sid": "RM_new"})
    door.webhook(livekit.sign(body))
    eventually(lambda: world.row(UUID(session))["status"] == "ended")


@pytest.mark.anyio
@pytest.mark.parametrize("stays", [True, False], ids=["who stayed", "who went"])
async def test_any_order_of_events_gives_the_same_rows(world: World, settings: Settings, stays: bool) -> None:
    """120 viewers, each with one permutation of five events, each event once or twice."""
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
        livekit.untold.clear()
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
    async with Database(settings.authenticator_url) as database:
        inbox = Inbox(database, livekit, lambda: None)
        for place in range(5):
            for number, (_, sent) in enumerate(each for each in everything if each[0] == place):
                async with database.transaction(SERVICE) as conn:
                    await store_event(conn, livekit.verify(sent.body, sent.authorization))
                    if number % 2:
                        await store_event(conn, livekit.verify(sent.body, sent.authorization))
            while await inbox.work():
                pass
    states = world.owner(
        "select is_active, count(*) from public.live_participants where role <> 'host' and session_id = %s group by 1",
        session,
    )
    assert states == [{"is_active": stays, "count": len(viewers)}]
    row = world.row(session)
    assert (row["status"], row["viewer_count"], row["total_viewers"]) == ("live", len(viewers) * stays, len(viewers))
    assert world.one("select count(*) from private.livekit_events where processed_at is null") == 0


@pytest.mark.anyio
async def test_an_event_that_fails_holds_up_no_other_and_is_given_up_in_the_end(
    world: World, settings: Settings
) -> None:
    livekit = InMemoryLiveKit()
    livekit.reachable = False  # what a room's end means must be asked of LiveKit
    finished_id, finished = event("room_finished", room={"name": "live_x"})
    other_id, other = event("something_new")
    async with Database(settings.authenticator_url) as database:
        for body in (finished, other):
            async with database.transaction(SERVICE) as conn:
                await store_event(conn, livekit.verify(body, livekit.sign(body).authorization))
        inbox = Inbox(database, livekit, lambda: None)
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


def test_while_the_database_is_away_livekit_is_asked_to_send_again(
    livekit: InMemoryLiveKit, cluster_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.conftest import cloned, free_port

    with cloned(cluster_url, template) as url:
        settings = Settings(_env_file=None, data=tmp_path_factory.mktemp("d"), port=free_port(), database_url=url)  # type: ignore[call-arg]
        with running_server(settings, InMemoryLiveKit()):
            door = Door(settings)
            name = url.rpartition("/")[2]
            with psycopg.connect(cluster_url, autocommit=True) as conn:
                conn.execute(f"alter database {name} allow_connections false")
                conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
                event_id, body = event()
                assert door.webhook(livekit.sign(body)).status_code >= 500
                conn.execute(f"alter database {name} allow_connections true")
            eventually(lambda: door.webhook(livekit.sign(body)).status_code == 200)
            assert World(url).one(STORED, event_id) == 1
            door.close()
