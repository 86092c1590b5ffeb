"""The providers that the settings name, opened: nothing is asked of any before somebody signs in with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import assert_never

from sahne.providers.sign_in.apple import AUDIENCE, apple_secret
from sahne.providers.sign_in.oauth import OAuth, discord, facebook, github
from sahne.providers.sign_in.openid import Client, OpenId
from sahne.providers.sign_in.provider import Provider
from sahne.sign_in_providers import SignInProvider

GOOGLE = "https://accounts.google.com"
FACEBOOK, LIMITED_LOGIN = "https://www.facebook.com", "https://limited.facebook.com"


def open_sign_in_providers(named: tuple[SignInProvider, ...]) -> Mapping[str, Provider]:
    """By their names.

    Raises:
        SettingInvalid: Apple's key is none.
    """
    return {each.name: _opened(each) for each in named}


def _opened(named: SignInProvider) -> Provider:
    match named.kind:
        case "apple":
            return OpenId(_apple(named))
        case "google":
            return OpenId(_google(named))
        case "openid":
            return OpenId(_client(named, named.url or ""))
        case "github":
            return OAuth(named.name, named.client_id, named.secret, github(named.url))
        case "facebook":
            own = facebook(named.url)
            return OAuth(named.name, named.client_id, named.secret, own, tokens=OpenId(_limited_login(named)))
        case "discord":
            return OAuth(named.name, named.client_id, named.secret, discord(named.url))
    assert_never(named.kind)


def _client(named: SignInProvider, issuer: str) -> Client:
    secret = partial(str, named.secret) if named.secret else None
    return Client(name=named.name, issuer=issuer, client_ids=named.client_ids, secret=secret)


def _limited_login(named: SignInProvider) -> Client:
    """Facebook's id tokens, which name it in two ways; nobody is sent there, so what it says of itself is not asked.

    Source: Facebook's "Validating Limited Login OIDC tokens".
    """
    home = named.url or LIMITED_LOGIN
    return Client(
        name=named.name,
        issuer=home,
        client_ids=named.client_ids,
        secret=None,
        issuers=(home,) if named.url else (FACEBOOK, LIMITED_LOGIN),
        keys_url=f"{home}/.well-known/oauth/openid/jwks/",
    )


def _google(named: SignInProvider) -> Client:
    """Google writes itself with and without its scheme."""
    client = _client(named, named.url or GOOGLE)
    issuers = (client.issuer,) if named.url else (GOOGLE, GOOGLE.removeprefix("https://"))
    return Client(
        name=client.name, issuer=client.issuer, client_ids=client.client_ids, secret=client.secret, issuers=issuers
    )  # fmt: skip


def _apple(named: SignInProvider) -> Client:
    """Apple tells name and address only where the browser comes back by POST."""
    secret = None
    if named.team_id and named.key_id and named.key:
        secret = apple_secret(named.client_id, named.team_id, named.key_id, named.key)
    return Client(
        name=named.name,
        issuer=named.url or AUDIENCE,
        client_ids=named.client_ids,
        secret=secret,
        scopes="openid email name",
        by_form=True,
    )
