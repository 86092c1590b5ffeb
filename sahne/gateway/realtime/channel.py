"""A joined topic on one socket: what it was joined with, who it acts as, and what it sends its client."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import orjson

from sahne.changes.subscriptions import Subscription, Viewer
from sahne.database.actor import Actor
from sahne.gateway.realtime.frames import Ref, encode_text
from sahne.gateway.realtime.handshake import Visit
from sahne.gateway.realtime.held import Held
from sahne.gateway.realtime.joining import Config
from sahne.gateway.realtime.limits import SocketLimits
from sahne.gateway.realtime.private import Asking, Rights
from sahne.gateway.realtime.topic import PREFIX, Line, Topic

SYSTEM, POSTGRES_CHANGES = "system", "postgres_changes"


class Caller(Line, Protocol):
    """The client that joins: how it came in, and its channels by topic."""

    @property
    def visit(self) -> Visit:
        """Its accepted upgrade request."""

    @property
    def limits(self) -> SocketLimits:
        """What its socket may."""

    @property
    def channels(self) -> dict[str, Channel]:
        """What it has joined; a channel that ends takes itself out."""


@dataclass(slots=True, eq=False, kw_only=True)
class Channel:
    """State of one join. `token` None means that the socket's key speaks for it; `counted_as`: see `Viewers`.

    What comes for it is `held` while what it missed is read; `replayed` are the ids of the stored messages it got so.
    """

    line: Caller
    topic: Topic
    join_ref: Ref
    config: Config
    actor: Actor
    token: str | None
    rights: Rights
    presence_enabled: bool = False
    presence_key: str = ""
    subscriptions: list[Subscription] = field(default_factory=list)
    counted_as: Viewer | None = None
    expiry: asyncio.TimerHandle | None = None
    held: Held | None = None
    replayed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.presence_enabled = self.config.presence_enabled
        self.presence_key = self.config.presence_key or str(uuid4())

    @property
    def name(self) -> str:
        """The topic without `realtime:`; what policies and system messages call it."""
        return self.topic.name.removeprefix(PREFIX)

    @property
    def hears_itself(self) -> bool:
        """See `Member`."""
        return self.config.hears_itself

    @property
    def asking(self) -> Asking:
        """Who the policies of its topic are asked about."""
        visit = self.line.visit
        return Asking(self.actor, self.name, visit.headers, visit.place)

    def receive(self, frame: bytes, stored: str | None = None) -> None:
        """See `Member`."""
        if self.held is not None:
            self.held.put(frame, stored)
        elif stored not in self.replayed:
            self.line.send(frame)

    def go_on(self) -> None:
        """What was held is sent, and what comes from now on at once."""
        held, self.held = self.held, None
        if held is not None:
            for frame in held.besides(self.replayed):
                self.line.send(frame)

    def push(self, event: str, payload: bytes, *, ref: Ref = None) -> None:
        """A message of this join to its client."""
        self.line.send(encode_text(self.line.version, self.topic.name, event, payload, ref=ref, join_ref=self.join_ref))

    def reply(self, ref: Ref, response: Any = None, *, status: str = "ok") -> None:
        """The answer to one push."""
        self.push("phx_reply", orjson.dumps({"status": status, "response": response or {}}), ref=ref)

    def system(self, status: str, message: str, extension: str = SYSTEM) -> None:
        """News about the channel itself."""
        body = {"extension": extension, "status": status, "message": message, "channel": self.name}
        self.push("system", orjson.dumps(body))

    def say_closed(self) -> None:
        """The last message of this join."""
        self.push("phx_close", b"{}", ref=self.join_ref)

    def send_presence_state(self) -> None:
        """Who is here, to this client alone."""
        if self.presence_enabled and self.rights.read_presence:
            self.push("presence_state", orjson.dumps(self.topic.presence.body()))

    def cancel_expiry(self) -> None:
        """The token's end no longer matters."""
        if self.expiry is not None:
            self.expiry.cancel()
            self.expiry = None
