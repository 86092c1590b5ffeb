"""What a provider's status codes mean, the same for all of them, and which addresses may be sent its key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sahne.providers.exchange import Answer, NotTaken, Unanswered, ask
from sahne.providers.images.generator import PHOTO_BYTES_MAX
from sahne.providers.images.provider import ProviderStopped, Rejected

STOPPED = frozenset({401, 402, 403})
COME_AGAIN = frozenset({408, 409, 425, 429})
PICTURE_BYTES_MAX = PHOTO_BYTES_MAX


def taken(answer: Answer) -> Answer:
    """The answer to a submission, if it was taken.

    Raises:
        ProviderStopped, NotTaken, Rejected: as their classes say.
    """
    status = answer.status
    if 200 <= status < 300:
        return answer
    if status in STOPPED:
        raise ProviderStopped(f"it answered {status}")
    if status in COME_AGAIN or status >= 500:
        raise NotTaken(f"it answered {status}", answer.retry_after_seconds)
    raise Rejected(f"it answered {status}")


async def polled(url: str, headers: Mapping[str, str]) -> dict[str, Any] | None:
    """What a look at a job is answered with; None: there is no such job.

    Raises:
        NotTaken, ProviderStopped, Unanswered: not now.
    """
    answer = await ask("GET", url, headers)
    if answer.status == 404:
        return None
    try:
        return taken(answer).json()
    except Rejected as rejected:
        raise NotTaken(str(rejected)) from rejected


async def fetch_picture(url: str) -> bytes:
    """The bytes at an address that a provider gave; its key is not sent there.

    Raises:
        Rejected: they are not there any more. NotTaken, Unanswered: not now.
    """
    answer = await ask("GET", url, bytes_max=PICTURE_BYTES_MAX, provider="pictures")
    if answer.status == 200:
        return bytes(answer.body)
    if 400 <= answer.status < 500 and answer.status not in COME_AGAIN:
        raise Rejected(f"it answered {answer.status}")
    raise NotTaken(f"it answered {answer.status}", answer.retry_after_seconds)


def own_address(url: object, base: str) -> str:
    """An address of the provider's own that may be sent its key: the host of `base`, or one beside it.

    Raises:
        Unanswered: it is another's, so what was answered is not to be believed.
    """
    asked, own = urlsplit(str(url)), urlsplit(base)
    domain = "." + ".".join((own.hostname or "").split(".")[-2:])
    is_own = asked.netloc == own.netloc or f".{asked.hostname}".endswith(domain)
    if asked.scheme != own.scheme or not is_own:
        raise Unanswered("it gave an address of somebody else's")
    return str(url)
