"""Who may read and write a private topic: the policies of `realtime.messages` say, asked with rows that never stay.

Source: Supabase Realtime's Authorization. The answer holds for a channel until its token changes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson
from psycopg import DataError, Error, Rollback

from sahne.database.actor import SERVICE, Actor
from sahne.database.fetch import every
from sahne.database.pool import Connection, Database
from sahne.database.result import ConnectionsBusy
from sahne.database.sql import load_queries
from sahne.errors import Unavailable
from sahne.gateway.realtime.refusals import ChannelUnavailable
from sahne.gateway.shares import Share, Shares

QUERIES = load_queries(__package__)

ASKING_WAITING_MAX = 1_000
ASKING_WAIT_SECONDS_MAX = 5.0
BROADCAST, PRESENCE, PERSISTENCE = "broadcast", "presence", "persistence"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a channel may do with its topic."""

    read_broadcast: bool = False
    read_presence: bool = False
    write_broadcast: bool = False
    write_presence: bool = False


ALL_RIGHTS = Rights(read_broadcast=True, read_presence=True, write_broadcast=True, write_presence=True)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks about which topic, from which place, and what policies may read of the request."""

    actor: Actor
    topic: str
    headers: Mapping[str, str]
    place: str | None = None

    def question(self) -> dict[str, str]:
        """The parameters of the queries."""
        return {
            "topic": self.topic,
            "sub": str(self.actor.user_id or ""),
            "role": self.actor.role,
            "headers": orjson.dumps(self.headers).decode(),
        }


class Policies:
    """Asks them. All who ask at once hold at most half of the pool's connections: the rest of the house goes on.

    Each of them has a share of their own in that half.
    """

    def __init__(
        self, database: Database, shares: Shares, connections_max: int, waiting_max: int = ASKING_WAITING_MAX
    ) -> None:
        self._database = database
        self._shares = shares
        half = max(1, connections_max // 2)
        self._share = Share(half, waiting_max=waiting_max, wait_seconds_max=ASKING_WAIT_SECONDS_MAX)

    async def rights(self, asking: Asking) -> Rights:
        """What they may do with the private topic.

        Raises:
            ChannelUnavailable: the database does not answer, or too many ask.
        """
        async with self.turn(asking):
            return await _rights_to(self._database, asking)

    async def may_write(self, asking: Asking, extension: str) -> bool:
        """Whether policies let them write a message of this kind.

        Raises:
            ChannelUnavailable: too many ask. psycopg.Error, Unavailable: the database does not answer.
        """
        allowed = False
        question = asking.question() | {"extension": extension}
        async with self.turn(asking), self._database.transaction(SERVICE) as conn, conn.transaction():
            await self._database.become(conn, asking.actor)
            await conn.execute(QUERIES["ask_about"], question)
            allowed = await _may_write(conn, QUERIES["write_probe"], question)
            raise Rollback
        return allowed

    @asynccontextmanager
    async def turn(self, asking: Asking) -> AsyncIterator[None]:
        """A share of the connections for one question.

        Raises:
            ChannelUnavailable: too many ask.
        """
        try:
            async with self._shares.of(asking.actor, asking.place), self._share:
                yield
        except ConnectionsBusy as error:
            raise ChannelUnavailable(details="too many ask") from error


async def _rights_to(database: Database, asking: Asking) -> Rights:
    question = asking.question()
    rights = Rights()
    try:
        async with database.transaction(SERVICE) as conn, conn.transaction():
            await conn.execute(QUERIES["put_probe"], question)
            await database.become(conn, asking.actor)
            await conn.execute(QUERIES["ask_about"], question)
            read = await _kinds_read(conn, QUERIES["kinds_read"], question)
            rights = Rights(
                read_broadcast=BROADCAST in read,
                read_presence=PRESENCE in read,
                write_broadcast=await _may_write(conn, QUERIES["write_probe"], question | {"extension": BROADCAST}),
                write_presence=await _may_write(conn, QUERIES["write_probe"], question | {"extension": PRESENCE}),
            )
            raise Rollback
    except DataError:  # a name PostgreSQL cannot hold has no policy
        return Rights()
    except (Error, Unavailable) as error:
        raise ChannelUnavailable(details=type(error).__name__) from error
    return rights


async def _kinds_read(conn: Connection, query: bytes, question: dict[str, str]) -> set[str]:
    try:
        async with conn.transaction():
            return {row["extension"] for row in await every(conn, query, question)}
    except Error:  # no grant, or a policy that raises: nothing is readable
        return set()


async def _may_write(conn: Connection, query: bytes, question: dict[str, str]) -> bool:
    try:
        async with conn.transaction():
            await conn.execute(query, question)
    except Error:
        return False
    return True
