"""The upgrade request of a realtime socket: its path, serializer, key and token, or why it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from sahne.database.actor import Actor
from sahne.errors import ExpiredToken, InvalidRequest, InvalidToken, NotFound, Unauthenticated
from sahne.gateway.bearer import RoleRefused, bearer_of
from sahne.gateway.realtime.frames import Version
from sahne.gateway.realtime.tokens import ClaimsMissing, Tokens

PATHS = frozenset({"/realtime/v1/websocket", "/realtime/v1/socket/websocket", "/socket/websocket"})
HEADERS_GIVEN_TO_POLICIES = ("user-agent", "x-forwarded-for", "origin")


@dataclass(frozen=True, slots=True)
class Visit:
    """An accepted request: who the key stands for, and the serializer. `headers` is what policies may read of it.

    `place` is what limits count of where it came from, None when it tells nobody apart.
    """

    actor: Actor
    version: Version
    headers: dict[str, str]
    place: str | None = None


def read_handshake(path: str, headers: Mapping[str, str], tokens: Tokens, place: str | None = None) -> Visit:
    """The visit of an upgrade request.

    Raises:
        NotFound: another path. Unauthenticated: no key, or one that does not verify. InvalidRequest: unknown vsn.
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
    try:
        actor = tokens.actor(key)
    except ExpiredToken as error:
        raise ExpiredToken("Token has expired") from error
    except (ClaimsMissing, RoleRefused):
        raise
    except InvalidToken as error:
        raise InvalidToken("The API key is not valid") from error
    try:
        version = Version(query.get("vsn", Version.V1.value))
    except ValueError as error:
        raise InvalidRequest("Unknown vsn", hint="1.0.0 or 2.0.0.") from error
    policy_headers = {name: headers[name] for name in HEADERS_GIVEN_TO_POLICIES if name in headers}
    return Visit(actor, version, policy_headers, place)
