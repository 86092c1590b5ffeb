"""Who may use a private topic is asked within half of the pool: a crowd of joins leaves connections to everybody else."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from sahne.database.actor import ANONYMOUS
from sahne.database.fetch import one
from sahne.database.pool import Database
from sahne.gateway.realtime.private import Asking, Policies
from sahne.gateway.realtime.refusals import ChannelUnavailable
from sahne.gateway.shares import Shares
from sahne.settings import Settings

pytestmark = pytest.mark.anyio


async def test_a_crowd_that_asks_leaves_half_of_the_connections(settings: Settings, database_url: str) -> None:
    with psycopg.connect(database_url) as holding:
        holding.execute("lock table realtime.messages in access exclusive mode")  # so that no answer comes
        async with Database(settings.authenticator_url, connections_max=2) as database:
            policies = Policies(database, Shares(settings), 2)
            asking = [asyncio.create_task(policies.rights(Asking(ANONYMOUS, f"t{number}", {}))) for number in range(20)]
            async with database.transaction(ANONYMOUS) as conn:
                assert await one(conn, "select 1 as one") == {"one": 1}
            assert not any(task.done() for task in asking)
            holding.rollback()
            rights = await asyncio.gather(*asking)
    assert not any(each.read_broadcast or each.write_broadcast for each in rights)


async def test_more_than_may_wait_are_told_to_try_again(settings: Settings) -> None:
    async with Database(settings.authenticator_url, connections_max=2) as database:
        policies = Policies(database, Shares(settings), 2, waiting_max=0)
        first = asyncio.create_task(policies.rights(Asking(ANONYMOUS, "t", {})))
        await asyncio.sleep(0)
        with pytest.raises(ChannelUnavailable):
            await policies.rights(Asking(ANONYMOUS, "t", {}))
        await first
