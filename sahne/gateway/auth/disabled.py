"""Ways in that Supabase Auth has and this door has not: asked for, it says in Supabase's words which is disabled.

Its clients hand on the message alone, so what to do instead stands in it.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sahne.errors import NotFound, Unprocessable
from sahne.gateway.auth.parts import AuthParts


class SamlDisabled(NotFound):
    """SAML 2.0 is disabled"""

    code = "saml_provider_disabled"


class Web3Disabled(Unprocessable):
    """Web3 provider is disabled"""

    code = "web3_provider_disabled"


async def saml(_: AuthParts, __: Request) -> Response:
    """Single sign-on of a company."""
    raise SamlDisabled()
