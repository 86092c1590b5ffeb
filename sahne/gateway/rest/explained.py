"""The plan of a URL of the Data API, for whoever looks after the database: as the door makes it, outside any server."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from sahne.database.actor import Actor
from sahne.database.catalog_exposure import exposure_of
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.pipeline import Pipeline
from sahne.gateway.rest.calls import Calls
from sahne.gateway.rest.errors import NoCatalog
from sahne.gateway.rest.explain import MEDIA_TYPE
from sahne.gateway.rest.request import request_of
from sahne.gateway.rest.run import run
from sahne.gateway.rest.tables import Tables
from sahne.settings import Settings


def is_url(text: str) -> bool:
    """Whether it is one of the Data API's, whole or from its path on; else it is SQL."""
    return text.startswith(("http://", "https://", "/"))


async def plan_of(
    settings: Settings, actor: Actor, url: str, *, as_json: bool, runs: bool, seconds_max: float
) -> bytes:
    """What PostgreSQL plans for a GET of it, in a transaction that may only read; with `runs` it is carried out.

    Raises:
        SahneError: as the Data API refuses it.
    """
    parts = urlsplit(url)
    accept = f"{MEDIA_TYPE}+{'json' if as_json else 'text'}{'; options=analyze|buffers' if runs else ''}"
    request = request_of("GET", parts.path, [(b"accept", accept.encode())])
    exposure = replace(exposure_of(settings), plans=True)  # whoever has DATABASE_URL may see them
    async with (
        Pipeline(settings.authenticator_url, connections=1, statement_timeout_seconds=seconds_max) as pipeline,
        CatalogKeeper(settings.direct_authenticator_url, exposure) as keeper,
    ):
        if keeper.current is None:
            raise NoCatalog()
        room = Calls() if request.is_call else Tables()
        ready = room.prepare(request, parts.query, b"", keeper.current, actor.role)
        return (await run(pipeline, actor, request, ready)).body or b""
