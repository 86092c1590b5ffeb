"""Orders to a LiveKit server, written with what made them true and carried out until they succeed.

take what is due (which puts it off by 1, 2, 4 … 60 s, should we die) → room by room, in order → close each. An order
says what to look at, not what to do: the permission given and the room opened are those the database wants now.
"""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import Any

from sahne.database.actor import SERVICE
from sahne.database.fetch import every, maybe, one
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.live.rooms import Rooms
from sahne.live.seats import permission_of_seat, profile_id
from sahne.live.servers import Server
from sahne.providers.livekit import LiveKitUnavailable, Permission

QUERIES = load_queries(__package__, "livekit.sql")

ORDERS_AT_ONCE_MAX = 50
ROOMS_AT_ONCE_MAX = 8
TELLINGS_MAX = 5  # of one seat that changes meanwhile

Order = dict[str, Any]


class Outbox:
    """Carries out the orders for the rooms of one server; several processes may do so at once."""

    def __init__(self, database: Database, server: Server, rooms: Rooms) -> None:
        self._database = database
        self._server = server
        self._livekit = server.livekit
        self._rooms = rooms

    async def work(self) -> bool:
        """One round; True when there may be more.

        Raises:
            LiveKitUnavailable: some orders could not be carried out; they stay due.
        """
        which = {"orders_max": ORDERS_AT_ONCE_MAX, "server": self._server.name, "is_default": self._server.is_default}
        async with self._database.transaction(SERVICE) as conn:
            orders = await every(conn, QUERIES["take_orders"], which)
        by_room = sorted(orders, key=lambda order: (order["room_name"], order["id"]))
        rooms = [list(group) for _, group in groupby(by_room, key=lambda order: str(order["room_name"]))]
        few = asyncio.Semaphore(ROOMS_AT_ONCE_MAX)
        failures = [f for f in await asyncio.gather(*(self._obey_in_room(few, room) for room in rooms)) if f]
        if failures:
            raise failures[0]
        return len(orders) == ORDERS_AT_ONCE_MAX

    async def _obey_in_room(self, few: asyncio.Semaphore, orders: list[Order]) -> LiveKitUnavailable | None:
        async with few:
            for order in orders:
                try:
                    await self._obey(order)
                except LiveKitUnavailable as unavailable:
                    await self._close(order, unavailable)
                    return unavailable  # what follows in this room waits its turn
                await self._close(order, None)
        return None

    async def _obey(self, order: Order) -> None:
        room, identity = str(order["room_name"]), str(order["identity"])
        match order["action"]:
            case "create_room":
                await self._open_if_wanted(room)
            case "delete_room":
                self._rooms.forget(room)
                await self._livekit.delete_room(room)
            case "remove_participant" | "update_permission" | "mute_participant":
                await self._follow_seat(room, identity)

    async def _follow_seat(self, room: str, identity: str) -> None:
        """Whoever is let in may do what their seat says, anybody else is put out: as it stands now, not as ordered.

        LiveKit may take its time, in which the seat changes and another process tells it the newer: so the seat is read
        again afterwards, and told again while it is another one.

        Raises:
            LiveKitUnavailable: it changed each time; the order stays due.
        """
        told = await self._permitted(room, identity)
        for _ in range(TELLINGS_MAX):
            if told is None:
                await self._livekit.remove(room, identity)
            else:
                await self._livekit.set_permission(room, identity, told)
            now = await self._permitted(room, identity)
            if now == told:
                return
            told = now
        raise LiveKitUnavailable("A seat changes faster than LiveKit can be told.", details=room)

    async def _permitted(self, room: str, identity: str) -> Permission | None:
        """What somebody may do in a room now; None is nothing, not even be there."""
        async with self._database.transaction(SERVICE) as conn:
            row = await maybe(conn, QUERIES["seat_in_room"], {"room": room, "identity": profile_id(identity)})
        answer = row["answer"] if row else None
        return permission_of_seat(answer["seat"]) if answer and answer["is_let_in"] else None

    async def _open_if_wanted(self, room: str) -> None:
        async with self._database.transaction(SERVICE) as conn:
            if not (await one(conn, QUERIES["is_room_wanted"], {"room": room}))["wanted"]:
                return
            name = await self._rooms.place(conn, room, self._server.name)
        if not self._rooms.believed(room):
            await self._rooms.open_on(name, room)

    async def _close(self, order: Order, failure: LiveKitUnavailable | None) -> None:
        error = f"{failure.message} {failure.details or ''}".strip() if failure else None
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["close_order"], {"id": order["id"], "error": error})
