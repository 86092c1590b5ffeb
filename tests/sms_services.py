"""Who takes short messages, as they speak on the wire, on a socket of this machine: Twilio, and a program of one's own.

Twilio: its "Messages resource" (basic authentication, else 401 with code 20003; 201 with a `sid`; errors as `code`,
`message`, `more_info`, `status`). The other: "Standard Webhooks".
"""

from __future__ import annotations

import asyncio
import hmac
import re
import threading
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.eventually import eventually, eventually_async
from tests.image_providers import served

ACCOUNT, TOKEN = "AC" + "0" * 32, "twilio-token-of-the-tests"
SECRET = "whsec_" + b64encode(b"a secret of the tests alone").decode()
_numbers = count(5_550_000_000)


def a_number() -> str:
    """One nobody has, as people write it."""
    return f"+90{next(_numbers)}"


@dataclass
class FakeSms:
    """What a test sets before, and finds afterwards: each message as (to, text)."""

    url: str = ""
    taken: list[tuple[str, str]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    refusals: deque[tuple[int, dict[str, object]]] = field(default_factory=deque)
    answers: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answers.set()

    def code(self, to: str) -> str:
        """The newest code that came to a number."""
        text = eventually(lambda: next((text for number, text in reversed(self.taken) if number == to), None))
        found = re.search(r": ([0-9]{6,10})$", text, re.MULTILINE)
        assert found, text
        return found[1]

    async def messages(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.forms.append(form)
        basic = b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}" or request.path_params["account"] != ACCOUNT:
            return JSONResponse({"code": 20003, "message": "Authenticate", "status": 401}, 401)
        if self.refusals:
            status, body = self.refusals.popleft()
            return JSONResponse(body, status)
        self.taken.append((form["To"], form["Body"]))
        await self._ready()
        sent = {"sid": "SM" + "1" * 32, "status": "queued", "to": form["To"], "error_code": None, "price": None}
        return JSONResponse(sent, 201)

    async def own(self, request: Request) -> Response:
        content = await request.body()
        signed = b".".join(
            (request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), content)
        )
        good = b64encode(hmac.digest(b64decode(SECRET.removeprefix("whsec_")), signed, sha256)).decode()
        self.ids.append(request.headers["webhook-id"])
        if request.headers["webhook-signature"] != f"v1,{good}":
            return Response(status_code=401)
        if self.refusals:
            return Response(status_code=self.refusals.popleft()[0])
        body = await request.json()
        self.taken.append((body["to"], body["text"]))
        await self._ready()
        return Response(status_code=204)

    async def _ready(self) -> None:
        async def may() -> bool:
            return self.answers.is_set()

        await asyncio.wait_for(eventually_async(may, 60), 60)


@contextmanager
def fake_sms() -> Iterator[FakeSms]:
    """They answer as long as the block lasts."""
    fake = FakeSms()
    routes = [
        Route("/2010-04-01/Accounts/{account}/Messages.json", fake.messages, methods=["POST"]),
        Route("/own", fake.own, methods=["POST"]),
    ]
    with served(Starlette(routes=routes)) as url:
        fake.url = url
        try:
            yield fake
        finally:
            fake.answers.set()
