"""What every handler of this door works with, made once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from sahne.accounts.factor_secrets import FactorSecrets
from sahne.accounts.hook_calls import Hook
from sahne.accounts.hooks import Hooks
from sahne.accounts.letters import Desk
from sahne.accounts.one_time import Codes
from sahne.accounts.passkey_challenges import CHALLENGE_SECONDS_MAX
from sahne.accounts.refresh import SessionLimits
from sahne.accounts.sign_in import Ground
from sahne.accounts.texts import TextDesk
from sahne.accounts.tokens import Issuer
from sahne.gateway.auth.limits import LetterLimits, Limits
from sahne.gateway.auth.redirects import Redirects
from sahne.gateway.parts import Parts
from sahne.gateway.rates import DEVELOPMENT_FACTOR
from sahne.hook_settings import secrets_in
from sahne.providers.captcha import URLS, Captcha
from sahne.providers.sign_in.provider import Provider
from sahne.settings import Settings
from sahne.sign_in_rules import Countries, countries_in, fixed_codes_in

if TYPE_CHECKING:
    from sahne.accounts.relying_party import RelyingParty

MICRODOLLARS = 1_000_000  # of a dollar

Action = Callable[["AuthParts", Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthParts:
    """The opened parts, the token's signer, the rate limits, what letters are written with, where their links lead.

    `factor_secrets` seals what second factors are made of; `providers` are whom else people sign in with. `captcha` is
    solved before anything is asked; `texts` is there where people sign in by phone, `factor_texts` where a phone may be
    a second factor, both for numbers of `countries`; `passkeys` where people have those.
    """

    parts: Parts
    issuer: Issuer
    limits: Limits
    desk: Desk
    redirects: Redirects
    factor_secrets: FactorSecrets
    session_limits: SessionLimits
    hooks: Hooks
    providers: Mapping[str, Provider]
    captcha: Captcha | None
    texts: TextDesk | None
    factor_texts: TextDesk | None
    countries: Countries
    passkeys: RelyingParty | None

    @property
    def ground(self) -> Ground:
        """What a password is looked at with."""
        return Ground(database=self.parts.database, passwords=self.parts.passwords, hooks=self.hooks)


def auth_parts(parts: Parts) -> AuthParts:
    """Those of this door, over the parts of the server."""
    settings, texts = parts.settings, _texts(parts)
    return AuthParts(
        parts=parts,
        issuer=Issuer(
            url=settings.api_url,
            secret=settings.jwt_secret,
            expiry_seconds=settings.jwt_expiry_seconds,
            mark_secret=parts.own_secret if settings.is_development else None,
            key=parts.signing_keys.signing,
        ),
        limits=Limits(
            DEVELOPMENT_FACTOR if settings.is_development else 1,
            letters=LetterLimits(settings.mail_pause_seconds, settings.mails_per_hour_max),
            texts=LetterLimits(settings.sms_pause_seconds, settings.sms_per_hour_max),
            rates=parts.rates,
        ),
        desk=Desk(
            database=parts.database,
            codes=Codes(parts.own_secret, settings.otp_digits, settings.otp_expiry_seconds),
            words=parts.words,
            post=parts.post,
            api_url=settings.api_url,
            site_url=settings.app_address,
            both_sides_agree=settings.secure_email_change,
            is_hooked=settings.hook_send_email is not None,
        ),
        redirects=Redirects.of(settings),
        factor_secrets=FactorSecrets(parts.own_secret),
        hooks=_hooks(parts),
        session_limits=SessionLimits(
            settings.session_hours_max, settings.session_idle_hours_max, settings.session_single
        ),
        providers=_providers(settings),
        captcha=_captcha(settings),
        texts=texts if settings.phone_sign_in else None,
        factor_texts=texts,
        countries=countries_in(settings.sms_countries),
        passkeys=_passkeys(settings),
    )


def _hooks(parts: Parts) -> Hooks:
    settings, secrets = parts.settings, secrets_in(parts.settings.hook_secrets or "")
    return Hooks(
        parts.database,
        access_token=Hook.of(settings.hook_access_token, secrets),
        user_created=Hook.of(settings.hook_user_created, secrets),
        password_attempt=Hook.of(settings.hook_password_attempt, secrets),
        mfa_attempt=Hook.of(settings.hook_mfa_attempt, secrets),
    )


def _passkeys(settings: Settings) -> RelyingParty | None:
    site = settings.passkey_site
    if site is None:
        return None
    from sahne.accounts.relying_party import RelyingParty  # only here: a laptop has none

    return RelyingParty(site, CHALLENGE_SECONDS_MAX)


def _texts(parts: Parts) -> TextDesk | None:
    settings = parts.settings
    if parts.texts is None:
        return None
    day_max = settings.sms_dollars_per_day_max
    return TextDesk(
        database=parts.database,
        codes=Codes(parts.own_secret, settings.otp_digits, settings.sms_expiry_seconds),
        words=parts.words,
        post=parts.texts,
        fixed=fixed_codes_in(settings.sms_test_numbers),
        microdollars=round(settings.sms_dollars * MICRODOLLARS),
        microdollars_day_max=None if day_max is None else round(day_max * MICRODOLLARS),
        is_hooked=settings.hook_send_sms is not None,
    )


def _providers(settings: Settings) -> Mapping[str, Provider]:
    named = settings.sign_in_providers
    if not named:
        return {}
    from sahne.providers.sign_in.opened import open_sign_in_providers  # only here: a laptop has none

    return open_sign_in_providers(named)


def _captcha(settings: Settings) -> Captcha | None:
    if settings.captcha == "off":
        return None
    from sahne.providers.captcha.siteverify import SiteVerify  # only here: most servers want none

    return SiteVerify(settings.captcha_url or URLS[settings.captcha], settings.captcha_secret or "")
