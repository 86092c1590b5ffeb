"""Signed paths: a token that opens one object for reading, one rendering of it, or one name for one upload, until it
expires.

The tokens are JWTs signed with the server's own secret. Each says in `scope` what it opens, so that none opens another
thing: not a read token an upload, and not a person's access token either of them. The owner of an upload travels
sealed: such links are handed out, and who a profile belongs to must not travel with them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sahne.objects.errors import InvalidParameter, InvalidSignature, InvalidSignedToken
from sahne.objects.names import Place
from sahne.objects.transforms import Transform, transform_in

DOWNLOAD = "download"
RENDER = "render"
UPLOAD = "upload"
UPLOAD_SECONDS = 2 * 60 * 60
SECONDS_MAX = 100 * 365 * 24 * 60 * 60
TOKEN_CHARACTERS_MAX = 8 * 1024
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class ReadPermit:
    """What a read token allows: one place, until `expires_at` (Unix seconds)."""

    place: Place
    expires_at: int


@dataclass(frozen=True, slots=True)
class RenderPermit:
    """What a token of a rendering allows: one place, as one transform makes it, until `expires_at` (Unix seconds)."""

    place: Place
    transform: Transform
    expires_at: int


@dataclass(frozen=True, slots=True)
class UploadPermit:
    """What an upload token allows: one place, for this owner, replacing or not."""

    place: Place
    owner: str | None
    upsert: bool


def signed_path(
    secret: str,
    place: Place,
    expires_in: int,
    transform: Transform | None = None,
    clock: Callable[[], float] = time.time,
) -> str:
    """`/object/sign/<bucket>/<name>?token=…`, to be put behind `/storage/v1`; good for `expires_in` seconds.

    With a transform it is `/render/image/sign/…`, and opens that rendering alone.

    Raises:
        InvalidParameter: not between 1 second and `SECONDS_MAX`.
    """
    if not 1 <= expires_in <= SECONDS_MAX:
        raise InvalidParameter(f"expiresIn must be between 1 and {SECONDS_MAX} seconds.")
    if transform is None:
        token = _sign(secret, {"url": str(place), "scope": DOWNLOAD}, expires_in, clock)
        return f"/object/sign/{_in_url(place)}?token={token}"
    claims = {"url": str(place), "scope": RENDER, "transformations": str(transform)}
    return f"/render/image/sign/{_in_url(place)}?token={_sign(secret, claims, expires_in, clock)}"


def signed_upload_path(secret: str, permit: UploadPermit, clock: Callable[[], float] = time.time) -> tuple[str, str]:
    """`/object/upload/sign/<bucket>/<name>?token=…` and the token alone; good for `UPLOAD_SECONDS`."""
    claims = {"url": str(permit.place), "scope": UPLOAD, "upsert": permit.upsert, "owner": _seal(secret, permit.owner)}
    token = _sign(secret, claims, UPLOAD_SECONDS, clock)
    return f"/object/upload/sign/{_in_url(permit.place)}?token={token}", token


def open_download(secret: str, token: str, place: Place) -> ReadPermit:
    """Check a read token for a place; answers what it allows.

    Raises:
        InvalidSignedToken: not ours, expired, or for something else. InvalidSignature: for another place.
    """
    claims = _open(secret, token, DOWNLOAD)
    permit = ReadPermit(_place_in(claims), int(claims["exp"]))
    _must_be_of(permit.place, place)
    return permit


def open_render(secret: str, token: str, place: Place) -> RenderPermit:
    """Check the token of a rendering for a place; answers what it allows. Raises as `open_download`."""
    claims = _open(secret, token, RENDER)
    transform = transform_in(str(claims.get("transformations", "")))
    permit = RenderPermit(_place_in(claims), transform, int(claims["exp"]))
    _must_be_of(permit.place, place)
    return permit


def open_upload(secret: str, token: str, place: Place) -> UploadPermit:
    """Check an upload token for a place; answers what it allows. Raises as `open_download`."""
    permit = upload_permit(secret, token)
    _must_be_of(permit.place, place)
    return permit


def upload_permit(secret: str, token: str) -> UploadPermit:
    """What an upload token allows, and where. Raises InvalidSignedToken."""
    claims = _open(secret, token, UPLOAD)
    return UploadPermit(_place_in(claims), _unseal(secret, claims.get("owner")), claims.get("upsert") is True)


def _sign(secret: str, claims: dict[str, Any], seconds: int, clock: Callable[[], float]) -> str:
    now = int(clock())
    return jwt.encode({**claims, "iat": now, "exp": now + seconds}, secret, algorithm="HS256")


def _open(secret: str, token: str, scope: str) -> dict[str, Any]:
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise InvalidSignedToken("The token is too long.")
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, algorithms=["HS256"], options={"require": ["exp", "url", "scope"], "verify_aud": False}
        )
    except jwt.ExpiredSignatureError as error:
        raise InvalidSignedToken('"exp" claim timestamp check failed') from error
    except jwt.PyJWTError as error:
        raise InvalidSignedToken(str(error)) from error
    if claims["scope"] != scope:
        raise InvalidSignedToken(f"This token is not for a signed {scope}.")
    return claims


def _must_be_of(permitted: Place, place: Place) -> None:
    """supabase-js escapes the path once more; the token says which object, so either spelling may name it."""
    if str(permitted) not in (str(place), unquote(str(place))):
        raise InvalidSignature()


def _place_in(claims: dict[str, Any]) -> Place:
    bucket, _, name = str(claims["url"]).partition("/")
    return Place(bucket, name)


def _in_url(place: Place) -> str:
    """The place as Supabase writes it, for its clients escape the rest; what would end a path is escaped here."""
    return str(place).replace("%", "%25").replace("?", "%3F").replace("#", "%23")


def _seal(secret: str, owner: str | None) -> str | None:
    if owner is None:
        return None
    nonce = os.urandom(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(_key(secret)).encrypt(nonce, owner.encode(), b"owner")).decode()


def _unseal(secret: str, sealed: object) -> str | None:
    if sealed is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(str(sealed))
        return AESGCM(_key(secret)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], b"owner").decode()
    except (ValueError, InvalidTag) as error:
        raise InvalidSignedToken("The owner of this token cannot be read.") from error


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"sahne signed upload owner\x00" + secret.encode()).digest()
