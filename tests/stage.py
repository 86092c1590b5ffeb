"""The operations' door as people use it, and LiveKit's twin behind it."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import orjson

from sahne.providers.livekit import InMemoryLiveKit
from sahne.providers.livekit.memory import SignedWebhook
from sahne.settings import Settings
from tests.world import bearer


class Door:
    """One server's operations and webhooks."""

    def __init__(self, settings: Settings) -> None:
        self._client = httpx.Client(base_url=settings.api_url, timeout=20)

    def call(
        self, user: UUID | None, method: str, path: str, body: Any = None, *, key: str | bytes | None = None
    ) -> httpx.Response:
        """`method` on `/functions/v1/<path>` as `user`."""
        headers = {name.encode(): value.encode() for name, value in (bearer(user) if user else {}).items()}
        if key:
            headers[b"idempotency-key"] = key.encode() if isinstance(key, str) else key
        return self._client.request(method, f"/functions/v1/{path}", json=body, headers=headers)

    def post(self, user: UUID | None, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        return self.call(user, "POST", path, body, key=key)

    def get(self, user: UUID | None, path: str) -> httpx.Response:
        return self.call(user, "GET", path)

    def done(self, user: UUID, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The answer's JSON, which must be a success."""
        answer = self.post(user, path, body, key=key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refusal(self, user: UUID | None, path: str, body: Any = None, *, key: str | None = None) -> tuple[int, str]:
        """Status and code of a refusal in this door's dialect."""
        answer = self.post(user, path, body, key=key)
        assert set(answer.json()) == {"code", "message", "details", "hint"}, answer.text
        assert answer.json()["message"]
        return answer.status_code, answer.json()["code"]

    def webhook(self, sent: SignedWebhook) -> httpx.Response:
        """As LiveKit posts it."""
        headers = {"authorization": sent.authorization, "content-type": "application/webhook+json"}
        return self._client.post("/webhooks/livekit", content=sent.body, headers=headers)

    def deliver(self, twin: InMemoryLiveKit) -> None:
        """Everything the twin has to tell, in order."""
        for sent in twin.tell_all():
            assert self.webhook(sent).status_code == 200

    def close(self) -> None:
        self._client.close()


def grants(answer: Any) -> dict[str, Any]:
    """What the LiveKit token of an answer lets its holder do, with its `sub`."""
    claims = jwt.decode(answer["livekit"]["token"], options={"verify_signature": False})
    return {"identity": claims["sub"], "name": claims["name"]} | claims["video"]


def new_key() -> str:
    return str(uuid4())


def event(name: str = "track_published", **fields: object) -> tuple[str, bytes]:
    """A webhook's id and body."""
    event_id = f"EV_{uuid4().hex}"
    return event_id, orjson.dumps({"event": name, "id": event_id, "createdAt": str(int(time.time()))} | fields)
