"""A sender that dies leaves nothing unsent; two send nothing twice; none speaks to an address of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from sahne.database.pool import Database
from sahne.sealing import Sealing
from sahne.settings import Settings
from sahne.standard_webhooks import new_secret
from sahne.webhooks.endpoints import PURPOSE
from sahne.webhooks.sender import WebhookSender
from tests.eventually import eventually, eventually_async
from tests.webhook_receiver import Receiver, receiver
from tests.world import World

pytestmark = pytest.mark.anyio

SEALING = Sealing("the server's own secret", PURPOSE)
DUE = "update private.webhook_messages set next_at = now(), taken_until = null where status = 'pending'"


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings.authenticator_url, connections_max=4, statement_timeout_seconds=8) as opened:
        yield opened


@pytest.fixture
def them(world: World) -> Iterator[Receiver]:
    with receiver() as one:
        one.secret, secret_id = new_secret(), uuid4()
        fields = {"url": one.url, "description": "", "codes": []}
        world.verb(world.admin(), "create_webhook", Jsonb(fields), secret_id, SEALING.seal(one.secret, secret_id))
        yield one
    world.owner("delete from private.webhook_endpoints")


async def soon(check: Callable[[], bool]) -> None:
    await eventually_async(lambda: asyncio.to_thread(check))


def status(world: World) -> list[str]:
    return [row["status"] for row in world.owner("select status from private.webhook_messages order by number")]


async def test_what_was_sent_and_not_marked_is_sent_again_under_its_id(
    world: World, them: Receiver, database: Database
) -> None:
    them.says = ["hang"]
    world.one("select private.announce('kettle_boils', null)")
    async with WebhookSender(database, SEALING, anywhere=True):
        await soon(lambda: len(them.ids) == 1)
    assert status(world) == ["pending"]
    async with WebhookSender(database, SEALING, anywhere=True) as other:
        await other.work()
        assert len(them.ids) == 1  # it is held yet
        world.owner(DUE)
        await soon(lambda: status(world) == ["sent"])
    assert len(them.ids) == 2
    assert len(set(them.ids)) == 1


async def test_two_senders_send_each_message_once(world: World, them: Receiver, database: Database) -> None:
    for _ in range(40):
        world.one("select private.announce('kettle_boils', null)")
    async with WebhookSender(database, SEALING, anywhere=True), WebhookSender(database, SEALING, anywhere=True):
        await soon(lambda: set(status(world)) == {"sent"})
    assert len(them.ids) == len(set(them.ids)) == 40


@pytest.mark.parametrize(
    ("sealing", "anywhere", "error"),
    [
        (SEALING, False, "the address is not a public one"),
        (Sealing("another secret", PURPOSE), True, "its secret cannot be read"),
    ],
)
async def test_why_nothing_was_sent_is_kept(
    world: World, them: Receiver, database: Database, sealing: Sealing, anywhere: bool, error: str
) -> None:
    world.one("select private.announce('kettle_boils', null)")
    tried = "select error, status_code from private.webhook_attempts order by id desc limit 1"
    async with WebhookSender(database, sealing, anywhere=anywhere):
        await soon(lambda: world.owner(tried) != [])
    (row,) = world.owner(tried)
    assert row["error"].startswith(error)
    assert row["status_code"] is None
    assert them.ids == []


async def test_a_dead_address_is_tried_again_later(world: World, them: Receiver, database: Database) -> None:
    world.owner("update private.webhook_endpoints set url = 'http://nobody.invalid/'")
    world.one("select private.announce('kettle_boils', null)")
    async with WebhookSender(database, SEALING, anywhere=True):
        await soon(lambda: world.one("select count(*) from private.webhook_attempts") == 1)
    assert status(world) == ["pending"]
    assert them.ids == []


def test_an_event_never_fails_for_a_webhook_that_is_being_deleted(world: World, them: Receiver) -> None:
    del them
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with psycopg.connect(world.url) as deleting, ThreadPoolExecutor(1) as other:
        deleting.execute("delete from private.webhook_endpoints")
        event = other.submit(world.one, "select private.announce('kettle_boils', null)")
        eventually(lambda: world.one(waiting))
        deleting.commit()
        event.result(10)
    assert world.one("select count(*) from private.webhook_messages") == 0


def test_what_was_told_of_somebody_goes_with_them(world: World, them: Receiver) -> None:
    del them
    bo = world.person()
    world.one("select private.tell(%s, 'kettle_boils')", bo)
    assert len(status(world)) == 1
    world.owner("delete from auth.users where id = %s", bo)
    assert status(world) == []


def test_old_messages_are_forgotten_and_waiting_ones_are_not(world: World, them: Receiver) -> None:
    del them
    for _ in range(2):
        world.one("select private.announce('kettle_boils', null)")
    world.owner("update private.webhook_messages set created_at = now() - interval '31 days'")
    kept = world.owner("select id from private.webhook_messages order by number")[0]["id"]
    world.owner("update private.webhook_messages set status = 'failed' where id <> %s", UUID(str(kept)))
    assert world.one("select private.forget_webhook_messages(30)") == 1
    assert world.one("select id from private.webhook_messages") == kept
