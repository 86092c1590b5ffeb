"""The home of a server beside a Supabase project: what is opened once, and whether the project answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sahne.gateway.asgi import Door
from sahne.gateway.home import Home
from sahne.gateway.parts import Parts
from sahne.gateway.project.errors import ProjectUnreachable
from sahne.gateway.project.own_buckets import OwnBuckets
from sahne.gateway.project.passage import Passage
from sahne.gateway.project.tunnel import Tunnels
from sahne.loops import Loop
from sahne.providers.exchange import ProviderFault, ask
from sahne.settings import Settings

DOORS = ("/auth/v1", "/rest/v1", "/realtime/v1")
STORAGE = "/storage/v1"
HEALTH_PATH = "/auth/v1/health"
LOOK_SECONDS = 30.0
ANSWER_SECONDS_MAX = 5.0


@asynccontextmanager
async def open_project(parts: Parts, project_url: str, own_storage: Door) -> AsyncIterator[Home]:
    """Connections to the project are made as they are needed; on exit what is under way ends.

    `own_storage` answers for the buckets that are not the project's.
    """
    passage = Passage(parts.settings, project_url)
    look = Look(parts.settings, project_url)
    loop = Loop("the project", look.again, LOOK_SECONDS)
    loop.start()
    try:
        yield Home(
            doors=dict.fromkeys(DOORS, passage) | {STORAGE: OwnBuckets(own_storage, passage, parts.database)},
            unbounded=frozenset({*DOORS, STORAGE}),
            sockets=Tunnels(parts.settings, project_url, parts.development_keys).protocol,
            answers={"project": lambda: look.answers},
        )
    finally:
        await loop.stop()
        await passage.close()


class Look:
    """Whether the project answered when it was asked last, which is every half a minute."""

    def __init__(self, settings: Settings, project_url: str) -> None:
        self._url = project_url.rstrip("/") + HEALTH_PATH
        self._key = settings.publishable_key or settings.anon_key
        self.answers = True

    async def again(self) -> bool:
        """Raises ProjectUnreachable, which a loop tells and tries again sooner."""
        try:
            answer = await ask("GET", self._url, {"apikey": self._key}, seconds_max=ANSWER_SECONDS_MAX)
            self.answers = answer.status == 200
        except ProviderFault as error:
            self.answers = False
            raise ProjectUnreachable(details=str(error)) from error
        return False
