"""Transactions of more than one statement: psycopg connections that log in as `authenticator`.

The one-statement path of the Data API does not come here; it goes through `database.pipeline`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from copy import copy
from dataclasses import dataclass

from psycopg import AsyncConnection, AsyncCursor
from psycopg.abc import Params, QueryNoTemplate
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from sahne import tracing
from sahne.database.acting import Bounds, become
from sahne.database.actor import Actor
from sahne.database.sql import POSTGRESQL, query_name
from sahne.errors import Unavailable

Connection = AsyncConnection[DictRow]

POOL_WAIT_SECONDS = 5.0
CONNECTION_IDLE_SECONDS = 300.0
# Then the pool gives up, and whoever asks next lets it begin anew: its pauses must not outgrow the database's absence
RECONNECT_SECONDS_MAX = 5.0


class NamedConnection(AsyncConnection[DictRow]):
    """A connection whose statements are parts of what they are asked for, by their names."""

    async def execute(  # type: ignore[override]  # nobody here writes templates
        self, query: QueryNoTemplate, params: Params | None = None, *, prepare: bool | None = None, binary: bool = False
    ) -> AsyncCursor[DictRow]:
        """See psycopg."""
        with tracing.span(query_name(query), "client", POSTGRESQL):
            return await super().execute(query, params, prepare=prepare, binary=binary)


@dataclass(slots=True)
class InUse:
    """How many connections are taken, or asked for."""

    count: int = 0


class Database:
    """A bounded pool. `async with database.transaction(actor) as conn:` is one transaction as that actor."""

    def __init__(self, url: str, *, connections_max: int = 8, statement_timeout_seconds: float = 8.0) -> None:
        self.url = url
        self._connections_max = connections_max
        self._in_use = InUse()
        self._bounds = Bounds.of(statement_timeout_seconds)
        self._shares: tuple[AbstractAsyncContextManager[None], ...] = ()
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            connection_class=NamedConnection,
            min_size=1,
            max_size=connections_max,
            open=False,
            timeout=POOL_WAIT_SECONDS,
            max_idle=CONNECTION_IDLE_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS_MAX,
            check=AsyncConnectionPool.check_connection,
            # behind a transaction pooler a session is everybody's: no statement may be left in one
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

    def within(self, *shares: AbstractAsyncContextManager[None]) -> Database:
        """The same pool for somebody who has shares of it: each transaction takes a place in all of them first."""
        theirs = copy(self)
        theirs._shares = (*self._shares, *shares)
        return theirs

    @asynccontextmanager
    async def transaction(
        self, actor: Actor, *, statement_seconds_max: float | None = None
    ) -> AsyncIterator[Connection]:
        """One transaction with the actor's role and claims set locally; commits unless the block raises.

        Its statements take no longer than the pool's do, or than `statement_seconds_max`.

        Raises:
            Unavailable: no connection within `POOL_WAIT_SECONDS`, or no place in a share.
        """
        async with AsyncExitStack() as held:
            for share in self._shares:
                await held.enter_async_context(share)
            self._in_use.count += 1
            held.callback(self._one_less)
            conn = await self._connection()
            held.push_async_callback(self._pool.putconn, conn)
            async with conn.transaction():
                await become(
                    conn, actor, self._bounds if statement_seconds_max is None else Bounds.of(statement_seconds_max)
                )
                yield conn

    @property
    def idle(self) -> int:
        """How many connections nobody uses, those that would be made counted."""
        return self._connections_max - self._in_use.count

    def _one_less(self) -> None:
        self._in_use.count -= 1

    async def _connection(self) -> Connection:
        try:
            return await self._pool.getconn()
        except PoolTimeout as timeout:
            raise Unavailable(hint="The database does not answer or all its connections are busy.") from timeout

    async def become(self, conn: Connection, actor: Actor) -> None:
        """The transaction under way goes on as another actor."""
        await become(conn, actor, self._bounds)

    def statistics(self) -> dict[str, int]:
        """Connections open, free of them, and callers waiting for one."""
        stats = self._pool.get_stats()
        return {
            "connections": stats.get("pool_size", 0),
            "free": stats.get("pool_available", 0),
            "waiting": stats.get("requests_waiting", 0),
        }
