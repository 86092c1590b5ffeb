"""`/webhooks/livekit`: who is believed, and that late, repeated, reordered and unknown events do no harm."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from sahne.providers.livekit import InMemoryLiveKit, permission_of
from sahne.providers.livekit.memory import NotLetIn, SignedWebhook
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.conftest import cloned, free_port, running_server
from tests.eventually import eventually
from tests.stage import Door, event
from tests.world import World

# As LiveKit sends what is answered 5xx: after 1, 2, 4 and 8 seconds more; the last one finds a database that was away for
# ten seconds back again
LIVEKIT_SENDS_AT_SECONDS = (0, 1, 3, 7, 15)
AWAY_SECONDS = 10
STORED = "select count(*) from private.livekit_events where id = %s"
DONE = "select count(*) from private.livekit_events where id = %s and processed_at is not null"


def test_an_event_nobody_knows_is_kept_and_done_with(door: Door, livekit: InMemoryLiveKit, world: World) -> None:
    event_id, body = event("something_new", room={"name": "nowhere"})
    assert door.webhook(livekit.sign(body)).status_code == 200
    eventually(lambda: world.one(DONE, event_id) == 1)


def test_an_event_sent_again_is_one_event(door: Door, livekit: InMemoryLiveKit, world: World) -> None:
    event_id, body = event()
    for _ in range(5):
        assert door.webhook(livekit.sign(body)).status_code == 200
    assert world.one(STORED, event_id) == 1


def test_while_a_key_is_changed_both_are_believed_and_then_the_new_one_alone(
    livekit: InMemoryLiveKit, settings: Settings
) -> None:
    twin, made = InMemoryLiveKit("APIbefore", "b" * 40), replace(settings, port=free_port())
    before = [twin.sign(event()[1]) for _ in range(2)]
    with running_server(made, twin):
        door = Door(made)
        assert door.webhook(before[0]).status_code == 200
        twin.change_key("APInow", "n" * 40)
        assert [door.webhook(sent).status_code for sent in (before[1], twin.sign(event()[1]))] == [200, 200]
        twin.retire_old_key()
        assert door.webhook(before[0]).status_code == 401
        assert door.webhook(twin.sign(event()[1])).status_code == 200
        mixed = InMemoryLiveKit("APInow", "b" * 40).sign(event()[1])
        assert door.webhook(mixed).status_code == 401, "the new key with the secret of before"
        door.close()


def attacks() -> Iterator[tuple[str, SignedWebhook]]:
    ours, theirs = InMemoryLiveKit(), InMemoryLiveKit(secret="x" * 40)
    now = int(time.time())
    _, body = event(marker="forged")
    fresh = {"exp": now + 86_400}  # made when the file is read: none may be refused for mere age
    good = ours.sign(body, **fresh)
    yield "no signature", SignedWebhook(body, "")
    yield "another secret", theirs.sign(body, **fresh)
    yield "another key", ours.sign(body, iss="APIother", **fresh)
    yield "another body", SignedWebhook(body.replace(b"forged", b"forgot"), good.authorization)
    yield "a Bearer prefix", SignedWebhook(body, f"Bearer {good.authorization}")
    yield "no hash", ours.sign(body, sha256="", **fresh)
    yield "expired", ours.sign(body, exp=now - 62)
    yield "not yet", ours.sign(body, nbf=now + 86_400, exp=now + 172_800)
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


def test_who_connects_and_goes_is_counted(door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID) -> None:
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


def test_who_was_never_let_in_is_put_out(door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID) -> None:
    stranger = world.person()
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    door.done(ada, f"live/sessions/{session}/start")
    room = f"live_{session}"
    for identity in (str(stranger), "no-uuid"):
        livekit.connect(livekit.token(room, identity, "", permission_of("viewer", "video_live")))
        door.deliver(livekit)
        eventually(lambda who=identity: who not in livekit.people(room))
    assert world.row(UUID(session))["viewer_count"] == 0


def test_others_rooms_are_not_ours_to_keep(door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID) -> None:
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    door.done(ada, f"live/sessions/{session}/start")
    stranger = str(world.person())
    for room in ("daily", f"live_{session}"):
        asyncio.run(livekit.create_room(room))
        for identity in ("alice", stranger):
            livekit.connect(livekit.token(room, identity, "", permission_of("viewer", "video_live")))
    door.deliver(livekit)
    eventually(lambda: livekit.people(f"live_{session}") == set())
    assert livekit.people("daily") == {"alice", stranger}


@pytest.mark.parametrize("tail", ["x", "\0", "\0" * 2_000, "é" * 20_000, "'; drop table public.calls; --"])
def test_a_second_connection_under_a_name_of_its_own_making_is_put_out(
    door: Door, livekit: InMemoryLiveKit, ada: UUID, tail: str
) -> None:
    """LiveKit lets in whoever may publish once more, as `<identity>#<what they like>`."""
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    livekit.connect(door.done(ada, f"live/sessions/{session}/start")["livekit"]["token"])
    room = f"live_{session}"
    livekit.connect(livekit.token(room, f"{ada}#{tail}", "", permission_of("host", "video_live")))
    door.deliver(livekit)
    eventually(lambda: livekit.people(room) == {str(ada)})


def test_sound_that_calls_itself_a_picture_puts_its_sender_out_and_honest_tracks_do_not(
    door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID, bo: UUID
) -> None:
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    livekit.connect(door.done(ada, f"live/sessions/{session}/start")["livekit"]["token"])
    room = f"live_{session}"
    token = door.done(bo, f"live/sessions/{session}/join")["livekit"]["token"]
    world.owner("update public.live_participants set role = 'invited_guest' where profile_id = %s", bo)
    token = door.done(bo, f"live/sessions/{session}/join")["livekit"]["token"]
    livekit.connect(token)
    livekit.publish(room, str(ada), "camera", "VIDEO")
    livekit.publish(room, str(bo), "microphone", "AUDIO")
    door.deliver(livekit)
    door.done(ada, f"live/sessions/{session}/participants/{bo}/mute")
    eventually(lambda: livekit.sources(room, str(bo)) == ("camera",))
    livekit.publish(room, str(bo), "camera", "AUDIO")
    door.deliver(livekit)
    eventually(lambda: livekit.people(room) == {str(ada)})
    livekit.connect(token)
    livekit.publish(room, str(bo), "camera", "VIDEO")
    event_id, body = event("something_new")
    door.deliver(livekit)
    door.webhook(livekit.sign(body))
    eventually(lambda: world.one(DONE, event_id) == 1)
    assert livekit.people(room) == {str(ada), str(bo)}


def test_machines_are_not_counted(door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID, bo: UUID) -> None:
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


def test_a_stale_end_of_a_room_does_not_end_its_session(
    door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID
) -> None:
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


def test_a_room_that_starts_again_for_what_is_over_is_closed_and_others_are_left_alone(
    door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID
) -> None:
    session = door.done(ada, "live/sessions", {"session_type": "video_live"})["session"]["id"]
    token = door.done(ada, f"live/sessions/{session}/start")["livekit"]["token"]
    door.done(ada, f"live/sessions/{session}/end")
    eventually(lambda: f"live_{session}" not in livekit.open_rooms())
    with pytest.raises(NotLetIn):
        livekit.connect(token)
    for room in (f"live_{session}", "weekly"):
        asyncio.run(livekit.create_room(room))
    door.deliver(livekit)
    eventually(lambda: f"live_{session}" not in livekit.open_rooms())
    assert "weekly" in livekit.open_rooms()


def test_while_the_database_is_away_livekit_is_asked_to_send_again(
    livekit: InMemoryLiveKit, cluster_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with cloned(cluster_url, template) as url:
        settings = read_settings(env_file=None, data=tmp_path_factory.mktemp("d"), port=free_port(), database_url=url)
        with running_server(settings, InMemoryLiveKit()):
            door = Door(settings)
            name = url.rpartition("/")[2]
            with psycopg.connect(cluster_url, autocommit=True) as conn:
                conn.execute(f"alter database {name} allow_connections false")
                conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
                events = [event() for _ in range(5)]
                for second in LIVEKIT_SENDS_AT_SECONDS:
                    if second >= AWAY_SECONDS:
                        break
                    assert {door.webhook(livekit.sign(body)).status_code for _, body in events} <= set(range(500, 600))
                conn.execute(f"alter database {name} allow_connections true")
            for event_id, body in events:
                eventually(lambda body=body: door.webhook(livekit.sign(body)).status_code == 200)
                assert World(url).one(STORED, event_id) == 1
            door.close()
