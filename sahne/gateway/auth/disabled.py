"""Ways in that Supabase Auth has and this door has not: asked for, it says in Supabase's words which is disabled.

Its clients hand on the message alone, so what to do instead stands in it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sahne.accounts.errors import ValidationFailed
from sahne.errors import NotFound, Unprocessable
from sahne.gateway.auth.parts import AuthParts
from sahne.gateway.auth.requests import read_actor


class SamlDisabled(NotFound):
    """SAML 2.0 is disabled"""

    code = "saml_provider_disabled"


class PasskeysDisabled(NotFound):
    """Passkeys are disabled"""

    code = "passkey_disabled"


class LinkingDisabled(NotFound):
    """Manual linking is disabled"""

    code = "manual_linking_disabled"


class Web3Disabled(Unprocessable):
    """Web3 provider is disabled"""

    code = "web3_provider_disabled"


class OauthDisabled(ValidationFailed):
    """Unsupported provider: provider is not enabled. OAuth is disabled, Sahne has none yet: sign in with a password"""


async def saml(_: AuthParts, __: Request) -> Response:
    """Single sign-on of a company."""
    raise SamlDisabled()


async def passkeys(_: AuthParts, __: Request) -> Response:
    """Signing in by a device's key, and the list of such keys."""
    raise PasskeysDisabled()


async def linking(auth: AuthParts, request: Request) -> Response:
    """Another provider's identity for the signed-in person."""
    read_actor(request, auth.parts)
    raise LinkingDisabled()


async def oauth(_: AuthParts, __: Request) -> Response:
    """Another provider's sign-in; the person's browser is sent here."""
    raise OauthDisabled()
