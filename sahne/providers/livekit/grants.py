"""What each role may do in a room, and the tokens that say so.

LiveKit reads a grant that is absent as granted, and an empty list of sources as every source; so each grant
is spelled out, and a role without sources gets `canPublish: false`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import jwt

# Checked by LiveKit at connecting only; connected clients are given fresh ones by LiveKit itself
TOKEN_SECONDS = 120
CALL_TOKEN_SECONDS = 60

Source = Literal["camera", "microphone", "screen_share", "screen_share_audio"]

VIDEO_HOST: tuple[Source, ...] = ("camera", "microphone", "screen_share", "screen_share_audio")
VIDEO_GUEST: tuple[Source, ...] = ("camera", "microphone")
VOICE: tuple[Source, ...] = ("microphone",)

# What is heard, and what is seen
SOUND: tuple[Source, ...] = ("microphone", "screen_share_audio")
PICTURE: tuple[Source, ...] = ("camera", "screen_share")

_VIDEO: dict[str, tuple[Source, ...]] = {
    "host": VIDEO_HOST,
    "co_host": VIDEO_HOST,
    "invited_guest": VIDEO_GUEST,
    "speaker": VIDEO_GUEST,
}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key and its secret."""

    key: str
    secret: str


@dataclass(frozen=True, slots=True)
class Permission:
    """Whom one may hear and what one may send. Everybody subscribes; data packets are nobody's."""

    sources: tuple[Source, ...] = ()

    @property
    def can_publish(self) -> bool:
        """Whether anything may be published at all."""
        return bool(self.sources)

    @classmethod
    def of_names(cls, can_publish: object, names: Iterable[str]) -> Permission:
        """As LiveKit tells it: `CAMERA`, `MICROPHONE` …; without names, who may publish may publish everything."""
        if not can_publish:
            return cls()
        sources = {name.lower() for name in names}
        return cls(tuple(source for source in VIDEO_HOST if source in sources) if sources else VIDEO_HOST)


def permission_of(role: str, session_type: str) -> Permission:
    """A role's permission in a `video_live` or an `audio_room`; a role not named here only watches."""
    sources = _VIDEO.get(role, ())
    if session_type == "audio_room" and sources:
        sources = VOICE
    return Permission(sources)


def is_disguised(kind: object, source: object) -> bool:
    """Whether a track is sound that calls itself a picture, or the other way round; both in LiveKit's words.

    LiveKit permits by the source that a client names, and does not look at what comes: a muted guest would be heard as
    `CAMERA`, an audio room be shown pictures as `MICROPHONE`.
    """
    is_sound = kind in (None, "", "AUDIO", 0)  # which may be left out
    return str(source).lower() in (PICTURE if is_sound else SOUND)


def is_camera(kind: object, source: object) -> bool:
    """Whether a track is a camera's picture; both in LiveKit's words. A screen that is shown is none."""
    return kind in ("VIDEO", 1) and str(source).lower() == "camera"


def mint_token(
    api_key: ApiKey, *, room: str, identity: str, name: str, permission: Permission, seconds: int = TOKEN_SECONDS
) -> str:
    """A LiveKit access token (HS256; `iss` the API key, `sub` the identity, `video` the grants)."""
    now = int(time.time())
    video: dict[str, Any] = {
        "room": room,
        "roomJoin": True,
        "canSubscribe": True,
        "canPublish": permission.can_publish,
        "canPublishData": False,
        "canUpdateOwnMetadata": False,
        "roomAdmin": False,
        "roomCreate": False,
        "roomList": False,
        "roomRecord": False,
        "ingressAdmin": False,
        "hidden": False,
        "recorder": False,
        "agent": False,
    }
    if permission.sources:
        video["canPublishSources"] = list(permission.sources)
    claims = {"iss": api_key.key, "sub": identity, "name": name, "nbf": now, "exp": now + seconds, "video": video}
    return jwt.encode(claims, api_key.secret, "HS256")


def mint_server_token(api_key: ApiKey, allowed: dict[str, object]) -> str:
    """A token for one call of ours to the server's API, which allows this and nothing else."""
    now = int(time.time())
    return jwt.encode(
        {"iss": api_key.key, "nbf": now, "exp": now + CALL_TOKEN_SECONDS, "video": allowed}, api_key.secret, "HS256"
    )
