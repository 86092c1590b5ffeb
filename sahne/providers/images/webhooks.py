"""Webhooks of makers of pictures: is one authentic and new, and which job is it about. Nothing else in it is believed.

A webhook only brings the next look forward; what is so is what the look finds. So one that comes twice, or late within
its time, does no harm, and one that never comes costs seconds.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from sahne.errors import InvalidRequest, Unauthenticated

AGE_SECONDS_MAX = 300.0
ID_CHARACTERS_MAX = 200


class ImageWebhookRefused(Unauthenticated):
    """This webhook is not from our maker of pictures."""

    code = "image_webhook_refused"


class ImageWebhookUnreadable(InvalidRequest):
    """This webhook cannot be read."""

    code = "image_webhook_unreadable"


def job_in(body: bytes, name: str) -> tuple[str, dict[str, Any]]:
    """The id of the job a body is about, in the field `name`, and all of it.

    Raises:
        ImageWebhookUnreadable: it has none.
    """
    try:
        said = orjson.loads(body)
        job_id = str(said[name])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ImageWebhookUnreadable(details=type(error).__name__) from error
    if not 0 < len(job_id) <= ID_CHARACTERS_MAX:
        raise ImageWebhookUnreadable(details="it names no job")
    return job_id, said


def refuse_stale(timestamp: str, now: float) -> None:
    """Raises ImageWebhookRefused when it was signed too long ago, or will be. `now` is in Unix seconds."""
    try:
        age = now - float(timestamp)
    except ValueError as error:
        raise ImageWebhookRefused(details="it does not say when it was signed") from error
    if not abs(age) <= AGE_SECONDS_MAX:
        raise ImageWebhookRefused(details="it was signed too long ago")


def hmac_sha256(secret: bytes, *parts: bytes) -> bytes:
    """Of the parts, one after another."""
    return hmac.new(secret, b"".join(parts), hashlib.sha256).digest()


def header(headers: Mapping[str, str], name: str) -> str:
    """Raises ImageWebhookRefused when it is missing."""
    value = headers.get(name)
    if not value:
        raise ImageWebhookRefused(details=f"it has no {name}")
    return value
