"""Settings that cannot work together, refused by name before anything is started.

What one setting may be is said where it stands (`sahne.settings`); here is what needs another one beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from sahne.database.actor import ANON, AUTHENTICATED, SERVICE_ROLE
from sahne.errors import ExpiredToken, InvalidToken, SettingInvalid, SetupError
from sahne.gateway.bearer import OPAQUE_PREFIX, RoleRefused, Verifier
from sahne.live_servers import SCHEMES
from sahne.providers.blobs.opened import refuse_half_set as refuse_half_set_buckets
from sahne.providers.images.fitting_keys import refuse_keyless
from sahne.providers.push.opened import refuse_half_set
from sahne.settings import Settings, variable_of
from sahne.settings.local_stack import PUBLISHABLE_PREFIX, SECRET_PREFIX

OPAQUE_CHARACTERS_MIN = 16
GUIDE = "docs/guides/production.md"


class KeysMixed(SetupError):
    """Some of the five keys are the public development keys, and some are not."""

    code = "keys_mixed"


def refuse_unfit(settings: Settings) -> None:
    """Stop before a server runs that nobody could use, or everybody.

    Raises:
        SetupError: development keys where others reach them. KeysMixed: some of them beside one's own.
        SettingInvalid: naming each variable and what is wrong with it, never its value.
    """
    settings.refuse_development_keys_off_loopback()
    refuse_keyless(settings)
    refuse_half_set(settings)
    refuse_half_set_buckets(settings)
    public = settings.development_keys
    if public and len(public) < len(settings.keys):
        raise KeysMixed(
            details=f"public: {', '.join(public)}",
            hint=f"Set {' and '.join(public)} too. {GUIDE} says how to make them.",
        )
    wrong = [f"{variable}: {what}" for variable, what in _wrong(settings)]
    if wrong:
        raise SettingInvalid(details="\n".join(wrong), hint=f"{GUIDE} lists every setting.")


def _wrong(settings: Settings) -> Iterator[tuple[str, str]]:
    yield from _keys(settings)
    yield from _roles(settings)
    yield from _livekit(settings)
    yield from _mail(settings)
    yield from _texts(settings)
    yield from _hooks(settings)
    yield from _passkeys(settings)
    yield from _sign_in_elsewhere(settings)
    yield from _agents(settings)
    if settings.captcha != "off" and not settings.captcha_secret:
        yield "SAHNE_CAPTCHA_SECRET", "is missing beside SAHNE_CAPTCHA"


def _mail(settings: Settings) -> Iterator[tuple[str, str]]:
    """With keys of one's own nothing is an inbox: letters need a server, or nobody could finish a sign-up."""
    signs_up_here = settings.email_sign_in and settings.project_url is None
    if signs_up_here and settings.confirms_email and not settings.sends_letters:
        yield "SAHNE_SMTP_URL", "is missing: who signs up is sent a letter (or set SAHNE_CONFIRM_EMAIL=false)"
    if settings.smtp_url is not None and settings.mail_from.endswith("@localhost>"):
        yield "SAHNE_MAIL_FROM", "is missing beside SAHNE_SMTP_URL: letters need a sender"


def _texts(settings: Settings) -> Iterator[tuple[str, str]]:
    """Short messages need somebody who takes them; a laptop's inbox is one, an app's own code another."""
    if not settings.sends_texts or settings.hook_send_sms is not None:
        return
    if settings.sms == "inbox" and not settings.is_development:
        wanted = "SAHNE_PHONE_SIGN_IN" if settings.phone_sign_in else "SAHNE_MFA_PHONE"
        yield "SAHNE_SMS", f"must be twilio or http beside {wanted}: there is no inbox with keys of one's own"
    needed = {
        "inbox": (),
        "twilio": ("twilio_account_sid", "twilio_auth_token", "twilio_from"),
        "http": ("sms_url", "sms_secret"),
    }
    for name in needed[settings.sms]:
        if not getattr(settings, name):
            yield variable_of(name), f"is missing beside SAHNE_SMS={settings.sms}"


def _passkeys(settings: Settings) -> Iterator[tuple[str, str]]:
    """Browsers make them for pages of a domain alone, over https or on this machine."""
    if settings.passkey_rp_id is not None and settings.passkeys is not False and settings.passkey_site is None:
        yield "SAHNE_PASSKEY_RP_ID", "must be the host of SAHNE_APP_URL, or a domain above it"
    elif settings.passkeys and settings.passkey_site is None:
        yield "SAHNE_PASSKEYS", "needs SAHNE_APP_URL to be an address like https://app.example.com"


def _hooks(settings: Settings) -> Iterator[tuple[str, str]]:
    """Whoever is posted to must be able to tell that it is us."""
    if any(hook.startswith("http") for hook in settings.hooks) and settings.hook_secrets is None:
        yield "SAHNE_HOOK_SECRETS", "is missing beside a hook over HTTP: it could not tell who asks"


def _agents(settings: Settings) -> Iterator[tuple[str, str]]:
    """Whoever has the token has the database: it is never there by accident, and where it matters said twice."""
    if settings.mcp and find_spec("mcp") is None:
        yield "SAHNE_MCP", "needs a package: pip install 'sahne[mcp]'"
    if settings.management == "off":
        return
    if settings.management_token is None:
        yield "SAHNE_MANAGEMENT_TOKEN", "is missing beside SAHNE_MANAGEMENT"
    if not (settings.is_development or settings.management_in_production):
        yield "SAHNE_MANAGEMENT_IN_PRODUCTION", "must be true beside SAHNE_MANAGEMENT, with keys of your own"


def _sign_in_elsewhere(settings: Settings) -> Iterator[tuple[str, str]]:
    """A secret is of some client id; Apple's is made of three."""
    for name, (ids, secret) in settings.preset_clients.items():
        if secret and not ids:
            yield variable_of(f"{name}_client_ids"), f"is missing beside {variable_of(f'{name}_client_secret')}"
    apple = {
        "SAHNE_APPLE_TEAM_ID": settings.apple_team_id,
        "SAHNE_APPLE_KEY_ID": settings.apple_key_id,
        "SAHNE_APPLE_KEY": str(settings.apple_key or "") or None,
    }
    yield from _half_given(apple)
    if any(apple.values()) and not settings.apple_client_ids:
        yield "SAHNE_APPLE_CLIENT_IDS", "is missing beside SAHNE_APPLE_TEAM_ID"


def _keys(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.project_url is not None:
        yield from _pairs_of_a_project(settings)
    for name, key, prefix in (
        ("SAHNE_PUBLISHABLE_KEY", settings.publishable_key, PUBLISHABLE_PREFIX),
        ("SAHNE_SECRET_KEY", settings.secret_key, SECRET_PREFIX),
    ):
        if not key and settings.project_url is not None:
            continue
        if len(key) < len(prefix) + OPAQUE_CHARACTERS_MIN or not key.startswith(prefix):
            yield name, f"must be {prefix} and at least {OPAQUE_CHARACTERS_MIN} characters"
            return  # one that is no opaque key may be one of the others, and speak for it
    verifier = Verifier(settings)
    for name, key, role in (
        ("SAHNE_ANON_KEY", settings.anon_key, ANON),
        ("SAHNE_SERVICE_ROLE_KEY", settings.service_role_key, SERVICE_ROLE),
    ):
        if not key and settings.project_url is not None:
            continue
        if wrong := _wrong_with(key, role, verifier):
            yield name, wrong


def _pairs_of_a_project(settings: Settings) -> Iterator[tuple[str, str]]:
    """A project has keys of the new kind, of the old one, or both; what it lacks is set to nothing."""
    if not (settings.publishable_key or settings.anon_key):
        yield "SAHNE_PUBLISHABLE_KEY", "is missing, and so is SAHNE_ANON_KEY: a project has one of them"
    if not (settings.secret_key or settings.service_role_key):
        yield "SAHNE_SECRET_KEY", "is missing, and so is SAHNE_SERVICE_ROLE_KEY: a project has one of them"


def _wrong_with(key: str, role: str, verifier: Verifier) -> str | None:
    if not key:
        return "is missing"
    if key.startswith(OPAQUE_PREFIX):
        return "must be a token signed with SAHNE_JWT_SECRET; this is an opaque key"
    try:
        actor = verifier.actor(key)
    except ExpiredToken:
        return "has expired"
    except RoleRefused:  # a role that SAHNE_TOKEN_ROLES leaves out was closed on purpose
        return f"must have the role {role}" if role in verifier.roles else None
    except InvalidToken:
        return "is not signed with SAHNE_JWT_SECRET"
    return None if actor.role == role else f"must have the role {role}; it has {actor.role}"


def _roles(settings: Settings) -> Iterator[tuple[str, str]]:
    if AUTHENTICATED not in settings.token_role_names:
        yield "SAHNE_TOKEN_ROLES", f"must name {AUTHENTICATED}: nobody could sign in"


def _livekit(settings: Settings) -> Iterator[tuple[str, str]]:
    main = {
        "SAHNE_LIVEKIT_URL": settings.livekit_url,
        "SAHNE_LIVEKIT_API_KEY": settings.livekit_api_key,
        "SAHNE_LIVEKIT_API_SECRET": settings.livekit_api_secret,
    }
    old = {
        "SAHNE_LIVEKIT_OLD_API_KEY": settings.livekit_old_api_key,
        "SAHNE_LIVEKIT_OLD_API_SECRET": settings.livekit_old_api_secret,
    }
    yield from _half_given(main)
    yield from _half_given(old)
    if all(old.values()) and not any(main.values()):
        yield "SAHNE_LIVEKIT_OLD_API_KEY", "is the key before SAHNE_LIVEKIT_API_KEY, which is missing"
    if settings.livekit_url and urlsplit(settings.livekit_url).scheme not in SCHEMES:
        yield "SAHNE_LIVEKIT_URL", "must begin with wss:// or ws://"
    keys = Counter(key for server in settings.live_servers for key in server.keys)
    if max(keys.values(), default=0) > 1:
        yield "SAHNE_LIVEKIT_SERVERS", "must have a key of its own for each server, SAHNE_LIVEKIT_URL's among them"


def _half_given(given: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    if any(given.values()) and not all(given.values()):
        set_ones = [name for name, value in given.items() if value]
        yield from ((name, f"is missing beside {set_ones[0]}") for name, value in given.items() if not value)
