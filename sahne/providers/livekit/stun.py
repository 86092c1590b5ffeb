"""A STUN binding request as ICE sends it to find out whether a way leads somewhere, and what is the answer to it.

Source: RFC 8489 (STUN) and RFC 8445, section 7.1 (ICE's connectivity checks). No I/O.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass

COOKIE = 0x2112A442
BINDING_REQUEST = 0x0001
ANSWERS = frozenset({0x0101, 0x0111})  # done, or refused in words of its own: somebody is there either way
USERNAME, INTEGRITY, PRIORITY, CONTROLLED, FINGERPRINT = 0x0006, 0x0008, 0x0024, 0x8029, 0x8028
HEAD = struct.Struct("!HHI12s")
ATTRIBUTE = struct.Struct("!HH")
INTEGRITY_BYTES, FINGERPRINT_BYTES = 24, 8  # each with its head
FINGERPRINT_XOR = 0x5354554E
A_PRIORITY = 0x6E7F1EFF  # a peer-reflexive candidate's (RFC 8445, section 5.1.2)


@dataclass(frozen=True, slots=True)
class IceUser:
    """One side's name and password of an ICE session."""

    name: str
    password: str

    @classmethod
    def new(cls) -> IceUser:
        """For this once."""
        return cls(secrets.token_hex(4), secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """What is sent, and by which the answer to it is known."""

    transaction: bytes
    body: bytes

    @classmethod
    def to(cls, theirs: IceUser, ours: IceUser) -> BindingRequest:
        """Of the one who is asked to be let in: signed with their password."""
        transaction = secrets.token_bytes(12)
        body = (
            _attribute(USERNAME, f"{theirs.name}:{ours.name}".encode())
            + _attribute(PRIORITY, struct.pack("!I", A_PRIORITY))
            + _attribute(CONTROLLED, secrets.token_bytes(8))
        )
        # each of the two covers the head with the length up to its own end
        signed = _head(len(body) + INTEGRITY_BYTES, transaction) + body
        body += _attribute(INTEGRITY, hmac.new(theirs.password.encode(), signed, hashlib.sha1).digest())
        summed = _head(len(body) + FINGERPRINT_BYTES, transaction) + body
        body += _attribute(FINGERPRINT, struct.pack("!I", binascii.crc32(summed) ^ FINGERPRINT_XOR))
        return cls(transaction, _head(len(body), transaction) + body)

    def is_answered_by(self, message: bytes) -> bool:
        """Whether a message is the answer to this very request."""
        if len(message) < HEAD.size:
            return False
        kind, _, cookie, transaction = HEAD.unpack_from(message)
        return kind in ANSWERS and cookie == COOKIE and transaction == self.transaction


def _head(length: int, transaction: bytes) -> bytes:
    return HEAD.pack(BINDING_REQUEST, length, COOKIE, transaction)


def _attribute(kind: int, value: bytes) -> bytes:
    return ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)
