"""Types of content: what one looks like, and which a bucket takes."""

from __future__ import annotations

import re

from sahne.objects.errors import InvalidMimeType

_TOKEN = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_WITH_PARAMETERS = re.compile(rf"{_TOKEN}/{_TOKEN} *(;[\x20-\x7e]{{0,200}})?")
_PATTERN = re.compile(rf"(\*|{_TOKEN})/(\*|{_TOKEN})")


def allow_mimetype(mimetype: str, allowed: list[str] | None) -> None:
    """Let a type pass that is one, and that `allowed` names (`image/png`, `image/*`); no list allows all.

    Raises:
        InvalidMimeType: otherwise.
    """
    if not _WITH_PARAMETERS.fullmatch(mimetype):
        raise InvalidMimeType(mimetype[:200].encode("ascii", "replace").decode())
    if allowed and not any(_matches(_essence(mimetype), pattern.lower()) for pattern in allowed):
        raise InvalidMimeType(mimetype, allowed)


def is_pattern(pattern: str) -> bool:
    """Whether a bucket may name this among what it takes."""
    return bool(_PATTERN.fullmatch(pattern))


def _matches(essence: str, pattern: str) -> bool:
    kind, _, rest = pattern.partition("/")
    return pattern in (essence, "*/*") or (rest == "*" and essence.startswith(f"{kind}/"))


def _essence(mimetype: str) -> str:
    return mimetype.partition(";")[0].strip().lower()
