"""The two serializers of the protocol and WebSocket's own framing: pure functions from values to bytes and back.

1.0.0 is JSON objects `{topic, event, payload, ref, join_ref}`; 2.0.0 is JSON arrays `[join_ref, ref, topic, event,
payload]` and two binary kinds for broadcasts. What we send is framed here once (RFC 6455, a server's frames carry no
mask) and written to every socket of a topic as it is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from sahne.errors import InvalidRequest

USER_BROADCAST_PUSH = 3
USER_BROADCAST = 4
ENCODING_BINARY, ENCODING_JSON = 0, 1
PART_BYTES_MAX = 255
REF_CHARACTERS_MAX = 255
ENVELOPE_LEVELS = 16  # more than presence, the deepest of them, puts around what was tracked

_TEXT, _BINARY = 0x81, 0x82

Ref = str | int | None  # a client's own mark, which it gets back as it wrote it


class Version(Enum):
    """Which serializer a socket speaks; 1.0.0 when it does not say."""

    V1 = "1.0.0"
    V2 = "2.0.0"

    __hash__ = object.__hash__  # of Enum's own, a call in Python, each delivery would take two


class BadFrame(InvalidRequest):
    """The frame does not follow the protocol."""

    code = "bad_frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A message from a client. `payload` is decoded JSON."""

    join_ref: Ref
    ref: Ref
    topic: str
    event: str
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastPush:
    """A broadcast in a binary frame; `payload` is as sent: JSON text or bytes. `persist`: how it asks to be stored."""

    join_ref: str | None = None
    ref: str | None = None
    topic: str
    event: str
    payload: bytes
    is_json: bool
    persist: object = None


def decode_text(version: Version, data: bytes) -> Push:
    """A text frame.

    Raises:
        BadFrame: not JSON, or not of the shape of `version`.
    """
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadFrame(details=str(error)) from error
    if version is Version.V1 and isinstance(message, dict):
        parts = [message.get(name) for name in ("join_ref", "ref", "topic", "event", "payload")]
    elif version is Version.V2 and isinstance(message, list) and len(message) == 5:
        parts = message
    else:
        raise BadFrame(hint=f"Serializer {version.value} is in use.")
    join_ref, ref, topic, event, payload = parts
    if not isinstance(topic, str) or not isinstance(event, str):
        raise BadFrame(hint="Topic and event are strings.")
    return Push(
        join_ref=_ref(join_ref), ref=_ref(ref), topic=topic, event=event, payload={} if payload is None else payload
    )


def encode_payload(payload: Any) -> bytes:
    """A client's payload as JSON, when it can be written inside any envelope of ours too.

    Raises:
        BadFrame: nested too deep, or with a number too large.
    """
    enclosed = payload
    for _ in range(ENVELOPE_LEVELS):
        enclosed = [enclosed]
    try:
        return orjson.dumps(enclosed)[ENVELOPE_LEVELS:-ENVELOPE_LEVELS]
    except orjson.JSONEncodeError as error:
        raise BadFrame("The payload is nested too deep, or a number in it is too large.") from error


def _ref(value: Any) -> Ref:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if value is None or is_number or (isinstance(value, str) and len(value) <= REF_CHARACTERS_MAX):
        return value  # type: ignore[no-any-return]
    raise BadFrame(hint=f"A ref is a string of at most {REF_CHARACTERS_MAX} characters, or a whole number.")


def decode_binary(data: bytes) -> BroadcastPush:
    """A binary frame of 2.0.0: `03 | six lengths | join_ref ref topic event meta | payload`.

    Raises:
        BadFrame: another kind, shorter than its lengths say, or with a meta that is no JSON.
    """
    if len(data) < 7 or data[0] != USER_BROADCAST_PUSH:
        raise BadFrame(hint="The only binary frame a client sends is a broadcast.")
    *lengths, encoding = data[1:7]
    parts, at = [], 7
    for length in lengths:
        parts.append(data[at : at + length])
        at += length
    if at > len(data):
        raise BadFrame(hint="The frame ends early.")
    try:
        join_ref, ref, topic, event, meta = (part.decode() for part in parts)
        facts = orjson.loads(meta) if meta else None
    except (UnicodeDecodeError, orjson.JSONDecodeError) as error:
        raise BadFrame(details=str(error)) from error
    return BroadcastPush(
        join_ref=join_ref or None,
        ref=ref or None,
        topic=topic,
        event=event,
        payload=data[at:],
        is_json=encoding == ENCODING_JSON,
        persist=facts.get("persist") if isinstance(facts, dict) else None,
    )


def encode_text(
    version: Version, topic: str, event: str, payload: bytes, *, ref: Ref = None, join_ref: Ref = None
) -> bytes:
    """A framed text message; `payload` is JSON already. In 1.0.0 `ref` is there even when null: clients insist."""
    if version is Version.V1:
        head = orjson.dumps({"ref": ref, "topic": topic, "event": event})[:-1]
        return frame_text(head + b',"payload":' + payload + b"}")
    return frame_text(orjson.dumps([join_ref, ref, topic, event])[:-1] + b"," + payload + b"]")


def encode_broadcast(topic: str, event: str, payload: bytes, *, is_json: bool, meta: bytes = b"") -> bytes:
    """A framed binary broadcast of 2.0.0: `04 | lengths | topic event meta | payload`.

    Raises:
        BadFrame: topic or event is longer than 255 bytes.
    """
    parts = (topic.encode(), event.encode(), meta)
    if any(len(part) > PART_BYTES_MAX for part in parts):
        raise BadFrame(hint=f"Topic and event are at most {PART_BYTES_MAX} bytes.")
    head = bytes([USER_BROADCAST, *map(len, parts), ENCODING_JSON if is_json else ENCODING_BINARY])
    return frame_binary(head + b"".join(parts) + payload)


def frame_text(payload: bytes) -> bytes:
    """One whole WebSocket text frame."""
    return _frame(_TEXT, payload)


def frame_binary(payload: bytes) -> bytes:
    """One whole WebSocket binary frame."""
    return _frame(_BINARY, payload)


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return struct.pack(">BBH", first, 126, size) + payload
    return struct.pack(">BBQ", first, 127, size) + payload
