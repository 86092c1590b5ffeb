"""Every operation of the product, in the order in which the documents tell of them."""

from __future__ import annotations

from sahne.gateway.functions import (
    account,
    analytics,
    calls,
    coins,
    creators,
    gallery,
    live_gifts,
    live_guests,
    live_order,
    live_sessions,
    notices,
    people,
    people_order,
    scenes,
    store,
    studio,
    studio_safety,
)
from sahne.gateway.functions.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *live_sessions.OPERATIONS,
    *live_gifts.OPERATIONS,
    *live_guests.OPERATIONS,
    *live_order.OPERATIONS,
    *people_order.OF_LIVE,
    *people_order.OF_PROFILES,
    *people.OPERATIONS,
    *notices.OPERATIONS,
    *calls.OPERATIONS,
    *coins.OPERATIONS,
    *creators.OPERATIONS,
    *store.OPERATIONS,
    *scenes.OPERATIONS,
    *studio.OPERATIONS,
    *gallery.OPERATIONS,
    *studio_safety.OPERATIONS,
    *people_order.OF_STUDIO,
    *account.OPERATIONS,
    *analytics.OPERATIONS,
    *live_gifts.OF_THE_CATALOGUE,
    *store.OF_ADMINISTRATION,
    *scenes.OF_ADMINISTRATION,
    *people_order.OF_ADMINISTRATION,
    *studio_safety.OF_ADMINISTRATION,
)
