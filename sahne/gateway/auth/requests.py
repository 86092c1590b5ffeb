"""What came in: the body as a checked object, the bearer as a person or an administrator, the origin."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request

from sahne.accounts.errors import DurationMalformed
from sahne.accounts.factor_errors import FactorIdMalformed
from sahne.accounts.identifiers import exact_uuid
from sahne.accounts.letters import Asking
from sahne.accounts.origin import USER_AGENT_CHARACTERS_MAX, Origin
from sahne.accounts.pkce import accept_challenge
from sahne.accounts.sessions import Bearer, identify
from sahne.database.actor import SERVICE_ROLE, Actor
from sahne.errors import ExpiredToken, InvalidToken
from sahne.gateway.auth.errors import (
    BadJson,
    BadJwt,
    ExpiredJwt,
    NoAuthorization,
    NotAdmin,
    OtpDisabled,
    SubjectMissing,
    UserIdMalformed,
)
from sahne.gateway.auth.limits import Limit
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.bearer import bearer_of
from sahne.gateway.callers import actor_of, address_of, place_of
from sahne.gateway.parts import Parts
from sahne.gateway.shares import Place

LANGUAGES_CHARACTERS_MAX = 200
BAN_SECONDS_MAX = 100 * 366 * 86400
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


class JsonFields:
    """A JSON object whose fields are asked for by type; `null` and absent are the same.

    Raises:
        BadJson: not a JSON object, or a field of another type.
    """

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """A string, empty when absent."""
        return self.text_or_none(name) or ""

    def text_or_none(self, name: str) -> str | None:
        """A string, None when absent."""
        value = self._fields.get(name)
        if value is not None and not isinstance(value, str):
            raise BadJson(f"Could not parse request body as JSON: {name} must be a string")
        return value

    def flag(self, name: str) -> bool:
        """A boolean, false when absent."""
        value = self._fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise BadJson(f"Could not parse request body as JSON: {name} must be a boolean")
        return bool(value)

    def object(self, name: str) -> dict[str, Any]:
        """An object, empty when absent."""
        value = self._fields.get(name)
        if value is not None and not isinstance(value, dict):
            raise BadJson(f"Could not parse request body as JSON: {name} must be an object")
        return value or {}

    def nested(self, name: str) -> JsonFields:
        """An object's own fields; none when absent."""
        return JsonFields(self.object(name))

    def __contains__(self, name: str) -> bool:
        return self._fields.get(name) is not None


async def read_body(request: Request) -> JsonFields:
    """The request's JSON object; no body is an empty one."""
    raw = await request.body()
    try:
        fields = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError as error:
        raise BadJson(f"Could not parse request body as JSON: {error}") from error
    if not isinstance(fields, dict):
        raise BadJson()
    return JsonFields(fields)


def read_actor(request: Request, parts: Parts) -> Actor:
    """The verified caller.

    Raises:
        NoAuthorization: no bearer token. BadJwt: not one of ours. ExpiredJwt: not any more.
    """
    token = bearer_of(request.headers.get("authorization"))
    if token is None:
        raise NoAuthorization()
    try:
        return parts.verifier.actor(token)
    except ExpiredToken as error:
        raise ExpiredJwt(hint=error.hint) from error
    except InvalidToken as error:
        raise BadJwt(f"{BadJwt.__doc__}, {error.details or error.message}", hint=error.hint) from error


async def read_person(request: Request, parts: Parts) -> Bearer:
    """The signed-in person, whose user and session still exist.

    Raises:
        NoAuthorization, BadJwt, SubjectMissing, SubjectNotFound, SessionNotFound
    """
    actor = read_actor(request, parts)
    if actor.user_id is None:
        raise SubjectMissing()
    session_id = orjson.loads(actor.claims).get("session_id")
    return await identify(parts.database, actor, actor.user_id, _uuid(session_id) if session_id else None)


def read_admin(request: Request, parts: Parts) -> Actor:
    """The holder of the service key.

    Raises:
        NoAuthorization, BadJwt, NotAdmin
    """
    actor = read_actor(request, parts)
    if actor.role != SERVICE_ROLE:
        raise NotAdmin()
    return actor


def read_user_id(request: Request) -> UUID:
    """The id in the path.

    Raises:
        UserIdMalformed
    """
    try:
        return exact_uuid(request.path_params["user_id"])
    except ValueError as error:
        raise UserIdMalformed() from error


def read_factor_id(request: Request) -> UUID:
    """The second factor in the path.

    Raises:
        FactorIdMalformed
    """
    try:
        return exact_uuid(request.path_params["factor_id"])
    except ValueError as error:
        raise FactorIdMalformed() from error


def read_ban(body: JsonFields) -> float | None:
    """`ban_duration` in seconds: `none` is 0, absent is None, else a Go duration such as `24h` or `1h30m`.

    Raises:
        DurationMalformed
    """
    text = body.text("ban_duration")
    if not text:
        return None
    if text == "none":
        return 0.0
    spans = _SPAN.findall(text)
    if "".join(number + unit for number, unit in spans) != text:
        raise DurationMalformed()
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in spans)
    return min(seconds, BAN_SECONDS_MAX)


def place_of_request(auth: AuthParts, request: Request) -> Place:
    """The caller's share of the connections, to be held while the database is asked."""
    return auth.parts.shares.of_request(actor_of(request.scope, auth.parts.verifier), request.scope)


def read_origin(request: Request, parts: Parts) -> Origin:
    """The caller's address (as the proxy's header names it, when one is set) and user agent."""
    return Origin(ip=_address(request, parts), user_agent=_user_agent(request))


def read_asking(request: Request, body: JsonFields, auth: AuthParts) -> Asking:
    """Who asks for a letter: `?redirect_to=` (or the page it is asked from), `Accept-Language`, PKCE's challenge.

    Raises:
        OtpDisabled: letters go nowhere.
        ChallengeIncomplete, ChallengeLength, ChallengeCharacters, ChallengeMethodUnknown
    """
    if not auth.parts.settings.sends_letters:
        raise OtpDisabled()
    wanted = request.query_params.get("redirect_to") or request.headers.get("referer", "")
    return Asking(
        origin=read_origin(request, auth.parts),
        redirect_to=auth.redirects.accept(wanted),
        languages=read_languages(request),
        challenge=accept_challenge(body.text("code_challenge_method"), body.text("code_challenge")),
    )


def read_languages(request: Request) -> tuple[str, ...]:
    """What the caller reads, the dearest first."""
    wishes = request.headers.get("accept-language", "")[:LANGUAGES_CHARACTERS_MAX].split(",")
    return tuple(wish.partition(";")[0] for wish in wishes)


def read_link_asking(request: Request, body: JsonFields, auth: AuthParts) -> Asking:
    """Who asks for a link alone; where it leads may stand in the body too."""
    wanted = body.text("redirect_to") or request.query_params.get("redirect_to", "")
    return Asking(origin=read_origin(request, auth.parts), redirect_to=auth.redirects.accept(wanted))


def read_place(auth: AuthParts, origin: Origin) -> str | None:
    """Where a caller's tries are counted; None where callers cannot be told apart."""
    return place_of(origin.ip, from_header=auth.parts.settings.client_ip_header is not None)


def limit_caller(auth: AuthParts, limit: Limit, origin: Origin) -> None:
    """One more of a caller's tries.

    Raises:
        OverRequestRateLimit
    """
    if place := read_place(auth, origin):
        auth.limits.spend(limit, place)


def _address(request: Request, parts: Parts) -> str | None:
    header = parts.settings.client_ip_header
    return address_of(request.client.host if request.client else None, request.headers.get(header) if header else None)


def _user_agent(request: Request) -> str | None:
    agent = request.headers.get("user-agent")
    return agent[:USER_AGENT_CHARACTERS_MAX] if agent else None


def _uuid(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as error:
        raise BadJwt() from error
