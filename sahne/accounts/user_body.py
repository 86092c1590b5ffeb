"""A user as JSON, key by key as the Supabase Auth API writes one: what is empty is left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sahne.accounts.users import User


def user_body(user: User) -> dict[str, Any]:
    """A user; `email` and `phone` are empty strings when there is none."""
    body: dict[str, Any] = {
        "id": str(user.id),
        "aud": user.aud,
        "role": user.role,
        "email": user.email or "",
        "email_confirmed_at": time_text(user.email_confirmed_at),
        "invited_at": time_text(user.invited_at),
        "phone": user.phone or "",
        "phone_confirmed_at": time_text(user.phone_confirmed_at),
        "confirmation_sent_at": time_text(user.confirmation_sent_at),
        "confirmed_at": time_text(user.confirmed_at),
        "recovery_sent_at": time_text(user.recovery_sent_at),
        "new_email": user.email_change or None,
        "email_change_sent_at": time_text(user.email_change_sent_at),
        "new_phone": user.phone_change or None,
        "phone_change_sent_at": time_text(user.phone_change_sent_at),
        "reauthentication_sent_at": time_text(user.reauthentication_sent_at),
        "last_sign_in_at": time_text(user.last_sign_in_at),
        "app_metadata": user.app_metadata,
        "user_metadata": user.user_metadata,
        "factors": [without_nulls(factor) for factor in user.factors] or None,
        "identities": [without_nulls(identity) for identity in user.identities],
        "created_at": time_text(user.created_at),
        "updated_at": time_text(user.updated_at),
        "banned_until": time_text(user.banned_until),
        "deleted_at": time_text(user.deleted_at),
        "is_anonymous": user.is_anonymous,
    }
    return without_nulls(body)


def time_text(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def without_nulls(body: dict[str, Any]) -> dict[str, Any]:
    """What is there."""
    return {key: value for key, value in body.items() if value is not None}
