"""A webhook of LiveKit's: is it authentic, and what does it say.

The header carries the bare token (no `Bearer`), signed with one of our keys (found by `iss`). Its `sha256`
is of the raw body, so the body stays bytes and is parsed only when it is known to be LiveKit's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
import orjson

from sahne.errors import InvalidRequest, Unauthenticated
from sahne.providers.livekit.grants import Permission, is_camera, is_disguised

CLOCK_SKEW_SECONDS_MAX = 60
ID_CHARACTERS_MAX = 256
CREATED_AT_MAX = 4_102_444_800  # the year 2100, in Unix seconds; whatever is later is as good as now


class WebhookRefused(Unauthenticated):
    """This webhook is not from our LiveKit."""

    code = "webhook_refused"


class WebhookUnreadable(InvalidRequest):
    """This webhook cannot be read."""

    code = "webhook_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `id` is LiveKit's (`EV_…`), the same each time it is sent; `body` is the whole JSON as sent.

    `room` and `participant` are empty for events that have none (egress, ingress, agents). `created_at` is in Unix
    seconds, 0 when it is not told. `disguised` says that it tells of a track which is not what it calls itself;
    `camera` is the id of the track (`TR_…`) where it tells of a camera.
    """

    id: str
    name: str
    room: str
    room_sid: str
    participant: str
    participant_sid: str
    counted: bool
    permission: Permission
    disguised: bool
    camera: str
    created_at: int
    body: bytes


def verified_event(body: bytes, authorization: str | None, keys: Mapping[str, str]) -> Event:
    """The event of an authentic webhook; `keys` are API key → secret.

    Raises:
        WebhookRefused: no token, unknown key, wrong signature, too old, no hash, another body.
        WebhookUnreadable: authentic, but not an event with an id.
    """
    digest = _promised_digest(authorization or "", keys)
    if not hmac.compare_digest(digest, hashlib.sha256(body).digest()):
        raise WebhookRefused(details="the body is not the one that was signed")
    try:
        return read_event(body)
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError) as error:
        raise WebhookUnreadable(details=type(error).__name__) from error


def read_event(body: bytes) -> Event:
    """The event in protojson: camelCase, 64-bit numbers as strings, empty fields left out."""
    fields: dict[str, Any] = orjson.loads(body)
    room, participant = fields.get("room") or {}, fields.get("participant") or {}
    permission, track = participant.get("permission") or {}, fields.get("track") or {}
    event_id = str(fields.get("id") or "")
    if not 0 < len(event_id) <= ID_CHARACTERS_MAX:
        raise ValueError("an event has an id")
    return Event(
        id=event_id,
        name=str(fields.get("event") or ""),
        room=str(room.get("name") or ""),
        room_sid=str(room.get("sid") or ""),
        participant=str(participant.get("identity") or ""),
        participant_sid=str(participant.get("sid") or ""),
        counted=is_counted(participant.get("kind"), permission.get("hidden")),
        permission=Permission.of_names(permission.get("canPublish"), permission.get("canPublishSources") or ()),
        disguised=is_disguised(track.get("type"), track.get("source")),
        camera=str(track.get("sid") or "") if is_camera(track.get("type"), track.get("source")) else "",
        created_at=min(max(int(fields.get("createdAt") or 0), 0), CREATED_AT_MAX),
        body=body,
    )


def is_counted(kind: object, hidden: object) -> bool:
    """Whether it is a person to count: not hidden, of the standard kind (which protojson leaves out)."""
    return kind in (None, "", "STANDARD", 0) and not hidden


def _promised_digest(token: str, keys: Mapping[str, str]) -> bytes:
    try:
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss"))
        secret = keys.get(issuer)
        if secret is None:
            raise WebhookRefused(details="signed with a key that is not ours")
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            issuer=issuer,
            leeway=CLOCK_SKEW_SECONDS_MAX,
            options={"require": ["exp"], "verify_aud": False},
        )
        return base64.b64decode(str(claims["sha256"]), validate=True)
    except jwt.PyJWTError as error:
        raise WebhookRefused(details=type(error).__name__) from error
    except (KeyError, binascii.Error, ValueError) as error:
        raise WebhookRefused(details="the token promises no body") from error
