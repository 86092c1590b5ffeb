"""The demo world is what its documents promise, and is made once."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from sahne.accounts.administration import find_id
from sahne.database.pool import Database
from sahne.operations.demo import DemoOffLoopback, make_demo_world
from sahne.settings import Settings

pytestmark = pytest.mark.anyio


async def test_it_is_made_once_as_promised(settings: Settings, database_url: str) -> None:
    async with Database(settings.authenticator_url) as database:
        assert await make_demo_world(settings, database) is True
        assert await make_demo_world(settings, database) is False
        for name in ("ada", "bo", "cem", "dilek", "ege"):
            assert await find_id(database, f"{name}@example.com")
    with psycopg.connect(database_url) as conn:

        def one(query: str) -> object:
            row = conn.execute(query.encode()).fetchone()
            return row and row[0]

        assert one("select is_creator from profiles where username = 'ada'") is True
        assert one("select role from profiles where username = 'ege'") == "admin"
        assert one("select private.coin_balance(id) from profiles where username = 'bo_watches'") == 5000
        assert one("select private.coin_balance(id) from profiles where username = 'dilek'") == 0
        assert one("select count(*) from live_sessions where status = 'scheduled'") == 2
        assert one("select count(*) from subscription_tiers") == 1
        assert one("select array[min(coin_price), max(coin_price)] from gifts") == [1, 5000]
        assert one("select bool_and(scene_count > 0) from categories") is True
        assert (
            one("select count(*) from scene_translations where locale = 'tr'")
            == one("select count(*) from scenes")
            == 24
        )
        assert one("select count(*) from category_translations") == one("select count(*) from categories")
        first = "(select id from live_sessions order by scheduled_at limit 1)"
        banned = "select username from live_session_bans join profiles p on p.id = banned_profile_id"
        assert one(f"{banned} where session_id = {first}") == "cem"


async def test_it_is_refused_where_others_could_reach_it(settings: Settings) -> None:
    public = replace(settings, host="0.0.0.0")
    async with Database(settings.authenticator_url) as database:
        with pytest.raises(DemoOffLoopback):
            await make_demo_world(public, database)
