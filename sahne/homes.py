"""Which home a server has: it answers at Supabase's doors itself, or stands beside a project that does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sahne.gateway.api_keys import ApiKeys, with_api_key
from sahne.gateway.asgi import Door
from sahne.gateway.auth.door import build_auth
from sahne.gateway.home import Home
from sahne.gateway.parts import Parts
from sahne.gateway.realtime.door import build_realtime, open_realtime
from sahne.gateway.realtime.gauges import RealtimeGauges
from sahne.gateway.realtime.upgrade import websocket_protocol
from sahne.gateway.rest.door import build_rest
from sahne.gateway.storage.door import build_storage

STORAGE = "/storage/v1"


def open_home(parts: Parts) -> AbstractAsyncContextManager[Home]:
    """What the settings say; it is open as long as the context is."""
    if parts.settings.project_url is None:
        return _own_home(parts)
    from sahne.gateway.project.door import open_project  # only here: most servers are their own home

    own_storage = with_api_key(build_storage(parts), ApiKeys(parts.settings, parts.verifier))
    return open_project(parts, parts.settings.project_url, own_storage)


@asynccontextmanager
async def _own_home(parts: Parts) -> AsyncIterator[Home]:
    async with open_realtime(parts) as realtime:
        keys = ApiKeys(parts.settings, parts.verifier)
        doors: dict[str, Door] = {
            "/rest/v1": build_rest(parts),
            STORAGE: build_storage(parts),
            "/auth/v1": build_auth(parts),
            "/realtime/v1": build_realtime(realtime.broadcasts),
        }
        yield Home(
            doors={prefix: with_api_key(door, keys) for prefix, door in doors.items()},
            unbounded=frozenset({STORAGE}),
            sockets=websocket_protocol(realtime.sockets.admit, parts.settings.realtime_frame_bytes_max),
            answers={"realtime": lambda: realtime.feed.streaming},
            shown=(RealtimeGauges(realtime),),
        )
