"""A sign-in provider, made up, on a socket of this machine: it speaks OpenID Connect, and OAuth as GitHub, Facebook and
Discord do; it signs in whom it is told to, honestly or not.

Sources: OpenID Connect Core and Discovery 1.0, RFC 6749, RFC 7636; the providers' own documents as the product names them.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.image_providers import served

CLIENT_ID, SECRET, APP_ID = "sahne-web", "sahne's secret & more", "com.example.app"
HOLD_SECONDS_MAX = 20
RSA_KEYS = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
EC_KEY = ec.generate_private_key(ec.SECP256R1())
APPLE_KEY = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def someone(**claims: Any) -> dict[str, Any]:
    """A person with an address that the provider has checked."""
    name = uuid4().hex[:12]
    known = {"sub": f"at-{name}", "email": f"{name}@example.com", "email_verified": True, "name": f"Ada {name}"}
    return known | claims


@dataclass
class Lies:
    """What the provider does wrong: claims in place of the true ones, another answer, none."""

    claims: dict[str, Any] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] | None = None
    padding_bytes: int = 0
    keys_are_moved: bool = False
    is_silent: bool = False
    holds: Event | None = None


@dataclass
class FakeProvider:
    """`person` is who signs in next; `key` is the one it signs with, `published` those that it shows."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=someone)
    key: tuple[str, Any] = ("one", RSA_KEYS[0])
    published: dict[str, Any] = field(default_factory=lambda: {"one": RSA_KEYS[0]})
    lies: Lies = field(default_factory=Lies)
    codes: dict[str, tuple[dict[str, Any], dict[str, str]]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)

    async def configuration(self, _: Request) -> Response:
        self.asked.append("configuration")
        if self.lies.is_silent:
            await asyncio.Event().wait()
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return JSONResponse(told | self.lies.configuration)

    async def keys(self, _: Request) -> Response:
        self.asked.append("keys")
        if self.lies.keys_are_moved:
            return RedirectResponse(f"{self.url}/other-keys")
        keys = [{**public_jwk(key), "kid": kid, "use": "sig"} for kid, key in self.published.items()]
        return JSONResponse({"keys": keys, "padding": "x" * self.lies.padding_bytes})

    async def phone(self, request: Request) -> Response:
        """The dialogue of a phone, which gives an id token to the app."""
        return PlainTextResponse(self.id_token(None, **request.query_params))

    async def login_page(self, request: Request) -> Response:
        """What a person sees and sends; the answer goes back to the app's address."""
        query = dict(request.query_params)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in query.items()
        )
        no = f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        cancel = f'<button type="submit" formmethod="post" formaction="/cancel" name="no" value="{escape(no)}">Cancel</button>'
        return HTMLResponse(f'<form method="post" action="/login">{hidden}<button>Sign in</button>{cancel}</form>')

    async def cancel(self, request: Request) -> Response:
        return RedirectResponse(str((await request.form())["no"]), 303)

    async def login(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        code = uuid4().hex
        self.codes[code] = (dict(self.person), form)
        back = {"code": code, "state": form["state"]}
        if "authorization_response_iss_parameter_supported" in self.lies.configuration:
            back["iss"] = self.url
        if form.get("response_mode") == "form_post":
            fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in back.items())
            return HTMLResponse(f'<form method="post" action="{form["redirect_uri"]}">{fields}</form>')
        return RedirectResponse(f"{form['redirect_uri']}?{urlencode(back)}", 303)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.forms.append(form)
        if self.lies.holds is not None:
            await asyncio.to_thread(self.lies.holds.wait, HOLD_SECONDS_MAX)
        person, asked = self.codes.pop(form.get("code", ""), (None, {}))
        if person is None or form.get("redirect_uri") != asked["redirect_uri"] or not self._is_client(request, form):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if "code_challenge" in asked and challenge(form.get("code_verifier", "")) != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access_token = f"access-{uuid4().hex}"
        self.tokens[access_token] = person
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 3600, "refresh_token": "again"}
        if "nonce" in asked:
            answer["id_token"] = self.id_token(person, nonce=asked["nonce"], at_hash=at_hash(access_token))
        return JSONResponse(answer)

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        if "client_secret" in form:
            return form["client_id"] == CLIENT_ID and (
                form["client_secret"] == SECRET or is_apples(form["client_secret"])
            )
        pair = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        return pair == f"{CLIENT_ID}:{urlencode({'': SECRET}).removeprefix('=').replace('+', '%20')}"

    async def userinfo(self, request: Request) -> Response:
        self.asked.append("userinfo")
        return JSONResponse(self.lies.person or self._whose(request))

    async def github_user(self, request: Request) -> Response:
        person = self._whose(request)
        return JSONResponse({"id": person["id"], "login": "ada", "name": person["name"], "email": "shown@example.com"})

    async def github_emails(self, request: Request) -> Response:
        person = self._whose(request)
        other = {"email": "other@example.com", "primary": False, "verified": True}
        mine = {"email": person["email"], "primary": True, "verified": person["email_verified"]}
        return JSONResponse([other, mine])

    async def facebook_user(self, request: Request) -> Response:
        person = self._whose(request)
        return JSONResponse({"id": str(person["id"]), "name": person["name"], "email": person["email"]})

    async def discord_user(self, request: Request) -> Response:
        person = self._whose(request)
        return JSONResponse(
            {"id": str(person["id"]), "username": "ada", "email": person["email"], "verified": person["email_verified"]}
        )

    def _whose(self, request: Request) -> dict[str, Any]:
        return self.tokens[request.headers["authorization"].removeprefix("Bearer ")]

    def id_token(self, person: dict[str, Any] | None = None, **claims: Any) -> str:
        return signed(self.claims(person, **claims), *self.key)

    def claims(self, person: dict[str, Any] | None = None, **claims: Any) -> dict[str, Any]:
        now = int(time.time())
        told = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 600} | (person or self.person) | claims
        return {name: value for name, value in (told | self.lies.claims).items() if value is not None}

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.configuration),
                Route("/keys", self.keys),
                Route("/other-keys", self.keys),
                Route("/.well-known/oauth/openid/jwks/", self.keys),
                Route("/login", self.login, methods=["POST"]),
                Route("/favicon.ico", lambda _: Response(status_code=204)),
                Route("/cancel", self.cancel, methods=["POST"]),
                Route("/phone", self.phone),
                *(Route(each, self.login_page) for each in ("/authorize", "/login/oauth/authorize", "/dialog/oauth")),
                Route("/oauth2/authorize", self.login_page),
                *(
                    Route(each, self.token, methods=["POST"])
                    for each in ("/token", "/login/oauth/access_token", "/oauth/access_token", "/api/oauth2/token")
                ),
                Route("/userinfo", self.userinfo),
                Route("/api/v3/user", self.github_user),
                Route("/api/v3/user/emails", self.github_emails),
                Route("/me", self.facebook_user),
                Route("/api/users/@me", self.discord_user),
            ]
        )


@contextmanager
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()
    with served(fake.app()) as url:
        fake.url = url
        yield fake


def signed(claims: dict[str, Any], kid: str | None, key: Any, algorithm: str | None = None) -> str:
    named = algorithm or ("ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256")
    return jwt.PyJWS().encode(orjson.dumps(claims), key, named, {"kid": kid} if kid else None)


def public_jwk(key: Any) -> dict[str, Any]:
    kind = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
    return orjson.loads(kind.to_jwk(key.public_key()))


def public_pem(key: Any) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def unsigned(head: dict[str, Any], claims: dict[str, Any]) -> str:
    """What a signature is made of."""
    return f"{in_base64(orjson.dumps(head))}.{in_base64(orjson.dumps(claims))}"


def in_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def challenge(verifier: str) -> str:
    return in_base64(hashlib.sha256(verifier.encode()).digest())


def at_hash(access_token: str) -> str:
    return in_base64(hashlib.sha256(access_token.encode()).digest()[:16])


def is_apples(secret: str) -> bool:
    """Whether the secret is as Apple wants it: signed with the team's key, for the client."""
    try:
        claims = jwt.decode(secret, EC_KEY.public_key(), ["ES256"], audience="https://appleid.apple.com")
    except jwt.PyJWTError:
        return False
    return (claims["iss"], claims["sub"], jwt.get_unverified_header(secret)["kid"]) == ("TEAM", CLIENT_ID, "KEY")


def back_from(address: str, provider_url: str) -> tuple[str, dict[str, str]]:
    """A person signs in where a browser was sent: the address that it is sent to next, and what it posts there, if it does."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert httpx.get(address).status_code == 200
    answer = httpx.post(f"{provider_url}/login", data=query)
    if answer.status_code == 303:
        return answer.headers["location"], {}
    return query["redirect_uri"], fields_of(answer.text)


def fields_of(page: str) -> dict[str, str]:
    """What a form has in it."""
    parts = page.split('name="')[1:]
    return {part.split('"', 1)[0]: part.split('value="', 1)[1].split('"', 1)[0] for part in parts}
