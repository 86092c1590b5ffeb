"""The Idempotency-Key of an operation that spends: however often it is sent, the spending happens once."""

from __future__ import annotations

from sahne.errors import InvalidRequest

KEY_CHARACTERS_MAX = 200
BLANKS = " \t"  # what HTTP lets stand around a header's value


class IdempotencyKeyRequired(InvalidRequest):
    """This operation spends: it needs an Idempotency-Key header."""

    code = "idempotency_key_required"


class IdempotencyKeyUnreadable(InvalidRequest):
    """An Idempotency-Key is made of printable ASCII characters."""

    code = "idempotency_key_unreadable"


def idempotency_key(header: bytes | None) -> str:
    """The key of a request by its header; how long it is remains to be looked at.

    Raises:
        IdempotencyKeyRequired: there is none.
        IdempotencyKeyUnreadable: it would not be the same key on every way here.
    """
    key = (header or b"").decode("latin-1").strip(BLANKS)
    if not key:
        raise IdempotencyKeyRequired(hint="Send a new UUID per intent, and the same one when you try again.")
    if not (key.isascii() and key.isprintable()):
        raise IdempotencyKeyUnreadable(hint="A UUID is what most clients send.")
    return key
