"""The secret that this server alone knows.

With keys of one's own it is the JWT secret. The development secret is everybody's: beside it there is one in the data
folder, made at the first start. Links to objects are signed with it, for a page needs no rights to show what one leads
to; and access tokens are marked with it, so that those this server gave out can be told from what anybody signs.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from sahne.errors import SetupError
from sahne.files import write_once
from sahne.settings import Settings

FILE = "secret"
BYTES = 48
CHARACTERS_MIN = 32


class OwnSecretUnusable(SetupError):
    """The secret in the data folder can neither be read nor made."""

    code = "own_secret_unusable"


def own_secret(settings: Settings) -> str:
    """The secret, made when there is none.

    Raises:
        OwnSecretUnusable
    """
    return _kept_in(settings.data / FILE) if settings.is_development else settings.jwt_secret


def _kept_in(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write_once(path, secrets.token_urlsafe(BYTES).encode())
        kept = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OwnSecretUnusable(details=str(error), hint="Check SAHNE_DATA and the rights of that folder.") from error
    if len(kept) < CHARACTERS_MIN:
        raise OwnSecretUnusable(details=f"{path} is too short", hint="Delete it: the next start makes another.")
    return kept
