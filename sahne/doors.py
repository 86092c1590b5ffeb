"""The doors of a server, by the beginning of their paths."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sahne.gateway.api_keys import ApiKeys, with_api_key
from sahne.gateway.asgi import Door
from sahne.gateway.connections import Connections
from sahne.gateway.documents import FOLDERS, LIST, build_documents
from sahne.gateway.functions.door import build_functions
from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.operation import Who
from sahne.gateway.functions.table import OPERATIONS
from sahne.gateway.health import build_health
from sahne.gateway.home import Home
from sahne.gateway.inbox import build_inbox
from sahne.gateway.operators import for_operators
from sahne.gateway.page import build_page
from sahne.gateway.parts import Parts
from sahne.gateway.shared.door import build_shared
from sahne.gateway.webhooks.door import build_webhooks


@asynccontextmanager
async def opened_doors(parts: Parts, home: Home, connections: Connections) -> AsyncIterator[dict[str, Door]]:
    """Every door, with those for agents that the settings open."""
    doors = _doors(parts, home, connections)
    async with AsyncExitStack() as stack:
        if parts.settings.management != "off":
            from sahne.gateway.management.door import open_management  # only here: most servers have none

            doors["/management"] = stack.enter_context(open_management(parts))
        if parts.settings.mcp:
            from sahne.gateway.agents.door import open_agents

            own = describe((each for each in OPERATIONS if each.who is not Who.ADMINS), parts.settings.api_url)
            doors["/mcp"] = await stack.enter_async_context(open_agents(parts, dict(doors), own))
        yield doors


def _doors(parts: Parts, home: Home, connections: Connections) -> dict[str, Door]:
    health, functions = build_health(parts, home, connections), build_functions(parts)
    documents = build_documents(parts)
    return {
        "/health": health,
        "/ready": health,
        "/metrics": for_operators(health, parts.settings, parts.development_keys),
        **home.doors,
        "/functions/v1": with_api_key(functions, ApiKeys(parts.settings, parts.verifier)),
        "/docs": functions,
        **{f"/docs/{folder}": documents for folder in FOLDERS},
        LIST: documents,
        "/openapi.json": functions,
        "/webhooks": build_webhooks(parts),
        "/inbox": build_inbox(parts),
        "/s": build_shared(parts),
        "/": build_page(parts),
    }
