"""What members of a topic say, told to the other servers; `neighbours.py` hears it there.

message  length of the address (2 bytes, big-endian) · address (JSON: name, whether private, what else it takes) · body
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import orjson

from sahne.bus.bus import Bus
from sahne.bus.packing import Kind
from sahne.gateway.realtime.presence import Difference

_LENGTH = struct.Struct(">H")


class Address(NamedTuple):
    """Which topic: a private and a public one of one name are two."""

    name: str
    private: bool


class Relay:
    """Over a bus without others it does nothing."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def broadcast(self, to: Address, body: bytes) -> None:
        """A broadcast in its text form."""
        if self._bus.is_shared:
            self._bus.say(Kind.BROADCAST, addressed(to, body))

    def broadcast_user(self, to: Address, event: str, payload: bytes, *, is_json: bool, meta: bytes) -> None:
        """A broadcast in its binary form."""
        if self._bus.is_shared:
            self._bus.say(Kind.USER_BROADCAST, addressed(to, payload, event, is_json, meta.decode()))

    def present(self, to: Address, difference: Difference) -> None:
        """Who came and went here."""
        if self._bus.is_shared:
            leaves = [meta["phx_ref"] for metas in difference.leaves.values() for meta in metas]
            body = orjson.dumps({"joins": difference.joins, "leaves": leaves})
            self._bus.say(Kind.PRESENCE_CHANGED, addressed(to, body))


def addressed(to: Address, body: bytes, *more: object) -> bytes:
    """A message to a topic."""
    head = orjson.dumps([to.name, to.private, *more])
    return _LENGTH.pack(len(head)) + head + body


def read_addressed(message: bytes) -> tuple[Address, list[Any], bytes]:
    """The topic, what else its address takes, and the body."""
    (length,) = _LENGTH.unpack_from(message)
    end = _LENGTH.size + length
    name, private, *more = orjson.loads(message[_LENGTH.size : end])
    return Address(name, private), more, message[end:]
