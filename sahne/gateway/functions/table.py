"""Every operation of the product, in the order in which the documents tell of them."""

from __future__ import annotations

from sahne.gateway.functions import calls, coins, live_guests, live_order, live_sessions, people, studio
from sahne.gateway.functions.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *live_sessions.OPERATIONS,
    *live_guests.OPERATIONS,
    *live_order.OPERATIONS,
    *people.OPERATIONS,
    *calls.OPERATIONS,
    *coins.OPERATIONS,
    *studio.OPERATIONS,
)
