"""The upgrade request of a realtime socket: its path, serializer, key and token, or why it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from sahne.database.actor import Actor
from sahne.errors import ExpiredToken, InvalidRequest, InvalidToken, NotFound, Unauthenticated
from sahne.gateway.bearer import ClaimsMissing, InvalidApiKey, RoleRefused, bearer_of
from sahne.gateway.realtime.frames import Version
from sahne.gateway.realtime.tokens import Tokens

PATHS = frozenset({"/realtime/v1/websocket", "/realtime/v1/socket/websocket", "/socket/websocket"})
HEADERS_GIVEN_TO_POLICIES = ("user-agent", "x-forwarded-for", "origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An accepted request: who the key stands for, and the serializer. `headers` is what policies may read of it.

    `place` is what limits count of where it came from, None when it tells nobody apart. `foreign` says that a foreign
    page opened it while the keys are the development ones.
    """

    actor: Actor
    version: Version
    headers: dict[str, str]
    place: str | None = None
    foreign: bool = False


def read_handshake(path: str, headers: Mapping[str, str], tokens: Tokens, place: str | None = None) -> Visit:
    """The visit of an upgrade request.

    Raises:
        NotFound: another path. Unauthenticated: no key, or one that does not verify. RefusedOnPage: from a foreign
            page. InvalidRequest: unknown vsn.
    """
    split = urlsplit(path)
    if split.path not in PATHS:
        raise NotFound(details=split.path)
    query = {name: values[-1] for name, values in parse_qs(split.query).items()}
    key = (
        query.get("apikey")
        or headers.get("x-api-key")
        or headers.get("apikey")
        or bearer_of(headers.get("authorization"))
    )
    if not key:
        raise Unauthenticated("Missing API key", hint="Give the key as ?apikey= or in the header x-api-key.")
    foreign = tokens.is_foreign(headers.get("origin"))
    try:
        actor = tokens.actor(key, foreign=foreign)
    except ExpiredToken as error:
        raise ExpiredToken("Token has expired") from error
    except (ClaimsMissing, RoleRefused):
        raise
    except InvalidToken as error:
        raise InvalidApiKey(details=str(error.details or error.message)) from error
    try:
        version = Version(query.get("vsn", Version.V1.value))
    except ValueError as error:
        raise InvalidRequest("Unknown vsn", hint="1.0.0 or 2.0.0.") from error
    policy_headers = {name: headers[name] for name in HEADERS_GIVEN_TO_POLICIES if name in headers}
    return Visit(actor=actor, version=version, headers=policy_headers, place=place, foreign=foreign)
