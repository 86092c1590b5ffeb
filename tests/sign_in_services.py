"""Services that a sign-in asks, as they speak on the wire, on a socket of this machine: leaked passwords, captchas.

Pwned Passwords: "Searching by range" (five digits, else 400; lines end with CR LF; padding is counted 0). Turnstile and
hCaptcha: siteverify (a form; 200 whether it was solved or not, `error-codes`; a token is good once).
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.eventually import eventually_async
from tests.image_providers import served

SECRET = "captcha-secret-of-the-tests"


@dataclass
class FakeServices:
    """What a test sets before, and finds afterwards."""

    url: str = ""
    leaked: set[str] = field(default_factory=set)
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # prefixes, and whether padding was wanted
    tokens: set[str] = field(default_factory=set)  # each good once
    verified: list[dict[str, str]] = field(default_factory=list)
    status: int = 200  # of what is answered; other than 200 without a word
    answers: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answers.set()

    async def range(self, request: Request) -> Response:
        prefix = request.path_params["prefix"]
        self.asked.append((prefix, request.headers.get("add-padding")))
        await self._ready()
        if self.status != 200:
            return Response(status_code=self.status)
        if not re.fullmatch("[0-9A-F]{5}", prefix):
            return PlainTextResponse("The hash prefix was not in a valid format", 400)
        digits = [sha1(each.encode()).hexdigest().upper() for each in self.leaked]
        lines = [f"{each[5:]}:{3 + number}" for number, each in enumerate(digits) if each.startswith(prefix)]
        padding = [f"{sha1(str(number).encode()).hexdigest().upper()[5:]}:0" for number in range(20)]
        return PlainTextResponse("\r\n".join([*padding, *lines]))

    async def verify(self, request: Request) -> Response:
        form = dict(await request.form())
        self.verified.append({name: str(value) for name, value in form.items()})
        await self._ready()
        if self.status != 200:
            return PlainTextResponse("<html>Bad gateway</html>", self.status)
        if form.get("secret") != SECRET:
            return JSONResponse({"success": False, "error-codes": ["invalid-input-secret"]})
        if form.get("response") not in self.tokens:
            return JSONResponse({"success": False, "error-codes": ["invalid-input-response"]})
        self.tokens.remove(str(form["response"]))
        return JSONResponse({"success": True, "error-codes": [], "hostname": "app.example.com"})

    async def _ready(self) -> None:
        async def may() -> bool:
            return self.answers.is_set()

        await asyncio.wait_for(eventually_async(may, 60), 60)


@contextmanager
def fake_services() -> Iterator[FakeServices]:
    """They answer as long as the block lasts."""
    fake = FakeServices()
    routes = [Route("/range/{prefix}", fake.range), Route("/siteverify", fake.verify, methods=["POST"])]
    with served(Starlette(routes=routes)) as url:
        fake.url = url
        try:
            yield fake
        finally:
            fake.answers.set()
