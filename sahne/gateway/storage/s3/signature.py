"""AWS Signature Version 4, without I/O: what a request was signed with, and whether that is so.

The source is "AWS Signature Version 4 for API requests" (IAM user guide) and, for presigned URLs and signed chunks,
"Authenticating Requests (AWS Signature Version 4)" (S3 API reference).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from sahne.gateway.storage.s3.errors import (
    AuthorizationMalformed,
    HeadersNotSigned,
    RequestExpired,
    RequestTimeTooSkewed,
    SignatureDoesNotMatch,
)

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "s3"
READ_BY_S3 = "x-amz-"
UNSIGNED = "UNSIGNED-PAYLOAD"
SKEW = timedelta(minutes=15)
PRESIGNED_SECONDS_MAX = 7 * 24 * 60 * 60
SIGNED_HEADERS_MAX = 64
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()

_CREDENTIAL = re.compile(r"([^/\s]{1,128})/([0-9]{8})/([A-Za-z0-9-]{1,64})/s3/aws4_request")
_FIELD = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SPACES = re.compile(r" +")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a request says it was signed with. `expires_seconds` is None but in presigned URLs."""

    access_key: str
    date: str
    region: str
    moment: str
    signed_headers: tuple[str, ...]
    signature: str
    payload_sha256: str
    session_token: str | None
    expires_seconds: int | None = None

    @property
    def scope(self) -> str:
        """Of the key that signs: a day, a region, this service."""
        return f"{self.date}/{self.region}/{SERVICE}/aws4_request"

    def key(self, secret: str) -> bytes:
        """The key that signs."""
        key = f"AWS4{secret}".encode()
        for part in (self.date, self.region, SERVICE, "aws4_request"):
            key = _hmac(key, part)
        return key

    def refuse_unsigned(self, headers: Iterable[str]) -> None:
        """What S3 reads must be what was signed: whoever holds a presigned URL adds nothing to it.

        Raises:
            HeadersNotSigned
        """
        told = {name for name in map(str.lower, headers) if name.startswith(READ_BY_S3)}
        if more := sorted(told.difference(self.signed_headers)):
            raise HeadersNotSigned(details=more)

    def refuse_untimely(self, now: datetime) -> None:
        """Raises RequestTimeTooSkewed, RequestExpired."""
        began = datetime.strptime(self.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if self.expires_seconds is None:
            if abs(now - began) > SKEW:
                raise RequestTimeTooSkewed()
        elif began > now + SKEW or now > began + timedelta(seconds=self.expires_seconds):
            raise RequestExpired()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What of a request is signed. `path` is decoded; `hosts` are the names it may have been sent to."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    hosts: tuple[str, ...]


def query_pairs(query: str) -> tuple[tuple[str, str], ...]:
    """The parameters of a query string in their order; a plus is a plus."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return tuple((unquote(name), unquote(value)) for name, _, value in pairs)


def signature_of(request: SignedRequest) -> Signature | None:
    """What a request was signed with, in its header or its URL; None where it was not.

    Raises:
        AuthorizationMalformed
    """
    header = request.headers.get("authorization", "")
    if header.startswith(ALGORITHM):
        return _from_header(header, request.headers)
    query = dict(request.query)
    return _from_query(query) if "X-Amz-Signature" in query else None


def verify(request: SignedRequest, signature: Signature, secrets: Iterable[str]) -> str:
    """The secret that it was signed with. Raises SignatureDoesNotMatch."""
    for secret in secrets:
        key = signature.key(secret)
        for host in request.hosts:
            if hmac.compare_digest(sign_request(key, request, signature, host), signature.signature):
                return secret
    raise SignatureDoesNotMatch()


def sign_request(key: bytes, request: SignedRequest, signature: Signature, host: str) -> str:
    """The signature of a request that was sent to `host`."""
    headers = dict(request.headers) | {"host": host}
    query = sorted(
        (quote(name, safe="~"), quote(value, safe="~")) for name, value in request.query if name != "X-Amz-Signature"
    )
    canonical = "\n".join(
        (
            request.method,
            quote(request.path, safe="/~"),
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{_SPACES.sub(' ', headers.get(name, '').strip())}" for name in signature.signed_headers),
            "",
            ";".join(signature.signed_headers),
            signature.payload_sha256,
        )
    )
    return sign_text(key, ALGORITHM, signature, (hashlib.sha256(canonical.encode()).hexdigest(),))


def sign_text(key: bytes, kind: str, signature: Signature, lines: Iterable[str]) -> str:
    """The signature of a text of this kind, as of chunks and trailers."""
    return _hmac(key, "\n".join((kind, signature.moment, signature.scope, *lines))).hex()


def _from_header(header: str, headers: Mapping[str, str]) -> Signature:
    fields = dict(_FIELD.findall(header))
    return _signature(
        credential=fields.get("Credential", ""),
        moment=headers.get("x-amz-date", ""),
        signed_headers=fields.get("SignedHeaders", ""),
        signature=fields.get("Signature", ""),
        payload_sha256=headers.get("x-amz-content-sha256", UNSIGNED),
        session_token=headers.get("x-amz-security-token"),
    )


def _from_query(query: Mapping[str, str]) -> Signature:
    seconds = query.get("X-Amz-Expires", "")
    if query.get("X-Amz-Algorithm") != ALGORITHM or not (seconds.isdecimal() and len(seconds) <= 6):
        raise AuthorizationMalformed()
    if not 1 <= int(seconds) <= PRESIGNED_SECONDS_MAX:
        raise AuthorizationMalformed("X-Amz-Expires must be between 1 second and a week")
    return _signature(
        credential=query.get("X-Amz-Credential", ""),
        moment=query.get("X-Amz-Date", ""),
        signed_headers=query.get("X-Amz-SignedHeaders", ""),
        signature=query.get("X-Amz-Signature", ""),
        payload_sha256=query.get("X-Amz-Content-Sha256", UNSIGNED),
        session_token=query.get("X-Amz-Security-Token"),
        expires_seconds=int(seconds),
    )


def _signature(
    *,
    credential: str,
    moment: str,
    signed_headers: str,
    signature: str,
    payload_sha256: str,
    session_token: str | None,
    expires_seconds: int | None = None,
) -> Signature:
    named = _CREDENTIAL.fullmatch(credential)
    headers = tuple(signed_headers.split(";"))
    if not named or not _DATE.fullmatch(moment) or not moment.startswith(named[2]) or not signature:
        raise AuthorizationMalformed()
    if "host" not in headers or len(headers) > SIGNED_HEADERS_MAX:
        raise AuthorizationMalformed("The host must be signed")
    return Signature(
        access_key=named[1],
        date=named[2],
        region=named[3],
        moment=moment,
        signed_headers=headers,
        signature=signature,
        payload_sha256=payload_sha256,
        session_token=session_token,
        expires_seconds=expires_seconds,
    )


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
