"""Who may read and write a private topic: the policies of `realtime.messages` say, asked with rows that never stay.

Source: Supabase Realtime's Authorization. The answer holds for a channel until its token changes.
"""

from __future__ import annotations

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
BROADCAST, PRESENCE = "broadcast", "presence"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a channel may do with its topic."""

    read_broadcast: bool = False
    read_presence: bool = False
    write_broadcast: bool = False
    write_presence: bool = False


ALL_RIGHTS = Rights(read_broadcast=True, read_presence=True, write_broadcast=True, write_presence=True)


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

    async def rights(self, actor: Actor, topic: str, headers: dict[str, str], place: str | None = None) -> Rights:
        """What `actor`, who comes from `place`, may do with the private topic.

        Raises:
            ChannelUnavailable: the database does not answer, or too many ask.
        """
        try:
            async with self._shares.of(actor, place), self._share:
                return await _rights_to(self._database, actor, topic, headers)
        except ConnectionsBusy as error:
            raise ChannelUnavailable(details="too many ask") from error


async def _rights_to(database: Database, actor: Actor, topic: str, headers: dict[str, str]) -> Rights:
    question = {
        "topic": topic,
        "sub": str(actor.user_id or ""),
        "role": actor.role,
        "headers": orjson.dumps(headers).decode(),
    }
    rights = Rights()
    try:
        async with database.transaction(SERVICE) as conn, conn.transaction():
            await conn.execute(QUERIES["put_probe"], question)
            await database.become(conn, actor)
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
