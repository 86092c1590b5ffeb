"""Transactions of more than one statement: psycopg connections that log in as `authenticator`.

The one-statement path of the Data API does not come here; it goes through `database.pipeline`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from sahne.database.actor import Actor
from sahne.errors import Unavailable

Connection = AsyncConnection[DictRow]

POOL_WAIT_SECONDS = 5.0
CONNECTION_IDLE_SECONDS = 300.0
# Then the pool gives up, and whoever asks next lets it begin anew: its pauses must not outgrow the database's absence
RECONNECT_SECONDS_MAX = 5.0

_BECOME = b"""
select set_config('role', %s, true),
       set_config('request.jwt.claims', %s, true),
       set_config('statement_timeout', %s, true)
"""


class Database:
    """A bounded pool. `async with database.transaction(actor) as conn:` is one transaction as that actor."""

    def __init__(self, url: str, *, connections_max: int = 8, statement_timeout_seconds: float = 8.0) -> None:
        self.url = url
        self._statement_timeout = f"{int(statement_timeout_seconds * 1000)}ms"
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections_max,
            open=False,
            timeout=POOL_WAIT_SECONDS,
            max_idle=CONNECTION_IDLE_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS_MAX,
            check=AsyncConnectionPool.check_connection,
            # a transaction pooler in between must find no prepared statements of ours
            kwargs={
                "row_factory": dict_row,
                "prepare_threshold": None,
                "application_name": "sahne",
            },
        )

    async def __aenter__(self) -> Database:
        await self._pool.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, actor: Actor) -> AsyncIterator[Connection]:
        """One transaction with the actor's role and claims set locally; commits unless the block raises.

        Raises:
            Unavailable: no connection within `POOL_WAIT_SECONDS`.
        """
        try:
            conn = await self._pool.getconn()
        except PoolTimeout as timeout:
            raise Unavailable(hint="The database does not answer or all its connections are busy.") from timeout
        try:
            async with conn.transaction():
                await conn.execute(_BECOME, (actor.role, actor.claims, self._statement_timeout))
                yield conn
        finally:
            await self._pool.putconn(conn)

    def statistics(self) -> dict[str, Any]:
        """The pool's own counters, for `/metrics`."""
        return dict(self._pool.get_stats())
