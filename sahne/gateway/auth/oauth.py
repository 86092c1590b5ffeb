"""Signing in with another provider: `/authorize` sends the browser there, `/callback` leads it on to the app.

An app that got an id token by itself brings it to `/token?grant_type=id_token`. Source: the Supabase Auth API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sahne.accounts import oauth_flows
from sahne.accounts.errors import SignUpDisabled
from sahne.accounts.identities import link_by_token
from sahne.accounts.identity_errors import (
    BrowserDisabled,
    CodeMissing,
    IdTokenMissing,
    LinkingDisabled,
    ProviderDisabled,
    ProviderMissing,
    ProviderRefused,
    StateInvalid,
)
from sahne.accounts.oauth_flows import Flow
from sahne.accounts.origin import Origin
from sahne.accounts.pkce import accept_challenge
from sahne.accounts.sessions import Login
from sahne.accounts.sign_in_elsewhere import Newcomer, Once, find_or_make_user, is_known, sign_in_elsewhere
from sahne.errors import SahneError
from sahne.gateway.auth.leading import OF_LINKS, lead, with_error, with_session
from sahne.gateway.auth.limits import CALLBACKS, SENT_AWAY
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.redirects import with_query
from sahne.gateway.auth.requests import JsonFields, limit_caller, place_of_request, read_origin, read_person
from sahne.gateway.auth.sessions import session_of
from sahne.providers.sign_in.provider import Arrival, Errand, Provider, ShownToken

SCOPES_CHARACTERS_MAX = 1_000
FIELDS_MAX = 20
# what an app may ask of the provider besides; nothing of it says who we are or where one comes back
WISHES = frozenset(
    {"access_type", "acr_values", "auth_type", "display", "domain_hint", "hd", "include_granted_scopes"}
    | {"locale", "login_hint", "max_age", "prompt", "ui_locales"}
)
WISH_CHARACTERS_MAX = 256
NONCE_CHARACTERS_MAX = 1_024
_SCOPES = re.compile(r"[!-~ ]*")
_WORD = re.compile(r"[a-z_]{1,60}")


async def authorize(auth: AuthParts, request: Request) -> Response:
    """`?provider=&redirect_to=&scopes=&code_challenge=&code_challenge_method=` → the provider's sign-in."""
    limit_caller(auth, SENT_AWAY, read_origin(request, auth.parts))
    provider, flow = find_provider(auth, request.query_params.get("provider", "")), read_flow(auth, request)
    async with place_of_request(auth, request):
        state = await oauth_flows.begin(auth.parts.database, flow)
    return RedirectResponse(await sent_away(auth, request, provider, state), 302, OF_LINKS)


def find_provider(auth: AuthParts, name: str) -> Provider:
    """The provider of a name.

    Raises:
        ProviderDisabled
    """
    provider = auth.providers.get(name)
    if provider is None:
        raise ProviderDisabled()
    return provider


def read_flow(auth: AuthParts, request: Request) -> Flow:
    """Where the browser will be led in the end, and by whom the code will be exchanged.

    Raises:
        ChallengeIncomplete, ChallengeLength, ChallengeCharacters, ChallengeMethodUnknown
    """
    query = request.query_params
    wanted = query.get("redirect_to") or request.headers.get("referer", "")
    return Flow(
        provider=query.get("provider", ""),
        redirect_to=auth.redirects.accept(wanted),
        challenge=accept_challenge(query.get("code_challenge_method", ""), query.get("code_challenge", "")),
    )


async def sent_away(auth: AuthParts, request: Request, provider: Provider, state: str) -> str:
    """The address of the provider's sign-in.

    Raises:
        BrowserDisabled, ProviderUnreachable
    """
    if not provider.sends_people:
        raise BrowserDisabled()
    scopes = request.query_params.get("scopes", "")[:SCOPES_CHARACTERS_MAX]
    wishes = {name: value[:WISH_CHARACTERS_MAX] for name, value in request.query_params.items() if name in WISHES}
    return await provider.address(_errand(auth, state), scopes if _SCOPES.fullmatch(scopes) else "", wishes)


async def callback(auth: AuthParts, request: Request) -> Response:
    """What the browser brings back → 303 to the app, with the session, PKCE's code, or what went wrong.

    Whatever looks at links with HEAD uses nothing up.
    """
    if request.method == "HEAD":
        return Response(headers=OF_LINKS)
    origin = read_origin(request, auth.parts)
    try:
        limit_caller(auth, CALLBACKS, origin)
        told = await _told(request)
        async with place_of_request(auth, request):
            flow = await oauth_flows.take(auth.parts.database, told.get("state", ""))
    except SahneError as error:
        return lead(with_error(auth.redirects.app, error, in_query=True))
    try:
        arrival = await _arrival(auth, flow, told)
        async with place_of_request(auth, request):
            return lead(await _landing(auth, flow, arrival, origin))
    except ProviderRefused as error:
        return lead(with_error(flow.redirect_to, error, in_query=flow.challenge is not None, word=error.word))
    except SahneError as error:
        return lead(with_error(flow.redirect_to, error, in_query=flow.challenge is not None))


async def _arrival(auth: AuthParts, flow: Flow, told: Mapping[str, str]) -> Arrival:
    """Who came back."""
    if "error" in told:
        word = told["error"] if _WORD.fullmatch(told["error"]) else "server_error"
        raise ProviderRefused(word)
    if not told.get("code"):
        raise CodeMissing()
    return await find_provider(auth, flow.provider).arrive(_errand(auth, told["state"]), told)


async def _landing(auth: AuthParts, flow: Flow, arrival: Arrival, origin: Origin) -> str:
    """Where the app is led to."""
    newcomer = Newcomer(flow.provider, arrival.person)
    database, proves = auth.parts.database, auth.parts.settings.confirms_email
    if flow.linking_user_id is None:
        await _admit(auth, newcomer, origin)
    if flow.challenge is None:
        login = await sign_in_elsewhere(database, newcomer, origin, proves_addresses=proves)
        body = await session_of(auth, login)
        return with_session(flow.redirect_to, body, provider_tokens(arrival.token, arrival.refresh_token))
    if flow.linking_user_id is not None:
        if not auth.parts.settings.manual_linking:
            raise LinkingDisabled()
        user_id = flow.linking_user_id
        await oauth_flows.accept_link(database, user_id, newcomer)
    else:
        user_id = await find_or_make_user(database, newcomer, origin, proves_addresses=proves)
    code = await oauth_flows.hand_out(database, flow, flow.challenge, user_id, arrival)
    return with_query(flow.redirect_to, {"code": code})


async def _admit(auth: AuthParts, newcomer: Newcomer, origin: Origin) -> None:
    """Whether somebody who has no account may get one."""
    takes_anybody = auth.parts.settings.sign_up and not auth.hooks.asks_about_users
    if not takes_anybody and not await is_known(auth.parts.database, newcomer):
        if not auth.parts.settings.sign_up:
            raise SignUpDisabled()
        user = {"email": newcomer.email or "", "user_metadata": newcomer.data}
        await auth.hooks.admit(user | {"app_metadata": {"provider": newcomer.provider}}, origin)


def provider_tokens(token: str, refresh_token: str) -> dict[str, str]:
    """The provider's own, for the app to ask it what it likes; they are kept nowhere here."""
    return {"provider_token": token} | ({"provider_refresh_token": refresh_token} if refresh_token else {})


def _errand(auth: AuthParts, state: str) -> Errand:
    return oauth_flows.errand_of(state, auth.desk.codes, f"{auth.parts.settings.api_url}/auth/v1/callback")


async def _told(request: Request) -> Mapping[str, str]:
    """What the browser brought, in the address or as a form; each once.

    Raises:
        StateInvalid: it cannot be read, or says something twice.
    """
    if request.method == "GET":
        pairs = list(request.query_params.multi_items())
    else:
        try:
            pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
        except ValueError as error:
            raise StateInvalid() from error
    told = dict(pairs)
    if len(told) < len(pairs):
        raise StateInvalid()
    return told


async def by_id_token(auth: AuthParts, request: Request, body: JsonFields, origin: Origin) -> Login:
    """`{provider, id_token, nonce, access_token, link_identity}`.

    Raises:
        ProviderMissing, IdTokenMissing, ProviderDisabled, BadIdToken, ProviderUnreachable, LinkingDisabled …
    """
    name, id_token, nonce = body.text("provider"), body.text("id_token"), body.text("nonce")
    links = body.flag("link_identity")
    if not id_token:
        raise IdTokenMissing()
    if not name:
        raise ProviderMissing()
    if links and not auth.parts.settings.manual_linking:
        raise LinkingDisabled()
    bearer = await read_person(request, auth.parts) if links else None
    provider = find_provider(auth, name)
    shown = ShownToken(id_token=id_token, nonce=nonce[:NONCE_CHARACTERS_MAX], access_token=body.text("access_token"))
    believed = await provider.believe(shown)
    newcomer, once = Newcomer(provider.name, believed.person), Once.of(id_token, believed) if nonce else None
    database = auth.parts.database
    if bearer is not None:
        return await link_by_token(database, bearer, newcomer, once, origin)
    await _admit(auth, newcomer, origin)
    proves = auth.parts.settings.confirms_email
    return await sign_in_elsewhere(database, newcomer, origin, proves_addresses=proves, once=once)
