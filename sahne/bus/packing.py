"""What goes over the wire: a pack of one server's messages, in the order in which it said them.

    pack     version (1 byte) · the server's id (8 ASCII bytes) · messages
    message  kind (1 byte) · length of the body (4 bytes, big-endian) · body

Messages that are said in one moment travel as one, so a busy bus costs Redis little. A pack of another version is
passed over: its servers and ours do not hear each other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum
from secrets import token_hex

VERSION = 1
ID_CHARACTERS = 8

_HEAD = struct.Struct(f">B{ID_CHARACTERS}s")
_MESSAGE = struct.Struct(">BI")


class Kind(IntEnum):
    """What a message is about."""

    ALIVE = 1
    GOODBYE = 2
    BROADCAST = 10
    USER_BROADCAST = 11
    PRESENCE_CHANGED = 20
    PRESENCE_BEGINS = 21
    PRESENCE_OF_TOPIC = 22
    PRESENCE_ENDS = 23
    PRESENCE_WANTED = 24
    SPENT = 30


class BadPack(Exception):
    """Bytes that are no pack of this version."""


def new_id() -> str:
    """A server's: another one after each start."""
    return token_hex(ID_CHARACTERS // 2)


def begin_pack(server: str) -> bytes:
    """What stands before a server's messages."""
    return _HEAD.pack(VERSION, server.encode())


def pack_message(kind: Kind, body: bytes) -> bytes:
    """One message as it stands in a pack."""
    return _MESSAGE.pack(kind, len(body)) + body


def sender_of(pack: bytes) -> str:
    """Whose it is.

    Raises:
        BadPack: it is of another version, or none.
    """
    if len(pack) < _HEAD.size or pack[0] != VERSION:
        raise BadPack(f"no pack of version {VERSION}")
    return pack[1 : _HEAD.size].decode("latin-1")


def messages_in(pack: bytes) -> Iterator[tuple[int, bytes]]:
    """The kind and body of each.

    Raises:
        BadPack: it ends within a message.
    """
    at = _HEAD.size
    while at < len(pack):
        if at + _MESSAGE.size > len(pack):
            raise BadPack("it ends within a message")
        kind, size = _MESSAGE.unpack_from(pack, at)
        at += _MESSAGE.size
        if at + size > len(pack):
            raise BadPack("it ends within a message")
        yield kind, pack[at : at + size]
        at += size
