"""The LiveKit servers there are, by name: where rooms are opened, and which of them a webhook comes from.

A room stays on the server it was opened on (`private.livekit_rooms`): its tokens, orders and comparisons go there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.errors import InvalidRequest
from sahne.providers.livekit import Event, LiveKit, LiveKitUnavailable, WebhookRefused

QUERIES = load_queries(__package__, "livekit.sql")


class UnknownLiveServer(InvalidRequest):
    """There is no live server of this name here."""

    code = "unknown_live_server"


@dataclass(frozen=True, slots=True)
class Server:
    """One of them. Rooms that lie on none yet are the default's."""

    name: str
    livekit: LiveKit
    is_default: bool


class Servers:
    """By name; the first one is the default."""

    def __init__(self, by_name: Mapping[str, LiveKit]) -> None:
        default = next(iter(by_name))
        self._by_name = {name: Server(name, livekit, name == default) for name, livekit in by_name.items()}

    def __iter__(self) -> Iterator[Server]:
        return iter(self._by_name.values())

    @property
    def names(self) -> list[str]:
        """The default's first."""
        return list(self._by_name)

    @property
    def default(self) -> Server:
        """Where rooms are opened when nobody says another."""
        return next(iter(self))

    def chosen(self, name: str | None) -> Server:
        """The one of this name, or the default.

        Raises:
            UnknownLiveServer
        """
        if name is None:
            return self.default
        if name not in self._by_name:
            raise UnknownLiveServer(details=name[:100], hint=f"There are: {', '.join(self.names)}.")
        return self._by_name[name]

    def holding(self, name: str) -> LiveKit:
        """The one that a room lies on.

        Raises:
            LiveKitUnavailable: the settings name it no more.
        """
        if name not in self._by_name:
            raise LiveKitUnavailable(
                "This room is on a live server that is not used here any more.",
                details=name,
                hint="End it and start another one, or have the server named again in SAHNE_LIVEKIT_SERVERS.",
            )
        return self._by_name[name].livekit

    def verify(self, body: bytes, authorization: str | None) -> tuple[Server, Event]:
        """A webhook's event, and the server whose key signed it.

        Raises:
            WebhookRefused, WebhookUnreadable
        """
        refusal = None
        for server in self:
            try:
                return server, server.livekit.verify(body, authorization)
            except WebhookRefused as refused:
                refusal = refusal or refused
        try:
            raise refusal or WebhookRefused(details="no live server is set")
        finally:
            del refusal  # it holds this frame: a ring for the collector to find


async def tell_rooms_astray(database: Database, servers: Servers) -> bool:
    """Say it when rooms that should be open lie on a server that the settings name no more.

    Raises:
        LiveKitUnavailable: they do; which, and how many.
    """
    async with database.transaction(SERVICE) as conn:
        astray = await every(conn, QUERIES["rooms_astray"], {"servers": servers.names})
    if astray:
        raise LiveKitUnavailable(
            "Rooms are open on live servers that the settings name no more.",
            details=", ".join(f"{row['server']}: {row['rooms']}" for row in astray),
        )
    return False
