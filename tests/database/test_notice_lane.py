"""From an event to the push service's socket: at once, once, within what it is worth, and by what its reader wants."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sahne.database.pool import Database
from sahne.notices.lane import NoticeLane
from sahne.notices.receipts import Receipts
from sahne.notices.words import NoticeWords
from sahne.providers.mail.smtp import SmtpMail, SmtpServer
from sahne.providers.outgoing import Unreached
from sahne.providers.push.expo import Expo
from sahne.settings import Settings
from tests.eventually import eventually_async
from tests.notices import PushService, SocketChannel
from tests.push_services import FakeExpo, fake_expo
from tests.smtp_server import SmtpTwin
from tests.world import World

pytestmark = pytest.mark.anyio
STATES = "select code, state, tries from private.deliveries order by created_at, code"


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService() as service:
        yield service


@pytest.fixture
def world(world: World) -> World:
    """Nothing on its way yet."""
    world.owner("truncate private.deliveries, private.devices, private.notice_channels, private.fan_outs")
    return world


@asynccontextmanager
async def lane(
    database: Database, settings: Settings, service: PushService, mailer: SmtpMail | None = None, *platforms: str
) -> AsyncIterator[NoticeLane]:
    channels = {platform: SocketChannel(service) for platform in platforms or ("fcm", "apns", "apns_voip")}
    made = NoticeLane(
        database, settings.direct_authenticator_url, channels, mailer, NoticeWords("en"), site_url="https://app.example"
    )
    async with made.running():
        yield made


def device(world: World, who: UUID, token: str, platform: str = "fcm", locale: str = "en") -> UUID:
    answer = world.verb(who, "put_device", platform, "com.example.app", token, locale, None)
    return UUID(answer["device"]["id"])


def call(world: World, caller: UUID, callee: UUID) -> UUID:
    return UUID(world.verb(caller, "start_call", callee, "video_call")["call"]["id"])


async def states(world: World) -> list[tuple[str, str, int]]:
    return [(row["code"], row["state"], row["tries"]) for row in world.owner(STATES)]


async def test_a_ring_is_at_the_push_service_within_a_second_of_its_insert(
    world: World, database: Database, settings: Settings, service: PushService, bo: UUID
) -> None:
    callee = world.person(creator=True)
    device(world, callee, "phone", locale="tr-TR")
    async with lane(database, settings, service):
        clock = asyncio.get_running_loop()
        await eventually_async(lambda: listens(world))
        began = clock.time()
        ring = await asyncio.to_thread(call, world, bo, callee)
        await eventually_async(lambda: so(service.taken))
    (push,) = service.taken
    assert service.moments[0] - began < 1
    assert (push["token"], push["urgent"], push["collapse"]) == ("phone", True, f"call:{ring}")
    assert push["title"].endswith("arıyor")
    assert push["data"]["code"] == "call_rings"
    assert str(ring) in push["data"]["details"]


async def test_a_phone_that_can_ring_is_rung_and_not_also_shown_it(
    world: World, database: Database, settings: Settings, service: PushService, bo: UUID
) -> None:
    callee = world.person(creator=True)
    for platform, token in (("apns", "alerts"), ("apns_voip", "rings")):
        device(world, callee, token, platform)
    ring = call(world, bo, callee)
    async with lane(database, settings, service):
        assert await states(world) == []  # nothing was set up when it rang
        world.verb(bo, "step_call", ring, "missed")
        await eventually_async(lambda: so(service.codes == ["call_missed"]))
        assert service.taken[0]["token"] == "alerts"
        world.owner("delete from private.paces")
        await asyncio.to_thread(call, world, bo, callee)
        await eventually_async(lambda: so(len(service.taken) == 2))
    assert (service.codes[1], service.taken[1]["token"]) == ("call_rings", "rings")


async def test_a_ring_that_is_late_or_over_is_not_sent(
    world: World, database: Database, settings: Settings, service: PushService, bo: UUID
) -> None:
    world.verb(None, "set_notice_channels", ["fcm"])
    late, over = world.person(creator=True), world.person(creator=True)
    for callee in (late, over):
        device(world, callee, f"of-{callee}")
    call(world, bo, late)
    assert world.one("select expires_at - created_at from private.deliveries") == timedelta(seconds=45)
    world.owner("update private.deliveries set expires_at = now() - interval '1 second'")
    caller = world.person()
    world.verb(over, "step_call", call(world, caller, over), "rejected")
    async with lane(database, settings, service) as running:
        await running.drain()
    assert service.taken == []
    assert sorted(row["state"] for row in world.owner(STATES)) == ["expired", "superseded"]


async def test_what_a_service_does_not_take_is_tried_again_refused_or_forgotten(
    world: World, database: Database, settings: Settings, service: PushService, ada: UUID
) -> None:
    device(world, ada, "phone")
    service.answers = deque([503])
    async with lane(database, settings, service) as running:
        world.one("select private.tell(%s, 'subscribed')", ada)
        await eventually_async(lambda: is_so(world, [("subscribed", "waiting", 1)]))
        due = world.one("select due_at - now() from private.deliveries")
        assert timedelta(seconds=5) < due <= timedelta(seconds=10)
        world.owner("update private.deliveries set due_at = now()")
        await eventually_async(lambda: is_so(world, [("subscribed", "sent", 2)]))
        assert service.taken[0]["id"] == service.taken[1]["id"]
        service.answers = deque([400])
        world.one("select private.tell(%s, 'premium_began')", ada)
        await eventually_async(lambda: is_so(world, [("subscribed", "sent", 2), ("premium_began", "refused", 1)]))
        service.answers = deque([410])
        world.one("select private.tell(%s, 'premium_ended')", ada)
        await eventually_async(lambda: so(world.verb(ada, "own_devices")["devices"] == []))
        await running.drain()
    assert len(service.taken) == 4


@pytest.fixture
async def expo(world: World, database: Database, settings: Settings) -> AsyncIterator[tuple[FakeExpo, Receipts]]:
    """Expo has taken a push for each of a person's devices, and is asked about them from now on."""
    with fake_expo() as fake:
        channel = Expo(fake.url, None)
        reader, channels = world.person(), {"expo": channel}
        lane = NoticeLane(
            database,
            settings.direct_authenticator_url,
            channels,
            None,
            NoticeWords("en"),
            site_url="https://app.example",
        )
        for token in ("here", "gone", "returned", "wrong", "busy", "unknown"):
            device(world, reader, token, "expo")
        async with lane.running():
            world.one("select private.tell(%s, 'subscribed')", reader)
            await lane.drain()
        yield fake, Receipts(database, channels)
        await channel.close()


WAITED = "update private.deliveries set receipt_due_at = now() where receipt_due_at is not null"
ASKED = """
select token, state, receipt_due_at is not null as is_open
  from private.deliveries join private.devices on devices.id = device_id order by token
"""


async def test_what_expo_says_a_quarter_of_an_hour_later_forgets_devices_that_are_gone(
    world: World, expo: tuple[FakeExpo, Receipts]
) -> None:
    fake, receipts = expo
    error = {"status": "error", "message": "made up"}
    fake.receipts = {
        "here": {"status": "ok"},
        "gone": error | {"details": {"error": "DeviceNotRegistered"}},
        "returned": error | {"details": {"error": "DeviceNotRegistered"}},
        "wrong": error | {"details": {"error": "MismatchSenderId"}},
        "busy": error | {"details": {"error": "MessageRateExceeded"}},
    }
    waits = (
        "select min(receipt_due_at - sent_at) as least, max(receipt_due_at - sent_at) as most from private.deliveries"
    )
    assert world.owner(waits) == [{"least": timedelta(minutes=15), "most": timedelta(minutes=15)}]
    await receipts.ask()  # too early: nothing is asked for
    assert {row["is_open"] for row in world.owner(ASKED)} == {True}
    world.owner(WAITED)
    world.owner("update private.devices set seen_at = now() where token = 'returned'")  # installed again meanwhile
    await receipts.ask()
    assert [tuple(row.values()) for row in world.owner(ASKED)] == [
        ("busy", "waiting", False),
        ("here", "sent", False),
        ("returned", "sent", False),
        ("unknown", "sent", True),
        ("wrong", "refused", False),
    ]
    assert world.one(
        "select receipt_due_at > now() + interval '14 minutes' from private.deliveries where service_id = 'unknown'"
    )


async def test_receipts_that_cannot_be_had_are_asked_for_again(world: World, expo: tuple[FakeExpo, Receipts]) -> None:
    fake, receipts = expo
    world.owner(WAITED)
    fake.receipts_fail = True
    with pytest.raises(Unreached):
        await receipts.ask()
    assert {row["is_open"] for row in world.owner(ASKED)} == {True}
    fake.receipts_fail = False
    fake.receipts = {"gone": {"status": "error", "details": {"error": "DeviceNotRegistered"}}}
    world.owner(WAITED)
    await receipts.ask()
    assert "gone" not in {row["token"] for row in world.owner(ASKED)}


async def test_services_that_give_no_receipts_are_not_asked_for_any(
    world: World, database: Database, settings: Settings, service: PushService, ada: UUID
) -> None:
    device(world, ada, "phone")
    async with lane(database, settings, service) as running:
        world.one("select private.tell(%s, 'subscribed')", ada)
        await running.drain()
    assert world.owner("select service_id = id::text as is_ours, receipt_due_at from private.deliveries") == [
        {"is_ours": True, "receipt_due_at": None}
    ]


async def test_what_a_dead_worker_held_is_sent_by_another_and_by_one_alone(
    world: World, database: Database, settings: Settings, service: PushService, ada: UUID
) -> None:
    device(world, ada, "phone")
    world.verb(None, "set_notice_channels", ["fcm", "apns", "apns_voip"])
    for code in ("subscribed", "premium_began"):
        world.one("select private.tell(%s, %s)", ada, code)
    taken = world.owner("select code from private.take_deliveries(false, 1, 0)")  # and died
    assert len(taken) == 1
    async with lane(database, settings, service) as one, lane(database, settings, service) as other:
        await one.drain()
        await other.drain()
    assert sorted(service.codes) == ["premium_began", "subscribed"]


async def test_followers_that_come_are_one_push_and_the_rest_waits(
    world: World, database: Database, settings: Settings, service: PushService
) -> None:
    creator = world.person(creator=True)
    device(world, creator, "phone")
    async with lane(database, settings, service) as running:
        for _ in range(4):
            world.verb(world.person(), "follow_profile", creator)
            await running.drain()
        assert len(service.taken) == 1
        waiting = "update private.deliveries set due_at = now() where state = 'waiting' returning event_count"
        assert world.owner(waiting) == [{"event_count": 4}]
        await eventually_async(lambda: so(len(service.taken) == 2))
    assert service.taken[1]["body"] == "4 people follow you now."
    assert service.taken[0]["collapse"] == service.taken[1]["collapse"]


async def test_quiet_hours_hold_news_back_leave_out_what_would_be_late_and_let_calls_pass(
    world: World, database: Database, settings: Settings, service: PushService, bo: UUID
) -> None:
    sleeper = world.person(creator=True)
    device(world, sleeper, "phone")
    world.verb(sleeper, "change_notice_preferences", quiet_now(world))
    async with lane(database, settings, service) as running:
        for code in ("subscribed", "session_soon", "password_changed"):
            world.one("select private.tell(%s, %s)", sleeper, code)
        call(world, bo, sleeper)
        await running.drain()
    assert sorted(service.codes) == ["call_rings", "password_changed"]
    held = world.owner(
        "select code, due_at > now() + interval '30 minutes' as late from private.deliveries where state = 'waiting'"
    )
    assert held == [{"code": "subscribed", "late": True}]
    codes = [row["code"] for row in world.sql(sleeper, "select code from public.notifications order by code")]
    assert codes == ["password_changed", "session_soon", "subscribed"]


async def test_letters_go_to_whom_they_are_wanted_by_and_about_an_address_to_the_old_one(
    world: World, database: Database, settings: Settings, service: PushService
) -> None:
    reader = world.person(email="old@example.com")
    world.owner("update auth.users set email_confirmed_at = now() where id = %s", reader)
    unproven = world.person(email="unproven@example.com")
    async with SmtpTwin() as smtp:
        mailer = SmtpMail(SmtpServer.of(f"smtp://127.0.0.1:{smtp.port}?tls=none"), "Sahne <no-reply@example.com>")
        async with lane(database, settings, service, mailer) as running:
            for who in (reader, unproven):
                for code in ("new_device", "follower_gained", "subscription_ended"):
                    world.one("select private.tell(%s, %s)", who, code)
            world.owner("update auth.users set email = 'new@example.com' where id = %s", reader)
            await eventually_async(lambda: so(len(smtp.taken) == 3))
            await running.drain()
    said = sorted((letter["Subject"], letter["To"]) for letter in smtp.taken)
    assert [subject for subject, _ in said] == ["A new device", "Your address was changed", "Your subscription ended"]
    assert said[1][1] == "old@example.com"
    assert not any("unproven" in to for _, to in said)


async def test_where_nothing_is_set_up_nothing_is_queued(
    world: World, database: Database, settings: Settings, service: PushService, ada: UUID
) -> None:
    device(world, ada, "browser", "web")
    async with lane(database, settings, service, None, "fcm"):
        world.one("select private.tell(%s, 'subscribed')", ada)
        assert await states(world) == []
    assert world.verb(ada, "own_notices")["unread"] > 0


async def test_a_device_is_the_last_ones_who_registered_it_and_goes_with_the_session(
    world: World, ada: UUID, bo: UUID
) -> None:
    mine = device(world, ada, "phone")
    assert world.refusal(bo, "forget_device", mine) == (404, "not_found")
    device(world, bo, "phone")
    assert world.verb(ada, "own_devices")["devices"] == []
    for number in range(21):
        device(world, ada, f"phone-{number}")
    tokens = world.owner("select token from private.devices where user_id = %s", ada)
    assert len(tokens) == 20
    assert {"token": "phone-0"} not in tokens


def quiet_now(world: World) -> str:
    now = "to_char(now() at time zone 'UTC' + %s::interval, 'HH24:MI')"
    begins, until = (world.one(f"select {now}", shift) for shift in ("-1 hour", "1 hour"))
    return f'{{"quiet_hours": {{"starts": "{begins}", "ends": "{until}", "time_zone": "UTC"}}}}'


async def listens(world: World) -> bool:
    asked = "select count(*) from pg_stat_activity where application_name = 'sahne notices' and query like 'listen%%'"
    return bool(world.one(asked))


async def so(holds: Any) -> bool:
    return bool(holds)


async def is_so(world: World, expected: list[tuple[str, str, int]]) -> bool:
    return await states(world) == expected
