"""Protocol Buffers' wire format, as much of it as a trial join reads and writes: numbers, and what has a length.

Source: protobuf.dev, "Encoding". No I/O; what cannot be read is a ValueError.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
FIXED_BYTES = {FIXED64: 8, FIXED32: 4}
VARINT_BYTES_MAX = 10


def fields_of(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field's number with its value, in the order they come.

    Raises:
        ValueError: it is no message.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == LENGTH:
            size, at = _varint(message, at)
        elif kind in FIXED_BYTES:
            size = FIXED_BYTES[kind]
        else:
            raise ValueError(f"wire type {kind}")
        if at + size > len(message):
            raise ValueError("a field is longer than its message")
        yield number, message[at : at + size]
        at += size


def part(message: bytes, number: int) -> bytes:
    """The last value of a field that has a length, empty when it is left out."""
    parts = [value for each, value in fields_of(message) if each == number and isinstance(value, bytes)]
    return parts[-1] if parts else b""


def field_of(number: int, value: bytes | int) -> bytes:
    """One field to be sent."""
    if isinstance(value, int):
        return _as_varint(number << 3 | VARINT) + _as_varint(value)
    return _as_varint(number << 3 | LENGTH) + _as_varint(len(value)) + value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(VARINT_BYTES_MAX):
        if at >= len(message):
            raise ValueError("a number ends too soon")
        byte = message[at]
        value |= (byte & 0x7F) << 7 * shift
        at += 1
        if byte < 0x80:
            return value, at
    raise ValueError("a number is too long")


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
