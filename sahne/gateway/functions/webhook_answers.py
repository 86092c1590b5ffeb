"""What operations of webhooks answer, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID


class Webhook(TypedDict):
    """An address that is told what happens; no `codes` are all. `secrets` are how many its messages are signed with."""

    id: UUID
    url: str
    description: str
    codes: list[str]
    is_active: bool
    stopped_because: Literal["gone", "failing"] | None
    failing_since: datetime | None
    created_at: datetime
    secrets: int


class Webhooks(TypedDict):
    """Every address."""

    webhooks: list[Webhook]


class WebhookAnswer(TypedDict):
    """An address."""

    webhook: Webhook


class WebhookWithSecret(TypedDict):
    """An address, and the secret that its messages are signed with from now on; it is told this once."""

    webhook: Webhook
    secret: str


class WebhookAttempt(TypedDict):
    """A try: what was answered and how it began, or the `error` why nothing was."""

    status_code: int | None
    error: str | None
    answer: str | None
    milliseconds: int
    created_at: datetime


class WebhookMessage(TypedDict):
    """What was told, of which event, and each try of it; `next_at` is when it is tried again."""

    id: UUID
    number: int
    code: str
    status: Literal["pending", "sent", "failed"]
    created_at: datetime
    sent_at: datetime | None
    next_at: datetime | None
    attempts: list[WebhookAttempt]


class WebhookMessageAnswer(TypedDict):
    """A message."""

    message: WebhookMessage


class WebhookMessages(TypedDict):
    """What was told, the newest first."""

    messages: list[WebhookMessage]
