"""Ways in, added and removed by hand: `/user/identities/authorize`, `DELETE /user/identities/{id}`."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sahne.accounts import oauth_flows
from sahne.accounts.identifiers import exact_uuid
from sahne.accounts.identities import unlink
from sahne.accounts.identity_errors import IdentityIdMalformed, LinkingDisabled, LinkingUnproven
from sahne.gateway.auth.leading import OF_LINKS
from sahne.gateway.auth.limits import SENT_AWAY
from sahne.gateway.auth.oauth import find_provider, read_flow, sent_away
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import limit_caller, place_of_request, read_origin, read_person


async def authorize(auth: AuthParts, request: Request) -> Response:
    """As `/authorize`, of who is signed in and wants another way in; `skip_http_redirect=true` → `{url}`."""
    async with place_of_request(auth, request):
        person = await read_person(request, auth.parts)
        _refuse_disabled(auth)
        limit_caller(auth, SENT_AWAY, read_origin(request, auth.parts))
        provider, flow = find_provider(auth, request.query_params.get("provider", "")), read_flow(auth, request)
        if flow.challenge is None:
            raise LinkingUnproven()
        flow = replace(flow, linking_user_id=person.user.id)
        state = await oauth_flows.begin_linking(auth.parts.database, person, flow)
    address = await sent_away(auth, request, provider, state)
    if request.query_params.get("skip_http_redirect") == "true":
        return JSONResponse({"url": address}, headers=OF_LINKS)
    return RedirectResponse(address, 302, OF_LINKS)


async def remove(auth: AuthParts, request: Request) -> Response:
    """→ `{}`; the last one stays."""
    person = await read_person(request, auth.parts)
    _refuse_disabled(auth)
    await unlink(auth.parts.database, person, _identity_id(request), read_origin(request, auth.parts))
    return JSONResponse({})


def _refuse_disabled(auth: AuthParts) -> None:
    if not auth.parts.settings.manual_linking:
        raise LinkingDisabled()


def _identity_id(request: Request) -> UUID:
    try:
        return exact_uuid(request.path_params["identity_id"])
    except ValueError as error:
        raise IdentityIdMalformed() from error
