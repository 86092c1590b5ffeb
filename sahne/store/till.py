"""The stores as one opened part: whom we believe, and the loops that read what they told.

async with Till(database, pipeline, revenuecat) as till:
    till.revenuecat.verify(body, authorization, signature)
    await till.keep(read_event(body))
"""

from __future__ import annotations

from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.loops import Loop
from sahne.store import inbox
from sahne.store.apple import Apple
from sahne.store.errors import StoreNotSet
from sahne.store.events import StoreEvent
from sahne.store.google import Google
from sahne.store.inbox import Inbox
from sahne.store.revenuecat import RevenueCat
from sahne.store.revenuecat_looks import RevenueCatLooks

INBOX_SECONDS = 5.0  # for what another server keeps; our own wakes it
RECOGNISE_SECONDS = 5.0
LAPSE_SECONDS = 30.0
LOOK_SECONDS = 30.0


class Till:
    """Open it with `async with`. Without any store's keys it still ends what has run out."""

    def __init__(
        self,
        database: Database,
        pipeline: Pipeline,
        revenuecat: RevenueCat | None = None,
        apple: Apple | None = None,
        google: Google | None = None,
        looks: RevenueCatLooks | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._revenuecat = revenuecat
        self._apple = apple
        self._google = google
        self._inbox = Loop("read what stores told", Inbox(database).work, INBOX_SECONDS)
        self._loops = [
            self._inbox,
            Loop("recognise stores' customers", lambda: inbox.recognise_customers(database), RECOGNISE_SECONDS),
            *([Loop("ask RevenueCat", lambda: looks.work(database, self.keep), LOOK_SECONDS)] if looks else []),
            Loop("end premium that has run out", lambda: inbox.lapse_premium(database), LAPSE_SECONDS),
        ]

    async def __aenter__(self) -> Till:
        for loop in self._loops:
            loop.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for loop in reversed(self._loops):
            await loop.stop()

    @property
    def revenuecat(self) -> RevenueCat:
        """RevenueCat, if its keys are set.

        Raises:
            StoreNotSet: they are not; nobody is believed then.
        """
        if self._revenuecat is None:
            raise StoreNotSet(hint="Set SAHNE_REVENUECAT_AUTHORIZATION or SAHNE_REVENUECAT_SIGNING_SECRETS.")
        return self._revenuecat

    @property
    def apple(self) -> Apple:
        """Apple, if its root and our apps are set.

        Raises:
            StoreNotSet: they are not; nobody is believed then.
        """
        if self._apple is None:
            raise StoreNotSet(hint="Set SAHNE_APPLE_BUNDLE_IDS and SAHNE_APPLE_ROOT_CERTIFICATES.")
        return self._apple

    @property
    def google(self) -> Google:
        """Google Play, if our apps, the service account and who pushes are set.

        Raises:
            StoreNotSet: they are not; nobody is believed then.
        """
        if self._google is None:
            names = ("PACKAGE_NAMES", "SERVICE_ACCOUNT", "PUSH_AUDIENCE", "PUSH_EMAIL")
            raise StoreNotSet(hint=f"Set {', '.join(f'SAHNE_GOOGLE_{name}' for name in names)}.")
        return self._google

    async def keep(self, event: StoreEvent) -> None:
        """Store what was told, and have it read.

        Raises:
            StoreUnreadable: it cannot be held.
        """
        await inbox.keep(self._pipeline, event)
        self._inbox.wake()
