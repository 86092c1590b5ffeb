"""Providers with an OAuth of their own: GitHub, Facebook, Discord. Each can be asked who one is; Facebook's
dialogue in apps gives id tokens too (Limited Login), which are judged as any issuer's.

Sources: GitHub's "Authorizing OAuth apps" and REST API "Users"; Facebook's "Manually build a login flow" and Graph API
"User"; Discord's "OAuth2" and "User".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from sahne.providers.sign_in.asking import House
from sahne.providers.sign_in.code import challenge_of, tokens_of
from sahne.providers.sign_in.errors import CodeRefused, NoIdTokens
from sahne.providers.sign_in.id_tokens import SUBJECT
from sahne.providers.sign_in.openid import OpenId
from sahne.providers.sign_in.provider import Arrival, Believed, Errand, Person, ShownToken, text_of

PersonOf = Callable[[House, str, str], Awaitable[Person]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOAuth:
    """One of them: where people are sent, where codes are exchanged, where one asks who it is, and how that is read."""

    authorize_url: str
    token_url: str
    api_url: str
    scopes: str
    takes_challenges: bool
    person_of: PersonOf


class OAuth:
    """A provider that one asks who somebody is."""

    def __init__(
        self, name: str, client_id: str, secret: str | None, own: OwnOAuth, *, tokens: OpenId | None = None
    ) -> None:
        self._name = name
        self._client_id = client_id
        self._secret = secret
        self._own = own
        self._tokens = tokens
        self._house = House(own.token_url, own.api_url)

    @property
    def name(self) -> str:
        """As apps ask for it."""
        return self._name

    @property
    def sends_people(self) -> bool:
        """Whether a browser can be sent there."""
        return self._secret is not None

    async def address(self, errand: Errand, scopes: str, wishes: Mapping[str, str]) -> str:
        """Where the person's browser is sent."""
        query = {
            **wishes,
            "client_id": self._client_id,
            "redirect_uri": errand.callback_url,
            "response_type": "code",
            "scope": " ".join(dict.fromkeys([*self._own.scopes.split(), *scopes.split()])),
            "state": errand.state,
        }
        if self._own.takes_challenges:
            query |= {"code_challenge": challenge_of(errand.verifier), "code_challenge_method": "S256"}
        return f"{self._own.authorize_url}?{urlencode(query, quote_via=quote)}"

    async def arrive(self, errand: Errand, told: Mapping[str, str]) -> Arrival:
        """Who came back: their code is exchanged for a token, and the provider is asked whose it is."""
        form = {
            "grant_type": "authorization_code",
            "code": told.get("code", ""),
            "redirect_uri": errand.callback_url,
            "client_id": self._client_id,
            "client_secret": self._secret or "",
        }
        if self._own.takes_challenges:
            form["code_verifier"] = errand.verifier
        tokens = tokens_of(await self._house.ask("POST", self._own.token_url, form=form))
        person = await self._own.person_of(self._house, self._own.api_url, tokens["access_token"])
        return Arrival(person, tokens["access_token"], text_of(tokens, "refresh_token"))

    async def believe(self, shown: ShownToken, /) -> Believed:
        """Whom an id token names, of a provider that gives some. Raises NoIdTokens: it gives none."""
        if self._tokens is None:
            raise NoIdTokens()
        return await self._tokens.believe(shown)


def github(url: str | None) -> OwnOAuth:
    """GitHub, or an Enterprise Server of one's own."""
    base = url or "https://github.com"
    return OwnOAuth(
        authorize_url=f"{base}/login/oauth/authorize",
        token_url=f"{base}/login/oauth/access_token",
        api_url=f"{url}/api/v3" if url else "https://api.github.com",
        scopes="user:email",
        takes_challenges=True,
        person_of=_of_github,
    )


def facebook(url: str | None) -> OwnOAuth:
    """Facebook."""
    return OwnOAuth(
        authorize_url=f"{url or 'https://www.facebook.com'}/dialog/oauth",
        token_url=f"{url or 'https://graph.facebook.com'}/oauth/access_token",
        api_url=url or "https://graph.facebook.com",
        scopes="email",
        takes_challenges=False,
        person_of=_of_facebook,
    )


def discord(url: str | None) -> OwnOAuth:
    """Discord."""
    base = url or "https://discord.com"
    return OwnOAuth(
        authorize_url=f"{base}/oauth2/authorize",
        token_url=f"{base}/api/oauth2/token",
        api_url=f"{base}/api",
        scopes="email identify",
        takes_challenges=True,
        person_of=_of_discord,
    )


async def _of_github(house: House, api_url: str, token: str) -> Person:
    """The primary address of those that GitHub has checked; what the profile shows is only said."""
    user = _fields(await house.get(f"{api_url}/user", token))
    emails = await house.get(f"{api_url}/user/emails", token)
    listed = [each for each in emails if isinstance(each, dict)] if isinstance(emails, list) else []
    primary = next((each for each in listed if each.get("primary") is True), {})
    return Person(
        subject=_subject(user),
        email=text_of(primary, "email"),
        is_verified=primary.get("verified") is True,
        name=text_of(user, "name", "login"),
        username=text_of(user, "login"),
        picture=text_of(user, "avatar_url"),
        issuer=api_url,
    )


async def _of_facebook(house: House, api_url: str, token: str) -> Person:
    """Facebook does not say of an address whether it was checked."""
    user = _fields(await house.get(f"{api_url}/me?fields=id,name,email,picture", token))
    picture = user.get("picture")
    data = picture.get("data") if isinstance(picture, dict) else None
    return Person(
        subject=_subject(user),
        email=text_of(user, "email"),
        name=text_of(user, "name"),
        picture=text_of(data, "url") if isinstance(data, dict) else "",
        issuer="https://www.facebook.com",
    )


async def _of_discord(house: House, api_url: str, token: str) -> Person:
    user = _fields(await house.get(f"{api_url}/users/@me", token))
    subject, avatar = _subject(user), text_of(user, "avatar")
    return Person(
        subject=subject,
        email=text_of(user, "email"),
        is_verified=user.get("verified") is True,
        name=text_of(user, "global_name", "username"),
        username=text_of(user, "username"),
        picture=f"https://cdn.discordapp.com/avatars/{subject}/{quote(avatar, safe='')}.png" if avatar else "",
        issuer=api_url,
    )


def _fields(answer: object) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise CodeRefused(details="it does not say who signed in")
    return answer


def _subject(user: Mapping[str, Any]) -> str:
    subject = user.get("id")
    if isinstance(subject, bool) or not isinstance(subject, int | str) or not SUBJECT.fullmatch(str(subject)):
        raise CodeRefused(details="it does not say who signed in")
    return str(subject)
