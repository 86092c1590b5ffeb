"""What anybody may ask: `/settings`, `/health`, `/.well-known/jwks.json`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne import __version__
from sahne.gateway.auth.parts import AuthParts
from sahne.sign_in_providers import PRESETS

KEYS_SECONDS = 600


async def show_settings(auth: AuthParts, _: Request) -> Response:
    """Which ways in are open."""
    settings = auth.parts.settings
    return JSONResponse(
        {
            "external": {
                "anonymous_users": settings.sign_up and settings.anonymous_sign_in,
                "email": settings.email_sign_in,
                "phone": settings.phone_sign_in,
                **_elsewhere(auth),
            },
            "disable_signup": not settings.sign_up,
            "mailer_autoconfirm": not settings.confirms_email,
            "phone_autoconfirm": False,
            "sms_provider": settings.sms if settings.sends_texts else "",
            "saml_enabled": False,
            "mfa_enabled": settings.mfa_totp or settings.mfa_phone,
            "mfa_phone_enabled": settings.mfa_phone,
            "passkeys_enabled": auth.passkeys is not None,
        }
    )


def _elsewhere(auth: AuthParts) -> dict[str, bool]:
    """The known providers and those of one's own; apps show what is there."""
    return dict.fromkeys(PRESETS, False) | dict.fromkeys(auth.providers, True)


async def health(_: AuthParts, __: Request) -> Response:
    """Name and version."""
    return JSONResponse({"name": "GoTrue", "version": f"sahne-{__version__}", "description": "Sahne's accounts"})


async def keys(auth: AuthParts, _: Request) -> Response:
    """The public keys; a shared secret has none, so clients ask `/user` instead."""
    shown = [key.jwk for key in auth.parts.signing_keys.public.values()]
    return JSONResponse({"keys": shown}, headers={"cache-control": f"public, max-age={KEYS_SECONDS}"})
