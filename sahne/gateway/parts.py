"""What a door is given: the settings and the opened parts, built once by `sahne.server`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sahne.accounts.passwords import Passwords
from sahne.analytics.event_batches import EventBatches
from sahne.bus.bus import Bus
from sahne.database.catalog_keeper import CatalogKeeper
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Database
from sahne.gateway.bearer import Verifier
from sahne.gateway.bodies import Bodies
from sahne.gateway.development_keys import DevelopmentKeys
from sahne.gateway.event_rates import EventRates
from sahne.gateway.rates import Rates
from sahne.gateway.shares import Shares
from sahne.live import Stage
from sahne.mail.post import Post
from sahne.mail.words import Words
from sahne.objects.renderings import Renderings
from sahne.providers.blobs import BlobStore
from sahne.providers.images.provider import ImageProvider
from sahne.settings import Settings
from sahne.signing_keys import SigningKeys
from sahne.store.till import Till


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The opened parts every door may use; a door takes what it needs and nothing else.

    `texts` takes short messages, where people sign in by phone; `own_secret` is the one nobody else knows
    (`gateway/own_secret.py`).
    """

    settings: Settings
    own_secret: str
    development_keys: DevelopmentKeys
    signing_keys: SigningKeys
    verifier: Verifier
    shares: Shares
    bodies: Bodies
    database: Database
    blobs: BlobStore
    renderings: Renderings
    passwords: Passwords
    words: Words
    post: Post
    texts: Post | None
    pipeline: Pipeline
    catalog: CatalogKeeper
    stage: Stage
    till: Till
    event_batches: EventBatches
    event_rates: EventRates
    bus: Bus
    rates: Rates
    image_providers: Mapping[str, ImageProvider]
