"""From a seat in the database to what LiveKit lets its holder do.

A seat is the JSON that the verbs answer: `{room, identity, role, session_type, is_muted, name}` of a session,
`{room, identity, call_type, name}` of a call.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sahne.providers.livekit import LiveKit, Permission, permission_of
from sahne.providers.livekit.grants import SOUND

Seat = dict[str, Any]

CALL: dict[str, Permission] = {
    "audio_call": Permission(("microphone",)),
    "video_call": Permission(("camera", "microphone")),
}


def profile_id(identity: str) -> UUID | None:
    """Whose connection it is; None for one that was not let in by us."""
    try:
        return UUID(identity)
    except ValueError:
        return None


def permission_of_seat(seat: Seat) -> Permission:
    """A muted person keeps what is seen."""
    if "call_type" in seat:
        return CALL[seat["call_type"]]
    permission = permission_of(seat["role"], seat["session_type"])
    if seat.get("is_muted"):
        return Permission(tuple(source for source in permission.sources if source not in SOUND))
    return permission


def admit(livekit: LiveKit, seat: Seat) -> dict[str, str]:
    """`{"url", "token"}` for the seat's holder."""
    name = seat.get("name") or ""
    return {"url": livekit.url, "token": livekit.token(seat["room"], seat["identity"], name, permission_of_seat(seat))}
