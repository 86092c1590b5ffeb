"""What tests of the auth door share: the version they speak, new addresses, how a refusal is read."""

from __future__ import annotations

from uuid import uuid4

import httpx

NEW = {"x-supabase-api-version": "2024-01-01"}


def an_email(prefix: str = "") -> str:
    """An address nobody has."""
    return f"{prefix}{uuid4().hex[:12]}@example.com"


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal."""
    return answer.status_code, answer.json()["code"]
