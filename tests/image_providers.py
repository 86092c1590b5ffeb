"""Makers of pictures as they speak on the wire, on a socket of this machine: what a test wants to go wrong goes wrong.

Black Forest Labs: docs.bfl.ai and its OpenAPI document (bounds of width and height, 422 with `detail`, the statuses).
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sahne.providers.images.memory import flat_png
from tests.conftest import free_port
from tests.eventually import eventually_async

KEY = "bfl-key-of-the-tests"
REFUSED_BY_TEXT_MODEL = ("steps", "guidance", "aspect_ratio", "input_image")


@dataclass(slots=True)
class Job:
    """A picture that was asked for, and what the next looks at it will say; the last one is said for ever."""

    inputs: dict[str, Any]
    model: str
    says: deque[dict[str, Any]]
    polls: int = 0
    is_fetched: bool = False


@dataclass
class FakeBfl:
    """What a test sets before it asks, and what it finds afterwards."""

    url: str = ""
    jobs: dict[str, Job] = field(default_factory=dict)
    # answers to the next submissions, instead of taking them: status, headers
    refusals: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    # what each new picture will say when it is looked at, before `Ready`
    says: list[dict[str, Any]] = field(default_factory=lambda: [{"status": "Pending"}])
    end: dict[str, Any] = field(default_factory=lambda: {"status": "Ready"})
    # how the next deliveries go wrong: `half`, `gone`, `slow`
    deliveries: deque[str] = field(default_factory=deque)
    poll_refusals: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    submissions: int = 0
    credits: float = 1_000
    # as long as it is not set, submissions that were taken are not answered, or looks at what was taken
    answers_submissions: threading.Event = field(default_factory=threading.Event)
    answers_polls: threading.Event = field(default_factory=threading.Event)
    delivers: threading.Event = field(default_factory=threading.Event)
    dress: Callable[[bytes], bytes] = bytes  # what it puts around a picture

    def __post_init__(self) -> None:
        for each in (self.answers_submissions, self.answers_polls, self.delivers):
            each.set()

    async def submit(self, request: Request) -> Response:
        self.submissions += 1
        if request.headers.get("x-key") != KEY:
            return JSONResponse({"detail": "Not authenticated"}, 403)
        if self.refusals:
            status, headers = self.refusals.popleft()
            return JSONResponse({"detail": "no"}, status, headers)
        model, inputs = request.path_params["model"], await request.json()
        if wrong := _wrong_with(model, inputs):
            return JSONResponse(
                {"detail": [{"loc": ["body", wrong], "msg": "is not valid", "type": "value_error"}]}, 422
            )
        id = str(uuid4())
        self.jobs[id] = Job(inputs, model, deque([*self.says, self.end]))
        await _until(self.answers_submissions)
        polled_at = f"{self.url}/v1/get_result?id={id}"
        return JSONResponse({"id": id, "polling_url": polled_at, "cost": 4.5, "input_mp": 0.6, "output_mp": 0.6})

    async def result(self, request: Request) -> Response:
        if request.headers.get("x-key") != KEY:
            return JSONResponse({"detail": "Not authenticated"}, 403)
        if self.poll_refusals:
            status, headers = self.poll_refusals.popleft()
            return JSONResponse({"detail": "no"}, status, headers)
        id = request.query_params["id"]
        job = self.jobs.get(id)
        if job is None:
            return JSONResponse({"id": id, "status": "Task not found", "result": None}, 404)
        job.polls += 1
        await _until(self.answers_polls)
        said = job.says.popleft() if len(job.says) > 1 else job.says[0]
        result = None
        if said["status"] == "Ready":
            result = {
                "sample": f"{self.url}/delivery/{id}.png",
                "prompt": job.inputs["prompt"],
                "seed": job.inputs["seed"],
            }
        return JSONResponse({"id": id, "result": result, "progress": None, "details": None, **said})

    async def tell_credits(self, request: Request) -> Response:
        if request.headers.get("x-key") != KEY:
            return JSONResponse({"detail": "Not authenticated"}, 403)
        return JSONResponse({"credits": self.credits})

    async def deliver(self, request: Request) -> Response:
        job = self.jobs[request.path_params["id"]]
        await _until(self.delivers)
        how = self.deliveries.popleft() if self.deliveries else ""
        png = self.dress(flat_png(job.inputs["seed"]))
        if how == "gone":
            return Response("<Error><Code>AuthenticationFailed</Code></Error>", 403)
        if how == "half":
            return StreamingResponse(_parts(png[: len(png) // 2]), headers={"content-length": str(len(png))})
        job.is_fetched = True
        if how == "slow":
            return StreamingResponse(_parts(png), headers={"content-length": str(len(png))})
        return Response(png, media_type="image/png")


async def _parts(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 16):
        yield data[at : at + 16]
        await asyncio.sleep(0)


async def _until(event: threading.Event) -> None:
    async def is_set() -> bool:
        return event.is_set()

    await eventually_async(is_set, 60)


def _wrong_with(model: str, inputs: dict[str, Any]) -> str | None:
    """The field that the document does not allow."""
    if not isinstance(inputs.get("prompt"), str):
        return "prompt"
    if model == "flux-pro-1.1":
        bad = [name for name in REFUSED_BY_TEXT_MODEL if name in inputs]
        sides = [name for name in ("width", "height") if not 256 <= inputs[name] <= 1440 or inputs[name] % 32]
        return next(iter(bad + sides), None)
    if not inputs.get("input_image"):
        return "input_image"
    return next((name for name in ("width", "height") if name in inputs and inputs[name] % 16), None)


@contextmanager
def fake_bfl() -> Iterator[FakeBfl]:
    """One that answers as long as the block lasts."""
    fake = FakeBfl()
    routes = [
        Route("/v1/get_result", fake.result),
        Route("/v1/credits", fake.tell_credits),
        Route("/v1/{model}", fake.submit, methods=["POST"]),
        Route("/delivery/{id}.png", fake.deliver),
    ]
    with served(Starlette(routes=routes)) as url:
        fake.url = url
        yield fake


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The address of an app on a thread of its own."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        threading.Event().wait(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
