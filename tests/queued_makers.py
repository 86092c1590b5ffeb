"""fal and Replicate as they speak on the wire, on a socket of this machine, with webhooks signed as theirs are.

Sources: docs.fal.ai (queue API, webhooks), replicate.com/docs (HTTP API, webhooks), docs.svix.com (signatures).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sahne.providers.images.memory import flat_png
from tests.image_providers import served

FAL_KEY, REPLICATE_TOKEN = "fal-key-of-the-tests", "r8_token-of-the-tests"
REPLICATE_SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()


@dataclass
class FakeFal:
    """Its queue; `ends` say how each next job ends, the last one for ever."""

    url: str = ""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: deque[int] = field(default_factory=deque)
    end: str = "ok"
    cancelled: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    jwks_asked: int = 0

    async def submit(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Key {FAL_KEY}":
            return JSONResponse({"detail": "Cannot access application"}, 401)
        if self.refusals:
            return JSONResponse({"detail": "no"}, self.refusals.popleft())
        inputs = await request.json()
        if "steps" in inputs or not isinstance(inputs.get("prompt"), str):
            return JSONResponse({"detail": [{"loc": ["body", "prompt"], "msg": "bad", "type": "missing"}]}, 422)
        id, endpoint = str(uuid4()), request.path_params["endpoint"]
        self.jobs[id] = {"inputs": inputs, "endpoint": endpoint, "polls": 0}
        if webhook := request.query_params.get("fal_webhook"):
            self.webhooks.append(webhook)
        base = f"{self.url}/{'/'.join(endpoint.split('/')[:2])}/requests/{id}"
        return JSONResponse(
            {
                "status": "IN_QUEUE",
                "request_id": id,
                "response_url": base,
                "status_url": f"{base}/status",
                "cancel_url": f"{base}/cancel",
                "queue_position": 0,
            }
        )

    async def status(self, request: Request) -> Response:
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return JSONResponse({"detail": "Request not found"}, 404)
        job["polls"] += 1
        if job["polls"] == 1:
            return JSONResponse({"status": "IN_QUEUE", "queue_position": 3}, 202)
        if job["polls"] == 2:
            return JSONResponse({"status": "IN_PROGRESS", "logs": None}, 202)
        failed = {"error": "Runner failed", "error_type": "runner_error"} if self.end == "error" else {}
        return JSONResponse({"status": "COMPLETED", "metrics": {"inference_time": 1.2}, **failed})

    async def response(self, request: Request) -> Response:
        id = request.path_params["id"]
        inputs = self.jobs[id]["inputs"]
        if self.end == "policy":
            return JSONResponse({"detail": [{"loc": ["body", "prompt"], "type": "content_policy_violation"}]}, 422)
        return JSONResponse(
            {
                "images": [{"url": f"{self.url}/files/{inputs['seed']}.png", "width": 8, "height": 8}],
                "seed": inputs["seed"],
                "prompt": inputs["prompt"],
                "has_nsfw_concepts": [self.end == "nsfw"],
            }
        )

    async def cancel(self, request: Request) -> Response:
        self.cancelled.append(request.path_params["id"])
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)

    async def jwks(self, _: Request) -> Response:
        self.jwks_asked += 1
        x = base64.urlsafe_b64encode(self.key.public_key().public_bytes_raw()).decode().rstrip("=")
        return JSONResponse({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig"}]})

    def signed(self, id: str, *, age: float = 0, key: Ed25519PrivateKey | None = None) -> tuple[bytes, dict[str, str]]:
        """A webhook about a job: its body and headers."""
        body = orjson.dumps({"request_id": id, "gateway_request_id": id, "status": "OK", "payload": {}})
        moment = str(int(time.time() - age))
        message = f"{id}\nuser\n{moment}\n{hashlib.sha256(body).hexdigest()}".encode()
        return body, {
            "x-fal-webhook-request-id": id,
            "x-fal-webhook-user-id": "user",
            "x-fal-webhook-timestamp": moment,
            "x-fal-webhook-signature": (key or self.key).sign(message).hex(),
        }


@dataclass
class FakeReplicate:
    """Its predictions; `end` is how they end."""

    url: str = ""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: deque[int] = field(default_factory=deque)
    end: dict[str, Any] = field(default_factory=lambda: {"status": "succeeded"})
    cancelled: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)

    async def submit(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {REPLICATE_TOKEN}":
            return JSONResponse({"title": "Unauthenticated", "status": 401}, 401)
        if self.refusals:
            return JSONResponse({"title": "no"}, self.refusals.popleft())
        asked = await request.json()
        id = uuid4().hex[:26]
        self.jobs[id] = {"inputs": asked["input"], "model": request.path_params["name"], "polls": 0}
        if "webhook" in asked:
            self.webhooks.append(asked["webhook"])
        return JSONResponse(self._prediction(id, {"status": "starting"}), 201)

    async def get(self, request: Request) -> Response:
        id = request.path_params["id"]
        if id not in self.jobs:
            return JSONResponse({"detail": "not found"}, 404)
        self.jobs[id]["polls"] += 1
        return JSONResponse(self._prediction(id, {"status": "processing"} if self.jobs[id]["polls"] < 2 else self.end))

    async def cancel(self, request: Request) -> Response:
        self.cancelled.append(request.path_params["id"])
        return JSONResponse(self._prediction(request.path_params["id"], {"status": "canceled"}))

    def _prediction(self, id: str, said: dict[str, Any]) -> dict[str, Any]:
        base = f"{self.url}/v1/predictions/{id}"
        seed = self.jobs[id]["inputs"]["seed"]
        output = [f"{self.url}/files/{seed}.png"] if said["status"] == "succeeded" else None
        return {"id": id, "output": output, "error": None, "urls": {"get": base, "cancel": f"{base}/cancel"}, **said}

    def signed(self, id: str, *, age: float = 0, secret: str = REPLICATE_SECRET) -> tuple[bytes, dict[str, str]]:
        """A webhook about a prediction: its body and headers."""
        body, moment = orjson.dumps({"id": id, "status": "succeeded"}), str(int(time.time() - age))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"msg_1.{moment}.".encode() + body, hashlib.sha256).digest()
        signature = f"v1,{base64.b64encode(b'of another secret').decode()} v1,{base64.b64encode(digest).decode()}"
        return body, {"webhook-id": "msg_1", "webhook-timestamp": moment, "webhook-signature": signature}


async def _file(request: Request) -> Response:
    return Response(flat_png(request.path_params["seed"]), media_type="image/png")


FILES = Route("/files/{seed:int}.png", _file)


@contextmanager
def fake_fal() -> Iterator[FakeFal]:
    """One that answers as long as the block lasts."""
    fake = FakeFal()
    job = "/{owner}/{alias}/requests/{id}"
    routes = [
        FILES,
        Route("/.well-known/jwks.json", fake.jwks),
        Route(f"{job}/status", fake.status),
        Route(f"{job}/cancel", fake.cancel, methods=["PUT"]),
        Route(job, fake.response),
        Route("/{endpoint:path}", fake.submit, methods=["POST"]),
    ]
    with served(Starlette(routes=routes)) as fake.url:
        yield fake


@contextmanager
def fake_replicate() -> Iterator[FakeReplicate]:
    """One that answers as long as the block lasts."""
    fake = FakeReplicate()
    routes = [
        FILES,
        Route("/v1/models/{owner}/{name}/predictions", fake.submit, methods=["POST"]),
        Route("/v1/predictions/{id}/cancel", fake.cancel, methods=["POST"]),
        Route("/v1/predictions/{id}", fake.get),
    ]
    with served(Starlette(routes=routes)) as fake.url:
        yield fake
