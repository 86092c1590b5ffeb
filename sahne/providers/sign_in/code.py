"""What every provider's way back has: a code, exchanged once for tokens; who answers says who they are."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from sahne.providers.exchange import Answer
from sahne.providers.sign_in.errors import CodeRefused, ProviderUnreachable, SenderElsewhere

CODE_CHARACTERS_MAX = 4_096


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def accept_sender(told: Mapping[str, str], issuers: Sequence[str], *, must_say: bool) -> None:
    """Another provider's code is not handed to this one (RFC 9207).

    Raises:
        CodeRefused
    """
    sender = told.get("iss")
    if sender is None and not must_say:
        return
    if not any(hmac.compare_digest((sender or "").encode(), issuer.encode()) for issuer in issuers):
        raise SenderElsewhere()


def tokens_of(answer: Answer) -> Mapping[str, Any]:
    """What a code was exchanged for.

    Raises:
        ProviderUnreachable: the fault is the provider's. CodeRefused: it does not take the code.
    """
    if answer.status >= 500 or answer.status == 429:
        raise ProviderUnreachable(details=f"it answers {answer.status}")
    fields = answer.json()
    if answer.status != 200 or not isinstance(fields.get("access_token"), str) or "error" in fields:
        why = fields.get("error")
        raise CodeRefused(details=why if isinstance(why, str) and len(why) < 100 else f"it answers {answer.status}")
    return fields
