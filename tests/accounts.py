"""What tests of the auth door share: the version they speak, a user, new addresses, how a refusal is read."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx

from sahne.accounts.users import User
from sahne.database.actor import UserId

NEW = {"x-supabase-api-version": "2024-01-01"}

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
ADA = User(
    id=UserId(UUID("11111111-1111-4111-8111-111111111111")), aud="authenticated", role="authenticated",
    email="ada@example.com", phone=None, encrypted_password="$2b$…", email_confirmed_at=NOW, invited_at=None,
    phone_confirmed_at=None, confirmation_sent_at=None, confirmed_at=NOW, recovery_sent_at=None, email_change="",
    email_change_sent_at=None, email_change_confirm_status=0, phone_change="", phone_change_sent_at=None, reauthentication_sent_at=None,
    last_sign_in_at=NOW, created_at=NOW, updated_at=NOW, banned_until=None, deleted_at=None, is_anonymous=False,
    app_metadata={"provider": "email", "providers": ["email"]}, user_metadata={"name": "Ada"}, identities=[], factors=[],
)  # fmt: skip


def an_email(prefix: str = "") -> str:
    """An address nobody has."""
    return f"{prefix}{uuid4().hex[:12]}@example.com"


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal."""
    return answer.status_code, answer.json()["code"]
