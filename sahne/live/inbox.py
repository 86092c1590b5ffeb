"""Webhooks of LiveKit: stored at once, dealt with afterwards, one transaction each.

LiveKit may send an event late, twice, out of order or never. The database's verbs do not mind: a connection is known
by its `sid`, and what is said of it twice or backwards gives the same rows. `reconcile` finds what was never sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, maybe, one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Connection, Database
from sahne.database.result import StatementFailed
from sahne.database.sql import load_queries
from sahne.live.seats import permission_of_seat, profile_id
from sahne.live.servers import Server
from sahne.providers.livekit import Event, Permission
from sahne.providers.livekit.webhook import WebhookUnreadable, read_event
from sahne.telemetry import Failed, observe

QUERIES = load_queries(__package__, "livekit.sql")

ATTEMPTS_MAX = 10
ERROR_CHARACTERS_MAX = 500
NAME_CHARACTERS_MAX = 100  # of a stranger's, in what is told of them
# A room is a session's or else a call's
CONNECTED = (QUERIES["seat_connected"], QUERIES["call_connected"])
DISCONNECTED = (QUERIES["seat_disconnected"], QUERIES["call_disconnected"])
JOINED = frozenset({"participant_joined"})
LEFT = frozenset({"participant_left", "participant_connection_aborted"})
PUBLISHED = "track_published"
UNPUBLISHED = "track_unpublished"
ROOM_STARTED = "room_started"
ROOM_FINISHED = "room_finished"
DATA_EXCEPTION = "22"  # the class of SQLSTATE


@dataclass(frozen=True, slots=True)
class SentAway:
    """Somebody connected to a room they may not be in, and is put out of it."""

    room: str
    identity: str
    reason: str


async def keep(pipeline: Pipeline, event: Event, server: Server) -> bool:
    """Store an event of a server; whether it is to be dealt with. One that is known already is left as it is.

    Most of what LiveKit tells changes nothing of ours (tracks, rooms that open): it is kept, and done with.

    Raises:
        WebhookUnreadable: PostgreSQL cannot hold it (a NUL character, a lone surrogate).
    """
    values = {
        "id": event.id,
        "server": server.name,
        "event": event.name,
        "room": event.room or None,
        "body": event.body.decode(),
        "matters": matters(event),
    }
    try:
        await pipeline.run(SERVICE, QUERIES["store_event"], values)
    except StatementFailed as failure:
        if failure.sqlstate.startswith(DATA_EXCEPTION):
            raise WebhookUnreadable(details=failure.message) from failure
        raise
    return matters(event)


def matters(event: Event) -> bool:
    """Whether something of ours depends on it: who counts, a camera, a track in disguise, a room's start or end."""
    if event.name in (PUBLISHED, UNPUBLISHED):
        return (event.counted and event.camera != "") or (event.name == PUBLISHED and event.disguised)
    return event.name in (ROOM_STARTED, ROOM_FINISHED) or (event.name in JOINED | LEFT and event.counted)


class Inbox:
    """Deals with the stored events of one server, oldest first; several processes may do so at once."""

    def __init__(self, database: Database, server: Server, wake_outbox: Callable[[], None]) -> None:
        self._database = database
        self._server = server
        self._livekit = server.livekit
        self._wake_outbox = wake_outbox

    async def work(self) -> bool:
        """Deal with one event; False when there is none.

        An event that cannot be dealt with waits 1, 3, 7 … seconds and holds up no other.
        """
        row: dict[str, Any] | None = None
        which = {"attempts_max": ATTEMPTS_MAX, "server": self._server.name}
        try:
            async with self._database.transaction(SERVICE) as conn:
                row = await maybe(conn, QUERIES["take_event"], which)
                if row is None:
                    return False
                if not row["lies_elsewhere"]:  # no server has a say over another one's rooms
                    await self._apply(conn, read_event(row["body"].encode()), row["received_at"])
                await conn.execute(QUERIES["close_event"], {"id": row["id"]})
        except Exception as error:
            if row is None:
                raise
            await self._put_off(row["id"], error)
        return True

    async def _apply(self, conn: Connection, event: Event, received_at: datetime) -> None:
        if not matters(event):
            return
        if event.name == ROOM_FINISHED:
            await self._finish(conn, event.room)
        elif event.name == ROOM_STARTED:
            await self._close_if_over(conn, event.room)
        elif event.name in LEFT:
            await self._tell(conn, DISCONNECTED, event, received_at)
        elif event.disguised or profile_id(event.participant) is None:
            await self._send_away(conn, event)
        elif event.camera:
            await self._tell_of_camera(conn, event)
        else:
            answer = await self._tell(conn, CONNECTED, event, received_at)
            if await corrected(conn, event.room, event.participant, event.permission, answer):
                self._wake_outbox()

    async def _tell_of_camera(self, conn: Connection, event: Event) -> None:
        values = {
            "room": event.room,
            "identity": profile_id(event.participant),
            "sid": event.participant_sid,
            "track": event.camera,
            "is_on": event.name == PUBLISHED,
        }
        await conn.execute(QUERIES["camera_told"], values)

    async def _send_away(self, conn: Connection, event: Event) -> None:
        """Put somebody out who holds no seat, or hides what they send. Others' rooms are not ours to keep.

        At once and without an order: whoever may publish may connect again under a longer name of their own making
        (`?publish=`), which PostgreSQL may not be able to hold.
        """
        if (await one(conn, QUERIES["is_room_ours"], {"room": event.room}))["is_ours"]:
            await self._livekit.remove(event.room, event.participant)
            reason = "disguised" if event.disguised else "not_joined"
            observe(SentAway(event.room, event.participant[:NAME_CHARACTERS_MAX], reason))

    async def _tell(
        self, conn: Connection, queries: Sequence[bytes], event: Event, received_at: datetime
    ) -> dict[str, Any]:
        values = {
            "room": event.room,
            "identity": profile_id(event.participant),
            "sid": event.participant_sid,
            "room_sid": event.room_sid,
            "created_at": event.created_at,
            "received_at": received_at,
        }
        for query in queries:
            row = await maybe(conn, query, values)
            if row and row["answer"]:
                return dict(row["answer"])
        return {}

    async def _close_if_over(self, conn: Connection, room: str) -> None:
        """What is over does not begin again, whoever opened its room."""
        for row in await every(conn, QUERIES["rooms_over"], {"rooms": [room]}):
            await self._livekit.delete_room(row["room"])

    async def _finish(self, conn: Connection, room: str) -> None:
        """The event may be an old one, of a room that was opened anew since: LiveKit knows."""
        if room in {open_room.name for open_room in await self._livekit.rooms()}:
            return
        await conn.execute(QUERIES["close_session_of_room"], {"room": room})

    async def _put_off(self, event_id: str, error: Exception) -> None:
        failed = Failed.of("deal with an event of LiveKit", error)
        observe(failed)
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["fail_event"], {"id": event_id, "error": failed.error[:ERROR_CHARACTERS_MAX]})


async def corrected(conn: Connection, room: str, identity: str, permission: Permission, answer: dict[str, Any]) -> bool:
    """Whether LiveKit was given an order, since somebody connected is not to be there or may do what they may not.

    `answer` is what the database says of a connection, `permission` what LiveKit lets it do: a token that was given
    out before a kick, a mute or another role brings the rights of then.
    """
    values = {"room": room, "identity": identity}
    match answer.get("state"):
        case "refused":
            await conn.execute(QUERIES["order_removal"], values)
            observe(SentAway(room, identity, str(answer.get("reason"))))
            return True
        case "seated" if permission != permission_of_seat(answer["seat"]):
            await conn.execute(QUERIES["order_permission"], values)
            return True
        case _:
            return False
