"""Broadcasts of private topics that are kept: written when their sender asks and may, replayed to who joins.

Source: Supabase Realtime's broadcast replay and persistence. Who may have a message kept is asked of the policies of
`realtime.messages` with a row of extension `persistence`, which never stays; the row that is kept says `broadcast`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeGuard

import orjson
from psycopg import Error

from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.errors import Unavailable
from sahne.gateway.realtime.bounds import REPLAYED_BYTES_MAX, REPLAYED_MESSAGES_MAX, STORED_SECONDS_MAX
from sahne.gateway.realtime.frames import BroadcastPush, Version, encode_broadcast, encode_text
from sahne.gateway.realtime.private import PERSISTENCE, QUERIES, Asking, Policies
from sahne.gateway.realtime.refusals import (
    PERSIST_NEEDS_PRIVATE,
    ChannelUnavailable,
    InvalidPersist,
    UnableToReplay,
)
from sahne.gateway.realtime.topic import broadcast_body
from sahne.telemetry import Failed, observe

SINCE_MILLISECONDS_MAX = 253_402_300_799_000  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Replay:
    """What a join asks for: the latest so many messages of those stored since then (milliseconds of the epoch)."""

    since: int
    limit: int


def read_replay(asked: object, *, private: bool) -> Replay | None:
    """What `broadcast.replay` of a join asks for.

    Raises:
        UnableToReplay: it cannot be understood, or the topic is public.
    """
    if asked is None:
        return None
    if not private:
        raise UnableToReplay("Replay is not allowed for public channels")
    since, limit = (asked.get("since"), asked.get("limit")) if isinstance(asked, dict) else (None, None)
    limit = REPLAYED_MESSAGES_MAX if limit is None else limit
    if not _is_whole(since) or not _is_whole(limit) or not 0 <= since <= SINCE_MILLISECONDS_MAX:
        raise UnableToReplay("Replay params are not valid")
    return Replay(since, max(1, min(limit, REPLAYED_MESSAGES_MAX)))


def read_persist(asked: object, *, private: bool) -> int | None:
    """For how many seconds a message is to be kept: `true`, or `{"ttl": seconds}`; None when it is not.

    Raises:
        InvalidPersist: neither, or the topic is public.
    """
    if not asked and not isinstance(asked, dict):
        return None
    if not private:
        raise InvalidPersist(PERSIST_NEEDS_PRIVATE)
    if asked is True:
        return STORED_SECONDS_MAX
    seconds = asked.get("ttl", STORED_SECONDS_MAX) if isinstance(asked, dict) else None
    if not _is_whole(seconds) or not 1 <= seconds <= STORED_SECONDS_MAX:
        raise InvalidPersist()
    return seconds


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A message that was kept: bytes, or JSON."""

    id: str
    event: str
    payload: bytes
    is_json: bool

    def frame(self, version: Version, topic: str) -> bytes | None:
        """The replayed message for a client; None where bytes cannot reach it.

        Raises:
            BadFrame: its event is longer than the form allows.
        """
        meta = orjson.dumps({"id": self.id, "replayed": True})
        if self.is_json:
            return encode_text(version, topic, "broadcast", broadcast_body(self.event, self.payload, meta))
        if version is Version.V1:
            return None
        return encode_broadcast(topic, self.event, self.payload, is_json=False, meta=meta)


class Shelf:
    """Where they are kept: `realtime.messages`. Whoever asks has a share in the connections that `Policies` holds."""

    def __init__(self, database: Database, policies: Policies) -> None:
        self._database = database
        self._policies = policies

    async def since(self, asking: Asking, replay: Replay) -> list[Stored]:
        """The messages of a topic, oldest first.

        Raises:
            UnableToReplay: the database does not answer.
        """
        question = {
            "topic": asking.topic, "since": replay.since, "limit": replay.limit, "bytes": REPLAYED_BYTES_MAX,
        }  # fmt: skip
        try:
            async with self._policies.turn(asking), self._database.transaction(SERVICE) as conn:
                return [_stored(row) for row in await every(conn, QUERIES["stored_since"], question)]
        except (Error, Unavailable, ChannelUnavailable) as error:
            raise UnableToReplay(details=type(error).__name__) from error

    async def keep(self, asking: Asking, push: BroadcastPush, id: str, seconds: int) -> bool:
        """Whether a message is kept: its sender may, and the database took it."""
        try:
            if not await self._policies.may_write(asking, PERSISTENCE):
                return False
            async with self._policies.turn(asking), self._database.transaction(SERVICE) as conn:
                await conn.execute(QUERIES["keep_message"], _row(asking.topic, push, id, seconds))
        except (Error, Unavailable, ChannelUnavailable) as error:
            observe(Failed.of("keep a broadcast", error))
            return False
        return True


def _row(topic: str, push: BroadcastPush, id: str, seconds: int) -> dict[str, Any]:
    return {
        "id": id,
        "topic": topic,
        "event": push.event,
        "payload": push.payload.decode() if push.is_json else None,
        "binary_payload": None if push.is_json else push.payload,
        "seconds": seconds,
    }


def _stored(row: dict[str, Any]) -> Stored:
    binary = row["binary_payload"]
    payload = bytes(binary) if binary is not None else (row["payload"] or "{}").encode()
    return Stored(id=row["id"], event=row["event"] or "", payload=payload, is_json=binary is None)
