"""Services that carry pushes, made up, each in its own words on a socket of this machine: Firebase, Expo, a browser's.

Sources: "FCM HTTP v1 API"; "Send notifications with the Expo Push Service"; RFC 8030, 8188, 8291 and 8292.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.providers.push.vapid import from_base64url, to_base64url
from tests.google_play import ACCOUNT, READER
from tests.image_providers import served

PROJECT = "sahne-of-the-tests"
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
Refusal = tuple[int, dict[str, str], Any]  # status, headers, body


def refused_by_fcm(status: int, name: str, code: str | None = None, **headers: str) -> Refusal:
    """As FCM says it: Google's name of the status, and FCM's own code."""
    details = [{"@type": FCM_ERROR, "errorCode": code}] if code else []
    fault = {"code": status, "message": "made up", "status": name, "details": details}
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, {"error": fault}


@dataclass
class FakeFcm:
    """Firebase, with the token endpoint beside it."""

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    refusals: deque[Refusal] = field(default_factory=deque)
    access_tokens: list[str] = field(default_factory=list)
    unregistered: set[str] = field(default_factory=set)

    async def token(self, request: Request) -> Response:
        form = dict((await request.form()).items())
        claims = jwt.decode(
            str(form["assertion"]), ACCOUNT.public_key(), algorithms=["RS256"], audience=f"{self.url}/token"
        )
        assert (claims["iss"], claims["scope"]) == (READER, "https://www.googleapis.com/auth/firebase.messaging")
        self.access_tokens.append(uuid4().hex)
        return JSONResponse({"access_token": self.access_tokens[-1], "expires_in": 3599, "token_type": "Bearer"})

    async def send(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.access_tokens[-1]}":
            return _refusal(refused_by_fcm(401, "UNAUTHENTICATED"))
        if self.refusals:
            return _refusal(self.refusals.popleft())
        if request.path_params["project"] != PROJECT:
            return _refusal(refused_by_fcm(404, "NOT_FOUND"))
        message = (await request.json())["message"]
        if message["token"] in self.unregistered:
            return _refusal(refused_by_fcm(404, "NOT_FOUND", "UNREGISTERED"))
        self.taken.append(message)
        return JSONResponse({"name": f"projects/{PROJECT}/messages/{len(self.taken)}"})


@dataclass
class FakeExpo:
    """Expo: what came, in how many questions; `says` is the next ticket of a token, and the receipt of a ticket."""

    url: str = ""
    questions: list[list[dict[str, Any]]] = field(default_factory=list)
    refusals: deque[Refusal] = field(default_factory=deque)
    says: dict[str, dict[str, Any]] = field(default_factory=dict)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    receipts_fail: bool = False

    async def send(self, request: Request) -> Response:
        messages = await request.json()
        if self.refusals:
            return _refusal(self.refusals.popleft())
        if len(messages) > 100:
            return JSONResponse({"errors": [{"code": "PUSH_TOO_MANY_NOTIFICATIONS"}]}, 400)
        if len({each["to"].partition(" ")[0] for each in messages}) > 1:
            return JSONResponse({"errors": [{"code": "PUSH_TOO_MANY_EXPERIENCE_IDS"}]}, 400)
        self.questions.append(messages)
        return JSONResponse(
            {"data": [self.says.get(each["to"], {"status": "ok", "id": each["to"]}) for each in messages]}
        )

    async def get_receipts(self, request: Request) -> Response:
        if self.receipts_fail:
            return Response(status_code=502)
        ids = (await request.json())["ids"]
        return JSONResponse({"data": {id: self.receipts[id] for id in ids if id in self.receipts}})


@dataclass
class FakeBrowser:
    """A browser and its push service: what came is decrypted with the key that only the browser has."""

    url: str = ""
    server_key: str = ""  # the public VAPID key that the browser subscribed with
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    headers: list[dict[str, str]] = field(default_factory=list)
    read: list[dict[str, Any]] = field(default_factory=list)
    refusals: deque[Refusal] = field(default_factory=deque)

    @property
    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": to_base64url(point), "auth": to_base64url(self.auth)}
        return {"endpoint": f"{self.url}/push/one", "keys": keys}

    async def push(self, request: Request) -> Response:
        if self.refusals:
            return _refusal(self.refusals.popleft())
        if not self._is_signed(request.headers["authorization"]):
            return Response(status_code=403)
        assert int(request.headers["ttl"]) > 0
        body = await request.body()
        if len(body) > 4096:
            return Response(status_code=413)
        self.headers.append(dict(request.headers))
        self.read.append(orjson.loads(opened(body, self.key, self.auth)))
        return Response(status_code=201, headers={"location": f"{self.url}/message/{len(self.read)}"})

    def _is_signed(self, authorization: str) -> bool:
        kind, _, rest = authorization.partition(" ")
        said = dict(each.strip().split("=", 1) for each in rest.split(","))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(said["k"]))
        parts = urlsplit(self.url)
        claims = jwt.decode(said["t"], key, algorithms=["ES256"], audience=f"{parts.scheme}://{parts.netloc}")
        assert claims["exp"] <= time.time() + 86_400
        assert claims["sub"].startswith("mailto:")
        return kind == "vapid" and said["k"] == self.server_key


def opened(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """What a browser reads: RFC 8188, section 2, and RFC 8291, section 3.4, from the receiver's side."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    theirs, sealed = body[21 : 21 + length], body[21 + length :]
    assert len(sealed) <= size
    own = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))

    def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
        return HKDF(SHA256(), length, salt, info).derive(secret)

    secret = derived(shared, auth, b"WebPush: info\0" + own + theirs, 32)
    content_key = derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    padded = AESGCM(content_key).decrypt(derived(secret, salt, b"Content-Encoding: nonce\0", 12), sealed, None)
    content, delimiter, padding = padded.rpartition(b"\2")
    assert delimiter
    assert not padding.strip(b"\0")
    return content


def _refusal(refusal: Refusal) -> Response:
    status, headers, body = refusal
    return JSONResponse(body, status, headers)


@contextmanager
def fake_fcm() -> Iterator[FakeFcm]:
    fake = FakeFcm()
    send = Route("/v1/projects/{project}/messages:send", fake.send, methods=["POST"])
    with served(Starlette(routes=[Route("/token", fake.token, methods=["POST"]), send])) as fake.url:
        yield fake


@contextmanager
def fake_expo() -> Iterator[FakeExpo]:
    fake = FakeExpo()
    routes = [
        Route("/--/api/v2/push/send", fake.send, methods=["POST"]),
        Route("/--/api/v2/push/getReceipts", fake.get_receipts, methods=["POST"]),
    ]
    with served(Starlette(routes=routes)) as fake.url:
        yield fake


@contextmanager
def fake_browser(server_key: str) -> Iterator[FakeBrowser]:
    fake = FakeBrowser(server_key=server_key)
    with served(Starlette(routes=[Route("/push/one", fake.push, methods=["POST"])])) as fake.url:
        yield fake


def firebase_account(folder: Path, fake: FakeFcm, project: str = PROJECT) -> Path:
    """The key file that the Firebase console gives."""
    pem = ACCOUNT.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    path = folder / f"{project or 'none'}.json"
    held = {"type": "service_account", "client_email": READER, "private_key": pem, "token_uri": f"{fake.url}/token"}
    path.write_bytes(orjson.dumps(held | ({"project_id": project} if project else {})))
    return path
