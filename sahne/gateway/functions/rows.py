"""The rows that operations answer, as types: of each table what a signed-in reader could select, and no more.

A test compares them with the catalog and its grants: names, types, what may be null, the words a check allows.
`JSON` writes an id and a moment as text.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID


class Session(TypedDict):
    """Live broadcasts and audio rooms."""

    id: UUID
    creator_id: UUID
    creator_profile_id: UUID
    title: str | None
    description: str | None
    thumbnail_url: str | None
    session_type: Literal["video_live", "audio_room"]
    access_type: Literal["public", "subscribers_only", "pay_per_view"]
    ppv_coin_price: int | None
    livekit_room_name: str
    livekit_room_sid: str | None
    status: Literal["scheduled", "live", "ended", "cancelled"]
    scheduled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    peak_viewers: int | None
    total_viewers: int | None
    total_duration_seconds: int | None
    total_gifts_received: int | None
    total_messages: int | None
    chat_enabled: bool | None
    gifts_enabled: bool | None
    recording_enabled: bool | None
    created_at: datetime | None
    updated_at: datetime | None
    interrupted_at: datetime | None
    viewer_count: int


class Participant(TypedDict):
    """Who is or was in a session and as what; one row per user and session."""

    id: UUID
    session_id: UUID
    profile_id: UUID
    role: Literal["host", "co_host", "invited_guest", "moderator", "speaker", "viewer", "listener"]
    is_active: bool | None
    is_muted: bool | None
    is_video_enabled: bool | None
    invited_at: datetime | None
    invitation_expires_at: datetime | None
    invitation_response: Literal["pending", "accepted", "rejected", "expired"] | None
    livekit_identity: str | None
    joined_at: datetime | None
    left_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None
    invited_role: Literal["co_host", "invited_guest", "moderator", "speaker"] | None


class Message(TypedDict):
    """The chat of a session: text, gift lines, system lines."""

    id: UUID
    session_id: UUID
    sender_profile_id: UUID
    message_type: Literal["text", "gift", "system", "pinned"]
    content: str | None
    gift_id: UUID | None
    gift_quantity: int | None
    gift_coin_value: int | None
    is_deleted: bool | None
    is_pinned: bool | None
    created_at: datetime | None
    seq: int
    deleted_at: datetime | None


class LiveGift(TypedDict):
    """Gifts that were sent. The rows outlive the people and the session."""

    id: UUID
    session_id: UUID | None
    receiver_id: UUID | None
    gift_id: UUID
    quantity: int
    coin_amount: int
    transaction_id: UUID | None
    created_at: datetime | None
    sender_profile_id: UUID | None


class SessionBan(TypedDict):
    """People put out of a session."""

    id: UUID
    session_id: UUID
    reason: str | None
    expires_at: datetime | None
    created_at: datetime | None
    banned_profile_id: UUID | None


class GuestRequest(TypedDict):
    """Viewers who ask to come on stage. A request lives 60 seconds."""

    id: UUID
    session_id: UUID
    requester_profile_id: UUID
    status: Literal["pending", "approved", "rejected", "expired", "cancelled"]
    message: str | None
    responded_at: datetime | None
    expires_at: datetime | None
    created_at: datetime | None


class CallOfTwo(TypedDict):
    """Calls between two people: who, what it costs a minute, how far it got."""

    id: UUID
    caller_id: UUID | None
    callee_id: UUID | None
    call_type: Literal["audio_call", "video_call"]
    livekit_room_name: str
    livekit_room_sid: str | None
    status: Literal["initiated", "ringing", "accepted", "rejected", "missed", "busy", "ended", "failed"]
    initiated_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None
    ended_by: UUID | None
    end_reason: str | None
    is_paid: bool | None
    coin_per_minute: int | None
    total_coin_spent: int | None
    created_at: datetime | None
    updated_at: datetime | None
    coins_last_until: datetime | None


class Picture(TypedDict):
    """Finished pictures, each with its object in the bucket images."""

    id: UUID
    user_id: UUID
    scene_id: UUID | None
    image_url: str
    thumbnail_url: str | None
    original_photo_url: str | None
    is_favorite: bool
    generation_time: float | None
    model: str | None
    image_size: str | None
    seed: int | None
    metadata: dict[str, object] | None
    created_at: datetime
    generation_id: UUID | None


class Ticket(TypedDict):
    """Paid entry to a session; the money waits in escrow."""

    id: UUID
    session_id: UUID | None
    price: int
    status: Literal["paid", "refunded", "settled"]
    created_at: datetime


class CreatorBan(TypedDict):
    """Who is kept out of all of a creator's sessions, by profile."""

    id: UUID
    profile_id: UUID
    reason: str | None
    expires_at: datetime | None
    created_at: datetime
