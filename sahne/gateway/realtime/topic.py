"""A topic and its members: a message is encoded once for each serializer and queued at every member.

What members say and do here is told the topic's members on other servers, too (`relay.py`).
"""

from __future__ import annotations

from typing import Any, Protocol

import orjson

from sahne.gateway.realtime.frames import BadFrame, Version, encode_broadcast, encode_text
from sahne.gateway.realtime.presence import Difference, Presence
from sahne.gateway.realtime.private import Rights
from sahne.gateway.realtime.relay import Address, Relay

PREFIX = "realtime:"


class Line(Protocol):
    """The way to one client: the serializer it speaks, and what queues a framed message for it."""

    @property
    def version(self) -> Version:
        """Which serializer."""

    def send(self, frame: bytes, /) -> None:
        """Queue a framed message."""


class Member(Protocol):
    """Who is in a topic."""

    @property
    def line(self) -> Line:
        """Where its messages go."""

    @property
    def rights(self) -> Rights:
        """What it may hear and say."""

    @property
    def hears_itself(self) -> bool:
        """Whether its own broadcasts come back to it."""

    @property
    def presence_enabled(self) -> bool:
        """Whether it is told who comes and goes."""

    def receive(self, frame: bytes, stored: str | None = None) -> None:
        """A framed message for its line; `stored` is the id of one that is kept, which nobody gets twice."""


class Topic:
    """`address.name` as clients write it (`realtime:room1`)."""

    def __init__(self, address: Address, presence: Presence, relay: Relay) -> None:
        self.address = address
        self.name = address.name
        self.members: dict[Member, None] = {}
        self.presence = presence
        self._relay = relay

    def leave(self, member: Member) -> None:
        """The member is gone, and its presence with it."""
        self.members.pop(member, None)
        self.untrack(member)

    def untrack(self, member: Member) -> None:
        """The member's presence ends."""
        difference = self.presence.untrack(id(member))
        if difference is not None:
            self.present(difference)

    # on every server

    def broadcast(self, body: bytes, sender: Member | None = None) -> None:
        """A broadcast in its text form: `{"type": "broadcast", "event", "payload"[, "meta"]}`."""
        self.deliver(body, sender)
        self._relay.broadcast(self.address, body)

    def broadcast_user(
        self, event: str, payload: bytes, *, is_json: bool, sender: Member | None = None, meta: bytes = b""
    ) -> None:
        """A broadcast in its binary form for 2.0.0, rewritten as text for 1.0.0 (which bytes cannot reach).

        Raises:
            BadFrame: `payload` claims to be JSON and is not, or topic or event is too long for the form.
        """
        if is_json:
            _check_json(payload)
        self.deliver_user(event, payload, is_json=is_json, sender=sender, meta=meta)
        self._relay.broadcast_user(self.address, event, payload, is_json=is_json, meta=meta)

    def present(self, difference: Difference) -> None:
        """Tell everyone who listens to presence who came and went here."""
        self.show(difference)
        self._relay.present(self.address, difference)

    # on this one

    def deliver(self, body: bytes, sender: Member | None = None, stored: str | None = None) -> None:
        """As `broadcast`, to the members who are here; `stored` is the id of one that is kept."""
        frames: dict[Version, bytes] = {}
        for member in self._listening(sender):
            version = member.line.version
            if version not in frames:
                frames[version] = encode_text(version, self.name, "broadcast", body)
            member.receive(frames[version], stored)

    def deliver_user(
        self, event: str, payload: bytes, *, is_json: bool, sender: Member | None = None, meta: bytes = b""
    ) -> None:
        """As `broadcast_user`, to the members who are here.

        Raises:
            BadFrame: topic or event is too long for the form.
        """
        binary = encode_broadcast(self.name, event, payload, is_json=is_json, meta=meta)
        text: bytes | None = None
        stored = stored_in(meta)
        for member in self._listening(sender):
            if member.line.version is Version.V2:
                member.receive(binary, stored)
            elif is_json:
                if text is None:
                    text = encode_text(Version.V1, self.name, "broadcast", broadcast_body(event, payload, meta))
                member.receive(text, stored)

    def show(self, difference: Difference) -> None:
        """Tell the members who are here and listen to presence who came and went, wherever."""
        body = orjson.dumps(difference.body())
        frames: dict[Version, bytes] = {}
        for member in self.members:
            if member.presence_enabled and member.rights.read_presence:
                version = member.line.version
                if version not in frames:
                    frames[version] = encode_text(version, self.name, "presence_diff", body)
                member.receive(frames[version])

    def _listening(self, sender: Member | None) -> list[Member]:
        return [
            member
            for member in self.members
            if member.rights.read_broadcast and (member is not sender or member.hears_itself)
        ]


def broadcast_body(event: str, payload: bytes, meta: bytes = b"") -> bytes:
    """The text form of a broadcast from its parts; `payload` and `meta` are JSON."""
    tail = b',"meta":' + meta if meta else b""
    return b'{"type":"broadcast","event":' + orjson.dumps(event) + b',"payload":' + payload + tail + b"}"


def _check_json(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadFrame("The payload is not JSON.", details=str(error)) from error


def check_broadcast(topic: str, event: str, payload: bytes, *, is_json: bool) -> None:
    """Whether a broadcast can be sent, in either form.

    Raises:
        BadFrame: `payload` claims to be JSON and is not, or topic or event is too long for the form.
    """
    encode_broadcast(topic, event, b"", is_json=is_json)
    if is_json:
        _check_json(payload)


def meta_of(stored: str) -> bytes:
    """The meta of a broadcast that is kept."""
    return orjson.dumps({"id": stored})


def stored_in(meta: bytes) -> str | None:
    """The id of a broadcast that is kept, by its meta; None for another."""
    return str(orjson.loads(meta)["id"]) if meta else None
