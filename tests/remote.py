"""Pictures made elsewhere without waiting: whatever is under way is due at once, and every step is taken by hand."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.image_providers import NO_BUDGET, Budget
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.provider import ImageProvider
from sahne.settings import Settings
from sahne.studio.marks import Marks
from sahne.studio.remote_pictures import RemoteMaker, RemotePicture
from sahne.studio.requests import REMOTE_QUERIES
from tests.studio import Studio

HOLD_SECONDS = 60.0
LEAP_SECONDS = 3600.0  # from one look to the next: whatever was closed is open again
UNFINISHED = "status in ('wanted', 'sending', 'waiting')"


class ByHand:
    """A maker whose steps a test takes."""

    def __init__(
        self,
        studio: Studio,
        database: Database,
        settings: Settings,
        *providers: ImageProvider,
        webhooks_url: str | None = None,
        budget: Budget = NO_BUDGET,
        marks: Marks | None = None,
    ) -> None:
        self.studio = studio
        self.now = 0.0
        self._database = database
        self.maker = RemoteMaker(
            database,
            DiskBlobs(settings.objects_path),
            {provider.name: provider for provider in providers},
            webhooks_url=webhooks_url,
            budget=budget,
            marks=marks,
            clock=lambda: self.now,
        )

    async def take(self) -> list[RemotePicture]:
        """All that is under way, in a new hand: whoever had it before counts as dead."""
        self.now += LEAP_SECONDS
        self.studio.owner(f"update private.remote_pictures set due_at = now(), held_until = null where {UNFINISHED}")
        values = {"limit": 1000, "holder": uuid4(), "hold_seconds": HOLD_SECONDS}
        async with self._database.transaction(SERVICE) as conn:
            return [RemotePicture(**row) for row in await every(conn, REMOTE_QUERIES["take_due"], values)]

    async def round(self) -> int:
        """One step of each; how many there were."""
        pictures = await self.take()
        await asyncio.gather(*(self.maker.step(picture) for picture in pictures))
        return len(pictures)

    async def finish(self, rounds_max: int = 40) -> None:
        """Steps until nothing is under way."""
        for _ in range(rounds_max):
            if not await self.round():
                return
        raise AssertionError(self.studio.owner(f"select * from private.remote_pictures where {UNFINISHED}"))
