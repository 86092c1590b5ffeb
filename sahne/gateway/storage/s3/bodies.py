"""The bytes of a request in S3's protocol: as they are or cut in signed chunks, held against every sum that was told.

A sum that is wrong is found at the end, and raised there: what was read by then is kept nowhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sahne.gateway.storage.s3.errors import (
    BadDigest,
    ContentSha256Mismatch,
    IncompleteBody,
    InvalidArgument,
    NotOffered,
    SignatureDoesNotMatch,
)
from sahne.gateway.storage.s3.signature import EMPTY_SHA256, UNSIGNED, Signature, sign_text

LINE_BYTES_MAX = 8 * 1024
CHUNK_BYTES_MIN = 8 * 1024  # but for the last one: S3's own, and thousands of small ones would hold up the loop
TRAILERS_MAX = 8
STREAMING = "STREAMING-"
SIGNED_CHUNKS = frozenset({"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"})
UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
TRAILER_SIGNATURE = "x-amz-trailer-signature"


class _Sum(Protocol):
    def update(self, data: bytes, /) -> object: ...
    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


# Those that are verified; others (crc32c, crc64nvme) are passed over
SUMS: dict[str, Callable[[], _Sum]] = {
    "content-md5": lambda: hashlib.md5(usedforsecurity=False),
    "x-amz-checksum-crc32": _Crc32,
    "x-amz-checksum-sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "x-amz-checksum-sha256": hashlib.sha256,
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key a request was signed with, by which its chunks are too; None where nothing is signed."""

    signature: Signature
    key: bytes


def body_of(
    chunks: AsyncIterator[bytes], headers: Mapping[str, str], signing: SigningKey
) -> tuple[AsyncIterator[bytes], int | None]:
    """The content of a body, and its size where it was announced.

    Raises, while it is read:
        IncompleteBody, BadDigest, ContentSha256Mismatch, SignatureDoesNotMatch.
    """
    payload = signing.signature.payload_sha256
    told: dict[str, str] = {name: headers[name] for name in SUMS if name in headers}
    if payload.startswith(STREAMING):
        if payload not in SIGNED_CHUNKS and payload != UNSIGNED_CHUNKS:
            raise NotOffered(details=payload)
        reader = _ChunkedReader(chunks, signing if payload in SIGNED_CHUNKS else None, told)
        announced = _number(headers.get("x-amz-decoded-content-length"))
        wanted = headers.get("x-amz-trailer", "").strip().lower()
        return _summed(reader.content(), told, announced, [wanted] if wanted in SUMS else []), announced
    announced = _number(headers.get("content-length"))
    if payload != UNSIGNED:
        chunks = _hashed(chunks, payload)
    return _summed(chunks, told, announced, []), announced


async def _summed(
    chunks: AsyncIterator[bytes], told: dict[str, str], announced: int | None, trailing: list[str]
) -> AsyncIterator[bytes]:
    """The same, added up; `told` may grow by what stands behind the content."""
    sums = {name: SUMS[name]() for name in (*told, *trailing)}
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        for each in sums.values():
            each.update(chunk)
        yield chunk
    if announced is not None and size != announced:
        raise IncompleteBody(details=size)
    for name, each in sums.items():
        if not hmac.compare_digest(each.digest(), _decoded(told.get(name, ""))):
            raise BadDigest(details=name)


async def _hashed(chunks: AsyncIterator[bytes], sha256: str) -> AsyncIterator[bytes]:
    hash = hashlib.sha256()
    async for chunk in chunks:
        hash.update(chunk)
        yield chunk
    if not hmac.compare_digest(hash.hexdigest(), sha256):
        raise ContentSha256Mismatch()


class _ChunkedReader:
    """`aws-chunked`: a size in hexadecimal and perhaps a signature, so many bytes, and again; then trailers."""

    def __init__(self, chunks: AsyncIterator[bytes], signing: SigningKey | None, trailers: dict[str, str]) -> None:
        self._chunks = chunks
        self._signing = signing
        self._trailers = trailers
        self._buffer = bytearray()
        self._before = signing.signature.signature if signing else ""

    async def content(self) -> AsyncIterator[bytes]:
        size = 0
        while True:
            head, _, extension = (await self._line()).partition(";")
            hash = hashlib.sha256()
            before, size = size, _hexadecimal(head)
            if 0 < before < CHUNK_BYTES_MIN and size:
                raise IncompleteBody(f"A chunk has at least {CHUNK_BYTES_MIN} bytes, but for the last one.")
            left = size
            while left:
                piece = await self._some(left)
                left -= len(piece)
                hash.update(piece)
                yield piece
            self._verify(extension.removeprefix("chunk-signature="), hash.hexdigest())
            if not size:
                break
            if await self._line():
                raise IncompleteBody("A chunk is longer than it says.")
        await self._read_trailers()

    async def _read_trailers(self) -> None:
        text = ""
        for _ in range(TRAILERS_MAX):
            line = await self._line(at_end="")
            if not line:
                break
            name, _, value = line.partition(":")
            if name.strip().lower() == TRAILER_SIGNATURE:
                self._verify_trailers(value.strip(), text)
                continue
            self._trailers[name.strip().lower()] = value.strip()
            text += f"{name.strip()}:{value.strip()}\n"

    def _verify(self, given: str, sha256: str) -> None:
        if self._signing is None:
            return
        lines = (self._before, EMPTY_SHA256, sha256)
        expected = sign_text(self._signing.key, "AWS4-HMAC-SHA256-PAYLOAD", self._signing.signature, lines)
        self._match(expected, given)

    def _verify_trailers(self, given: str, text: str) -> None:
        if self._signing is None:
            return
        lines = (self._before, hashlib.sha256(text.encode()).hexdigest())
        self._match(sign_text(self._signing.key, "AWS4-HMAC-SHA256-TRAILER", self._signing.signature, lines), given)

    def _match(self, expected: str, given: str) -> None:
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise SignatureDoesNotMatch()
        self._before = expected

    async def _line(self, at_end: str | None = None) -> str:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > LINE_BYTES_MAX:
                raise IncompleteBody("A chunk's head is too long.")
            if not await self._more():
                if at_end is None or self._buffer:
                    raise IncompleteBody()
                return at_end
        line = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + 2]
        return line

    async def _some(self, most: int) -> bytes:
        if not self._buffer and not await self._more():
            raise IncompleteBody()
        piece = bytes(self._buffer[:most])
        del self._buffer[:most]
        return piece

    async def _more(self) -> bool:
        chunk = await anext(self._chunks, None)
        self._buffer += chunk or b""
        return chunk is not None


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:
        raise InvalidArgument("A length must be a number of bytes.")
    return int(text)


def _hexadecimal(text: str) -> int:
    try:
        return int(text, 16) if 0 < len(text) <= 8 and text.isalnum() else _no_size()
    except ValueError:
        return _no_size()


def _no_size() -> int:
    raise IncompleteBody("A chunk does not say how long it is.")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
