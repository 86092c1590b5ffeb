"""`is_video_enabled` says whose camera is on: as LiveKit's webhooks tell in any order, and as it shows when it is looked at."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.live.inbox import Inbox, keep
from sahne.live.outbox import Outbox
from sahne.live.reconcile import Reconcile
from sahne.live.rooms import Rooms
from sahne.providers.livekit import InMemoryLiveKit, permission_of
from sahne.providers.livekit.memory import SignedWebhook
from sahne.settings import Settings
from tests.live_servers import alone
from tests.world import World

pytestmark = pytest.mark.anyio


class Stage:
    """A live session with its host connected, and the loops of its server worked by hand."""

    def __init__(self, world: World, database: Database, pipeline: Pipeline) -> None:
        self.world = world
        self.livekit = InMemoryLiveKit()
        self.host = world.person(creator=True)
        self.session = world.session(self.host)
        self.room = f"live_{self.session}"
        servers = alone(self.livekit)
        self._server = servers.default
        self._pipeline = pipeline
        self._inbox = Inbox(database, servers.default, lambda: None)
        self.reconcile = Reconcile(database, servers.default, lambda: None)
        self.outbox = Outbox(database, servers.default, Rooms(servers))

    def connect(self, who: UUID, role: str = "host") -> None:
        permission = permission_of(role, "video_live")
        self.livekit.connect(self.livekit.token(self.room, str(who), "", permission))

    def told(self) -> list[SignedWebhook]:
        return list(self.livekit.tell_all())

    async def hear(self, *sent: SignedWebhook) -> None:
        for each in sent or self.told():
            await keep(self._pipeline, self.livekit.verify(each.body, each.authorization), self._server)
            while await self._inbox.work():
                pass

    def is_on(self, who: UUID) -> bool:
        return bool(
            self.world.one(
                "select is_video_enabled from public.live_participants where session_id = %s and profile_id = %s",
                self.session,
                who,
            )
        )


@pytest.fixture
async def stage(settings: Settings, world: World) -> AsyncIterator[Stage]:
    world.owner("update public.live_sessions set status = 'ended' where status = 'live'")
    async with Database(settings.authenticator_url) as database, Pipeline(settings.authenticator_url) as pipeline:
        stage = Stage(world, database, pipeline)
        await stage.livekit.create_room(stage.room)
        stage.connect(stage.host)
        await stage.hear()
        yield stage


async def test_a_camera_that_comes_and_goes_is_shown_so(stage: Stage) -> None:
    host = stage.host
    assert not stage.is_on(host)
    stage.livekit.publish(stage.room, str(host), "camera", "VIDEO")
    await stage.hear()
    assert stage.is_on(host)
    stage.livekit.unpublish(stage.room, str(host), "camera")
    await stage.hear()
    assert not stage.is_on(host)


async def test_neither_a_screen_nor_a_voice_is_a_camera(stage: Stage) -> None:
    for source, kind in (("screen_share", "VIDEO"), ("microphone", "AUDIO"), ("screen_share_audio", "AUDIO")):
        stage.livekit.publish(stage.room, str(stage.host), source, kind)  # type: ignore[arg-type]
    await stage.hear()
    await stage.reconcile.work()
    assert not stage.is_on(stage.host)


@pytest.mark.parametrize("on_at_last", [True, False])
async def test_in_whatever_order_and_how_often_webhooks_come_the_last_state_is_shown(
    stage: Stage, on_at_last: bool
) -> None:
    host = str(stage.host)
    for order in itertools.permutations(range(3 + on_at_last)):
        stage.livekit.disconnect(stage.room, host)
        await stage.hear()
        stage.connect(stage.host)
        stage.livekit.publish(stage.room, host, "camera", "VIDEO")
        stage.livekit.unpublish(stage.room, host, "camera")
        if on_at_last:
            stage.livekit.publish(stage.room, host, "camera", "VIDEO")
        told = stage.told()
        await stage.hear(*(told[place] for place in order), *(told[place] for place in reversed(order)))
        assert stage.is_on(stage.host) is on_at_last, order


async def test_who_leaves_or_has_left_has_no_camera_on(stage: Stage) -> None:
    host = str(stage.host)
    stage.livekit.publish(stage.room, host, "camera", "VIDEO")
    published = stage.told()
    stage.livekit.disconnect(stage.room, host)
    await stage.hear()
    await stage.hear(*published)  # which comes late
    assert not stage.is_on(stage.host)


async def test_a_camera_of_another_connection_goes_on(stage: Stage) -> None:
    """Who comes back by another tab: the end of the old one is told last."""
    host = str(stage.host)
    stage.livekit.publish(stage.room, host, "camera", "VIDEO")
    stage.connect(stage.host)  # which ends the first
    stage.livekit.publish(stage.room, host, "camera", "VIDEO")
    told = stage.told()
    await stage.hear(*told[-2:], *told[:-2])
    assert stage.is_on(stage.host)


async def test_what_no_webhook_tells_is_found_by_looking(stage: Stage) -> None:
    host = str(stage.host)
    stage.livekit.publish(stage.room, host, "camera", "VIDEO")
    stage.livekit.tell_nothing()
    await stage.reconcile.work()
    assert stage.is_on(stage.host)
    stage.livekit.mute(stage.room, host, "camera")
    await stage.reconcile.work()
    assert not stage.is_on(stage.host)
    stage.livekit.mute(stage.room, host, "camera", muted=False)
    await stage.reconcile.work()
    assert stage.is_on(stage.host)


async def test_who_is_found_in_the_room_is_seated_with_their_camera(stage: Stage) -> None:
    bo = stage.world.watching(stage.session)
    stage.world.owner("update public.live_participants set role = 'co_host' where profile_id = %s", bo)
    stage.connect(bo, "co_host")
    stage.livekit.publish(stage.room, str(bo), "camera", "VIDEO")
    stage.livekit.tell_nothing()
    await stage.reconcile.work()
    assert stage.is_on(bo)


async def test_who_is_sent_back_among_the_audience_has_no_camera_on(stage: Stage) -> None:
    bo = stage.world.watching(stage.session)
    stage.world.owner("update public.live_participants set role = 'co_host' where profile_id = %s", bo)
    stage.connect(bo, "co_host")
    stage.livekit.publish(stage.room, str(bo), "camera", "VIDEO")
    await stage.hear()
    assert stage.is_on(bo)
    stage.world.verb(stage.host, "change_role", stage.session, bo, "viewer")
    await stage.outbox.work()
    await stage.hear()
    assert not stage.is_on(bo)


async def test_a_stranger_and_a_machine_have_no_camera_here(stage: Stage) -> None:
    before = stage.world.one("select count(*) from private.live_cameras")
    stranger = stage.world.person()
    stage.connect(stranger)
    stage.livekit.publish(stage.room, str(stranger), "camera", "VIDEO")
    await stage.hear()
    assert stage.world.one("select count(*) from private.live_cameras") == before


async def test_a_row_is_written_when_it_changes_and_not_at_each_word(stage: Stage) -> None:
    """Everybody in the room hears of each change."""
    written = "select xmin::text from public.live_participants where session_id = %s and profile_id = %s"
    stage.livekit.publish(stage.room, str(stage.host), "camera", "VIDEO")
    told = stage.told()
    await stage.hear(*told)
    first = stage.world.one(written, stage.session, stage.host)
    await stage.hear(*told)
    await stage.reconcile.work()
    stage.livekit.publish(stage.room, str(stage.host), "screen_share", "VIDEO")
    await stage.hear()
    assert stage.world.one(written, stage.session, stage.host) == first
