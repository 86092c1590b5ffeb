"""An OpenID Connect issuer: what it says of itself, its keys, and people's way there and back.

Its configuration is asked for when it is first needed and kept for hours; its keys too, and again when a token names
one that is not among them, which strangers cannot make happen often. Who just did not answer is left alone a moment.
Source: OpenID Connect Discovery 1.0.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from sahne.providers.sign_in.apple import name_in
from sahne.providers.sign_in.asking import ANSWER_SECONDS_MAX, House
from sahne.providers.sign_in.code import accept_sender, challenge_of, tokens_of
from sahne.providers.sign_in.errors import CodeRefused, IssuerOfAnother, KeyUnknown, ProviderUnreachable
from sahne.providers.sign_in.id_tokens import (
    Claims,
    Expected,
    accept_access_token,
    accept_hashed_nonce,
    accept_nonce,
    find_key,
    head_of,
    person_of,
    signing_keys,
    verify,
)
from sahne.providers.sign_in.provider import Arrival, Believed, Errand, Person, ShownToken

KEPT_SECONDS = 6 * 3600.0
# how often an unknown key makes us ask again: so many times in so many seconds
LOOKS_MAX, LOOKS_SECONDS = 5, 300.0
QUIET_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What we are to an issuer. `secret` makes what we prove ourselves with; None where nobody is sent there.

    `issuers` are the ways in which it writes itself. With `by_form` the browser comes back by POST. `keys_url` is where
    its keys are, if not where it says. An answer is waited for `seconds_max`.
    """

    name: str
    issuer: str
    client_ids: tuple[str, ...]
    secret: Callable[[], str] | None
    issuers: tuple[str, ...] = ()
    scopes: str = "openid email profile"
    by_form: bool = False
    keys_url: str | None = None
    seconds_max: float = ANSWER_SECONDS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What an issuer says of itself."""

    authorize_url: str
    token_url: str
    keys_url: str
    person_url: str | None
    takes_challenges: bool
    takes_secret_in_form: bool
    names_itself: bool


class OpenId:
    """A provider that speaks OpenID Connect."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._clock = clock
        self._house = House(client.issuer, seconds_max=client.seconds_max)
        self._issuers = client.issuers or (client.issuer,)
        self._configuration: Configuration | None = None
        self._configured_at = float("-inf")
        self._keys: list[Mapping[str, Any]] = []
        self._keys_at = float("-inf")
        self._looks: deque[float] = deque(maxlen=LOOKS_MAX)
        self._quiet_until = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    @property
    def name(self) -> str:
        """As apps ask for it."""
        return self._client.name

    @property
    def sends_people(self) -> bool:
        """Whether a browser can be sent there."""
        return self._client.secret is not None

    async def address(self, errand: Errand, scopes: str, wishes: Mapping[str, str]) -> str:
        """Where the person's browser is sent."""
        configuration = await self._configured()
        query = {
            **wishes,
            "client_id": self._client.client_ids[0],
            "redirect_uri": errand.callback_url,
            "response_type": "code",
            "scope": " ".join(dict.fromkeys([*self._client.scopes.split(), *scopes.split()])),
            "state": errand.state,
            "nonce": errand.nonce,
        }
        if self._client.by_form:
            query["response_mode"] = "form_post"
        if configuration.takes_challenges:
            query |= {"code_challenge": challenge_of(errand.verifier), "code_challenge_method": "S256"}
        url = configuration.authorize_url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(query, quote_via=quote)}"

    async def arrive(self, errand: Errand, told: Mapping[str, str]) -> Arrival:
        """Who came back: their code is exchanged for an id token of this errand."""
        configuration = await self._configured()
        accept_sender(told, self._issuers, must_say=configuration.names_itself)
        tokens = await self._exchanged(configuration, errand, told.get("code", ""))
        id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise CodeRefused(details="there is no id token")
        claims, head = await self._verified(id_token, self._client.client_ids[:1])
        accept_nonce(claims, errand.nonce)
        accept_access_token(claims, head, access_token)
        person = person_of(claims)
        if not person.email and configuration.person_url:
            person = await self._asked(configuration.person_url, access_token, person)
        if self._client.by_form and not person.name:
            person = replace(person, name=name_in(told.get("user", "")))
        refresh_token = tokens.get("refresh_token")
        return Arrival(person, access_token, refresh_token if isinstance(refresh_token, str) else "")

    async def believe(self, shown: ShownToken) -> Believed:
        """Whom an app's id token names."""
        claims, head = await self._verified(shown.id_token, self._client.client_ids)
        accept_hashed_nonce(claims, shown.nonce)
        accept_access_token(claims, head, shown.access_token)
        return Believed(person_of(claims), int(claims["exp"]))

    async def _exchanged(self, configuration: Configuration, errand: Errand, code: str) -> Mapping[str, Any]:
        secret = self._client.secret() if self._client.secret else ""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": errand.callback_url}
        headers = {}
        if configuration.takes_challenges:
            form["code_verifier"] = errand.verifier
        if configuration.takes_secret_in_form:
            form |= {"client_id": self._client.client_ids[0], "client_secret": secret}
        else:
            pair = f"{quote(self._client.client_ids[0], safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return tokens_of(await self._house.ask("POST", configuration.token_url, headers, form=form))

    async def _asked(self, url: str, access_token: str, person: Person) -> Person:
        """The address, of an issuer that does not write it into its tokens; whose it is must be who signed in."""
        fields = await self._house.get(url, access_token)
        if not isinstance(fields, dict) or fields.get("sub") != person.subject:
            raise IssuerOfAnother()
        asked = person_of(fields)
        return replace(
            person,
            email=asked.email,
            is_verified=asked.is_verified,
            name=person.name or asked.name,
            username=person.username or asked.username,
            picture=person.picture or asked.picture,
        )

    async def _verified(self, id_token: str, client_ids: tuple[str, ...]) -> tuple[Claims, Mapping[str, Any]]:
        head = head_of(id_token)
        key = await self._key(head)
        expected = Expected(issuers=self._issuers, client_ids=client_ids, now=self._clock())
        return verify(id_token, key, expected), head

    async def _key(self, head: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._one_at_a_time:
            now = time.monotonic()
            if now - self._keys_at > KEPT_SECONDS or (find_key(self._keys, head) is None and self._may_look(now)):
                keys_url = self._client.keys_url or (await self._configuration_of(now)).keys_url
                self._keys = signing_keys(await self._get(keys_url))
                self._keys_at = now
            key = find_key(self._keys, head)
        if key is None:
            raise KeyUnknown()
        return key

    def _may_look(self, now: float) -> bool:
        if len(self._looks) == LOOKS_MAX and now - self._looks[0] < LOOKS_SECONDS:
            return False
        self._looks.append(now)
        return True

    async def _configured(self) -> Configuration:
        async with self._one_at_a_time:
            return await self._configuration_of(time.monotonic())

    async def _configuration_of(self, now: float) -> Configuration:
        if self._configuration is None or now - self._configured_at > KEPT_SECONDS:
            url = f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration"
            self._configuration = self._read(await self._get(url))
            self._configured_at = now
        return self._configuration

    async def _get(self, url: str) -> object:
        """What it says of itself; those who waited meanwhile do not ask again who did not answer."""
        if time.monotonic() < self._quiet_until:
            raise ProviderUnreachable(details="it did not answer a moment ago")
        try:
            return await self._house.get(url)
        except ProviderUnreachable:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            raise

    def _read(self, fields: object) -> Configuration:
        """What it says, if it says it of itself and of places where one may be sent."""
        if not isinstance(fields, dict) or fields.get("issuer") not in self._issuers:
            raise ProviderUnreachable(details="its configuration is another issuer's")
        urls = {name: fields.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        if wrong := [name for name, url in urls.items() if not self._house.accepts(url)]:
            raise ProviderUnreachable(details=f"its configuration has no {', '.join(wrong)}")
        person_url = fields.get("userinfo_endpoint")
        ways = fields.get("token_endpoint_auth_methods_supported")
        return Configuration(
            authorize_url=str(urls["authorization_endpoint"]),
            token_url=str(urls["token_endpoint"]),
            keys_url=str(urls["jwks_uri"]),
            person_url=str(person_url) if self._house.accepts(person_url) else None,
            takes_challenges="S256" in _listed(fields.get("code_challenge_methods_supported")),
            takes_secret_in_form="client_secret_post" in _listed(ways),
            names_itself=fields.get("authorization_response_iss_parameter_supported") is True,
        )


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
