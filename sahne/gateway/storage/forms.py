"""An upload's body, raw or multipart, read as it comes: first what is said of the file, then the file in chunks."""

from __future__ import annotations

import base64
import binascii
import re
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sahne.gateway.bodies import Body
from sahne.gateway.storage.calls import Call, upload_chunks
from sahne.objects.errors import EntityTooLarge, InvalidParameter
from sahne.objects.store import Content

FIELDS_MAX = 32
FIELDS_BYTES_MAX = 1024 * 1024  # of all of a form together
HEADER_BYTES_MAX = 8 * 1024
CACHE_SECONDS_DIGITS_MAX = 11
LEVELS_MAX = 200  # with those of an answer around it fewer than can be written
NUMBER_MAX = 2**63
FIELD_NAMES = frozenset({"cacheControl", "metadata", "userMetadata", "contentType", "contentEncoding"})
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,256}")


@dataclass(frozen=True, slots=True)
class UploadBody:
    """An upload whose file has not been read yet. `declared_bytes` is the file's announced size, when it was."""

    content: Content
    chunks: AsyncIterator[bytes]
    declared_bytes: int | None


async def read_upload(call: Call, body: Body) -> UploadBody:
    """What is said of the file, and the file to be read; `body` weighs what is kept in memory.

    Raises:
        InvalidParameter, EntityTooLarge: the form cannot be read, holds no file, or says too much.
        BodiesCrowd: there is no room for what it says now.
    """
    kind = call.request.headers.get("content-type") or ""
    if kind.lower().startswith("multipart/form-data"):
        return await _from_form(call, kind, body)
    content = Content(
        mimetype=kind or "application/octet-stream",
        cache_control=header_value(call.request.headers.get("cache-control")) or "no-cache",
        user_metadata=user_metadata(call),
    )
    return UploadBody(content, upload_chunks(call.request), _announced(call))


async def _from_form(call: Call, kind: str, body: Body) -> UploadBody:
    boundary = parse_options_header(kind)[1].get(b"boundary")
    if not boundary:
        raise InvalidParameter("The form has no boundary.")
    form = _Form(chunks=upload_chunks(call.request), boundary=boundary, body=body)
    fields, mimetype = await form.read_to_file()
    content = Content(
        mimetype=fields.get("contentType") or mimetype or "application/octet-stream",
        cache_control=cache_control_of(fields.get("cacheControl")),
        user_metadata=metadata_in(fields.get("metadata") or fields.get("userMetadata")),
    )
    return UploadBody(content, form.file_chunks(), form.file_bytes_of(_announced(call)))


@dataclass(slots=True)
class _Part:
    """A part whose headers are known."""

    headers: dict[str, bytes]

    @property
    def name(self) -> str:
        return self._option(b"name")

    @property
    def is_file(self) -> bool:
        return bool(self._option(b"filename")) or self.name not in FIELD_NAMES

    def _option(self, option: bytes) -> str:
        return (
            parse_options_header(self.headers.get("content-disposition"))[1].get(option, b"").decode(errors="replace")
        )


class _End:
    """A part is over."""


@dataclass(slots=True, kw_only=True)
class _Form:
    """A form read part by part; the parser's calls become events in a queue that holds one chunk's worth."""

    chunks: AsyncIterator[bytes]
    boundary: bytes
    body: Body
    _events: deque[_Part | bytes | _End] = field(default_factory=deque)
    _headers: dict[str, bytes] = field(default_factory=dict)
    _read: int = 0
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _parser: Any = None

    def __post_init__(self) -> None:
        self._parser = MultipartParser(
            self.boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": lambda data, start, end: self._grow(self._name, data[start:end]),
                "on_header_value": lambda data, start, end: self._grow(self._value, data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": lambda: self._events.append(_Part(dict(self._headers))),
                "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                "on_part_end": lambda: self._events.append(_End()),
            },
        )

    async def read_to_file(self) -> tuple[dict[str, str], str]:
        """The fields before the file, and the type the file's part names."""
        fields: dict[str, str] = {}
        while (event := await self._next()) is not None:
            if not isinstance(event, _Part):
                continue
            if event.is_file:
                return fields, event.headers.get("content-type", b"").decode("latin-1")
            if len(fields) >= FIELDS_MAX:
                raise EntityTooLarge("The form has too many fields.")
            fields[event.name] = await self._field()
        raise InvalidParameter("No content provided")

    def file_bytes_of(self, form_bytes: int | None) -> int | None:
        """The file's size in a form of this size, when the file is what it ends with, as clients have it."""
        if form_bytes is None:
            return None
        end = len(b"\r\n--" + self.boundary + b"--\r\n")
        waiting = sum(len(event) for event in self._events if isinstance(event, bytes))
        whole = any(isinstance(event, _End) for event in self._events)
        return waiting if whole else max(form_bytes - self._read + waiting - end, 0)

    async def file_chunks(self) -> AsyncIterator[bytes]:
        """The file. A form that ends before the file does is an error."""
        while (event := await self._next()) is not None:
            if isinstance(event, _End):
                return
            if isinstance(event, bytes) and event:
                yield event
        raise InvalidParameter("The form ended before the file did.")

    async def _field(self) -> str:
        value = bytearray()
        while not isinstance(event := await self._next(), _End | None):
            if isinstance(event, bytes):
                value += event
                if self.body.grow(len(event)) > FIELDS_BYTES_MAX:
                    raise EntityTooLarge("The user_metadata exceeded the maximum allowed size")
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise InvalidParameter("A field of the form is not UTF-8.") from error

    async def _next(self) -> _Part | bytes | _End | None:
        while not self._events:
            chunk = await anext(self.chunks, None)
            if chunk is None:
                return None
            self._read += len(chunk)
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise InvalidParameter("The form cannot be read.") from error
        return self._events.popleft()

    def _grow(self, text: bytearray, data: bytes) -> None:
        text += data
        if len(text) > HEADER_BYTES_MAX:
            raise InvalidParameter("A header of the form is too long.")

    def _header_end(self) -> None:
        if len(self._headers) >= FIELDS_MAX:
            raise InvalidParameter("A part of the form has too many headers.")
        self._headers[self._name.decode("latin-1").lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()


def cache_control_of(seconds: str | None) -> str:
    """The header that is kept of what clients call `cacheControl`: seconds, or a header's value."""
    seconds = seconds or ""
    if seconds.isascii() and seconds.isdecimal() and len(seconds) <= CACHE_SECONDS_DIGITS_MAX:
        return f"max-age={seconds}"
    return header_value(seconds) or "no-cache"


def header_value(value: str | None) -> str | None:
    """A value that may stand in a header of ours later."""
    return value if value and _HEADER_VALUE.fullmatch(value) else None


def user_metadata(call: Call) -> dict[str, Any] | None:
    """What `x-metadata` says of an object: a JSON object in base64. Raises InvalidParameter."""
    value = call.request.headers.get("x-metadata")
    if not value:
        return None
    try:
        return metadata_in(base64.b64decode(value + "=" * (-len(value) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidParameter("x-metadata must be a JSON object in base64.") from error


def metadata_in(text: str | bytes | None) -> dict[str, Any] | None:
    """A JSON object, or nothing at all. Raises InvalidParameter."""
    if not text:
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidParameter("The metadata of an object must be a JSON object.") from error
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidParameter("The metadata of an object must be a JSON object.")
    if not _can_be_answered(value):
        raise InvalidParameter(
            f"The metadata of an object may hold numbers below 2^63 and be nested {LEVELS_MAX} levels deep."
        )
    return value


def _can_be_answered(value: object, levels: int = LEVELS_MAX) -> bool:
    """Whether what PostgreSQL makes of a value can be written again: a large float comes back as an integer."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        return levels > 0 and all(_can_be_answered(each, levels - 1) for each in inside)
    return not isinstance(value, float) or abs(value) < NUMBER_MAX


def _announced(call: Call) -> int | None:
    """The body's size, when it was said."""
    declared = call.request.headers.get("content-length") or ""
    return int(declared) if declared.isdecimal() else None
