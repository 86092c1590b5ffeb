"""A topic and its members: a message is encoded once for each serializer and queued at every member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from sahne.gateway.realtime.frames import BadFrame, Version, encode_broadcast, encode_text
from sahne.gateway.realtime.presence import Difference, Presence

if TYPE_CHECKING:
    from sahne.gateway.realtime.channel import Channel


class Topic:
    """`name` as clients write it (`realtime:room1`); a private and a public topic of one name are two topics."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: dict[Channel, None] = {}
        self.presence = Presence()

    def broadcast(self, body: bytes, sender: Channel | None = None) -> None:
        """A broadcast in its text form: `{"type": "broadcast", "event", "payload"[, "meta"]}`."""
        frames: dict[Version, bytes] = {}
        for member in self._listening(sender):
            version = member.client.version
            if version not in frames:
                frames[version] = encode_text(version, self.name, "broadcast", body)
            member.client.send(frames[version])

    def broadcast_user(
        self, event: str, payload: bytes, *, is_json: bool, sender: Channel | None = None, meta: bytes = b""
    ) -> None:
        """A broadcast in its binary form for 2.0.0, rewritten as text for 1.0.0 (which bytes cannot reach).

        Raises:
            BadFrame: `payload` claims to be JSON and is not, or topic or event is too long for the form.
        """
        if is_json:
            _check_json(payload)
        binary = encode_broadcast(self.name, event, payload, is_json=is_json, meta=meta)
        text: bytes | None = None
        for member in self._listening(sender):
            if member.client.version is Version.V2:
                member.client.send(binary)
            elif is_json:
                if text is None:
                    text = encode_text(Version.V1, self.name, "broadcast", broadcast_body(event, payload, meta))
                member.client.send(text)

    def present(self, difference: Difference) -> None:
        """Tell everyone who listens to presence who came and went."""
        body = orjson.dumps(difference.body())
        frames: dict[Version, bytes] = {}
        for member in self.members:
            if member.presence_enabled and member.rights.read_presence:
                version = member.client.version
                if version not in frames:
                    frames[version] = encode_text(version, self.name, "presence_diff", body)
                member.client.send(frames[version])

    def _listening(self, sender: Channel | None) -> list[Channel]:
        return [
            member
            for member in self.members
            if member.rights.read_broadcast and (member is not sender or member.config.self_)
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
