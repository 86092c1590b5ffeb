"""Google, made up: its keys, its access tokens and what Google Play knows of purchases, on a socket of this machine.

Sources: Google's "Using OAuth 2.0 for Server to Server Applications", "Google Play Developer API" v3, and Pub/Sub's "Push
subscriptions".
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.image_providers import served

PACKAGE = "com.example.app"
AUDIENCE = "https://api.example.com/webhooks/google"
PUSHER = "pusher@project.iam.gserviceaccount.com"
READER = "reader@project.iam.gserviceaccount.com"
SIGNING, ACCOUNT, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(3))


@dataclass
class FakeGoogle:
    """What Google Play knows, by purchase token; `refusals` are the statuses of its next answers."""

    url: str = ""
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    products: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    refusals: list[int] = field(default_factory=list)
    access_tokens: list[str] = field(default_factory=list)

    async def certificates(self, _: Request) -> Response:
        jwk = orjson.loads(jwt.algorithms.RSAAlgorithm.to_jwk(SIGNING.public_key()))
        return JSONResponse({"keys": [{**jwk, "kid": "one", "alg": "RS256", "use": "sig"}]})

    async def token(self, request: Request) -> Response:
        form = dict((await request.form()).items())
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        try:
            claims = jwt.decode(
                str(form["assertion"]), ACCOUNT.public_key(), algorithms=["RS256"], audience=f"{self.url}/token"
            )
        except jwt.PyJWTError as error:
            return JSONResponse({"error": "invalid_grant", "error_description": str(error)}, 400)
        if claims["iss"] != READER or claims["scope"] != "https://www.googleapis.com/auth/androidpublisher":
            return JSONResponse({"error": "invalid_scope"}, 400)
        self.access_tokens.append(uuid4().hex)
        return JSONResponse({"access_token": self.access_tokens[-1], "expires_in": 3599, "token_type": "Bearer"})

    async def subscription(self, request: Request) -> Response:
        return self._answer(request, self.subscriptions.get(request.path_params["token"]))

    async def product(self, request: Request) -> Response:
        return self._answer(request, self.products.get((request.path_params["id"], request.path_params["token"])))

    def _answer(self, request: Request, known: dict[str, Any] | None) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.access_tokens[-1]}":
            return JSONResponse({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401)
        if self.refusals:
            return JSONResponse({"error": {"code": self.refusals[0]}}, self.refusals.pop(0))
        if request.path_params["package"] != PACKAGE or known is None:
            return JSONResponse({"error": {"code": 404, "message": "The purchase token was not found."}}, 404)
        return JSONResponse(known)


@contextmanager
def fake_google() -> Iterator[FakeGoogle]:
    """One that answers as long as the block lasts."""
    fake = FakeGoogle()
    purchases = "/androidpublisher/v3/applications/{package}/purchases"
    routes = [
        Route("/certs", fake.certificates),
        Route("/token", fake.token, methods=["POST"]),
        Route(purchases + "/subscriptionsv2/tokens/{token:path}", fake.subscription),
        Route(purchases + "/products/{id}/tokens/{token:path}", fake.product),
    ]
    with served(Starlette(routes=routes)) as fake.url:
        yield fake


def account_file(folder: Path, fake: FakeGoogle) -> Path:
    """The key of the service account that may ask, as Google Cloud gives it."""
    pem = ACCOUNT.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    held = {"type": "service_account", "client_email": READER, "private_key": pem, "token_uri": f"{fake.url}/token"}
    path = folder / "account.json"
    path.write_bytes(orjson.dumps(held))
    return path


def pushes(key: rsa.RSAPrivateKey = SIGNING, *, kid: str = "one", algorithm: str = "RS256", **claims: Any) -> str:
    """The Authorization of a push."""
    now = int(time.time())
    said = {"iss": "https://accounts.google.com", "aud": AUDIENCE, "email": PUSHER, "email_verified": True}
    token = jwt.encode(said | {"iat": now, "exp": now + 3600} | claims, key, algorithm, headers={"kid": kid})
    return f"Bearer {token}"


def pushed(at: float = 0, *, package: str = PACKAGE, message_id: str | None = None, **notification: Any) -> bytes:
    """A notification as Pub/Sub posts it; `at` is days from now."""
    moment = str(int((time.time() + at * 86_400) * 1000))
    told = {"version": "1.0", "packageName": package, "eventTimeMillis": moment, **notification}
    message = {"data": base64.b64encode(orjson.dumps(told)).decode(), "messageId": message_id or str(uuid4())}
    return orjson.dumps({"message": message, "subscription": "projects/project/subscriptions/play"})


def subscribed(type: int, token: str, at: float = 0, **more: Any) -> bytes:
    """Of a subscription: 4 bought, 2 renewed, 3 cancelled, 12 revoked, 13 expired."""
    said = {"version": "1.0", "notificationType": type, "purchaseToken": token, "subscriptionId": "premium_month"}
    return pushed(at, subscriptionNotification=said, **more)


def purchase(
    user: object, state: str = "ACTIVE", *, days: float = 30, order: str = "GPA.1", **more: Any
) -> dict[str, Any]:
    """A SubscriptionPurchaseV2."""
    expiry = (datetime.now(UTC) + timedelta(days=days)).isoformat().replace("+00:00", "Z")
    item = {"productId": "premium_month", "expiryTime": expiry, "latestSuccessfulOrderId": order}
    return {
        "kind": "androidpublisher#subscriptionPurchaseV2",
        "subscriptionState": f"SUBSCRIPTION_STATE_{state}",
        "lineItems": [item],
        "externalAccountIdentifiers": {"obfuscatedExternalAccountId": str(user)},
    } | more
