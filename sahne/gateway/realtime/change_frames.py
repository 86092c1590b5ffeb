"""What is sent of changes: each for the subscriptions it answers, and how far who catches up has come."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from sahne.changes.position import Position
from sahne.gateway.realtime.channel import POSTGRES_CHANGES, SYSTEM
from sahne.gateway.realtime.frames import Version, encode_text
from sahne.gateway.realtime.topic import PREFIX

UP_TO_DATE = "Changes up to commit were sent"
MISSED = "Changes may be missing: load again, then go on from commit"


def position_frame(version: Version, topic: str, position: Position, *, load_again: bool = False) -> bytes:
    """The message that says so, the same for every member of a topic."""
    body = {
        "extension": POSTGRES_CHANGES,
        "status": "error" if load_again else "ok",
        "message": MISSED if load_again else UP_TO_DATE,
        "channel": topic.removeprefix(PREFIX),
        "commit": str(position),
        "load_again": load_again,
    }
    return encode_text(version, topic, SYSTEM, orjson.dumps(body))


def change_frame(version: Version, topic: str, ids: Sequence[int], data: bytes) -> bytes:
    """A change for the subscriptions that it answers."""
    body = b'{"ids":' + orjson.dumps(ids) + b',"data":' + data + b"}"
    return encode_text(version, topic, POSTGRES_CHANGES, body)
