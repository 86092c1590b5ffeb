"""The routes of `/webhooks`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sahne.gateway.asgi import Door
from sahne.gateway.exact_paths import fitted_exactly, without_redirects
from sahne.gateway.parts import Parts
from sahne.gateway.webhooks.images import hear
from sahne.gateway.webhooks.livekit import keep_event
from sahne.gateway.webhooks.stores import keep_of_apple, keep_of_google, keep_of_revenuecat


def build_webhooks(parts: Parts) -> Door:
    """The door of `/webhooks`."""

    async def livekit(request: Request) -> Response:
        return await keep_event(parts, request)

    async def revenuecat(request: Request) -> Response:
        return await keep_of_revenuecat(parts, request)

    async def apple(request: Request) -> Response:
        return await keep_of_apple(parts, request)

    async def google(request: Request) -> Response:
        return await keep_of_google(parts, request)

    # the router alone: what is refused is the front's to answer, in the product's own words
    makers = [Route(f"/webhooks/{name}", _of_maker(parts, name), methods=["POST"]) for name in parts.image_providers]
    routes = fitted_exactly(
        [
            Route("/webhooks/livekit", livekit, methods=["POST"]),
            Route("/webhooks/apple", apple, methods=["POST"]),
            Route("/webhooks/google", google, methods=["POST"]),
            Route("/webhooks/revenuecat", revenuecat, methods=["POST"]),
            *makers,
        ]
    )
    return without_redirects(Starlette(routes=routes)).router


def _of_maker(parts: Parts, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def maker(request: Request) -> Response:
        return await hear(parts, name, request)

    return maker
