"""How many events somebody may report: a person, and an address for those that are nobody's.

Whoever has no token costs nobody anything to be, so theirs are few; behind a proxy that names no address they are all
one address.
"""

from __future__ import annotations

from sahne.analytics.errors import TooManyEvents
from sahne.analytics.events import EVENTS_OF_A_REQUEST_MAX
from sahne.database.actor import SERVICE_ROLE, Actor
from sahne.gateway.asgi import Scope
from sahne.gateway.callers import Places
from sahne.gateway.rates import DEVELOPMENT_FACTOR, Buckets, Rate
from sahne.settings import Settings

OF_A_PERSON = Rate(burst=5 * EVENTS_OF_A_REQUEST_MAX, refill=100)
OF_AN_ADDRESS = Rate(burst=EVENTS_OF_A_REQUEST_MAX, refill=20)


class EventRates:
    """The events of everybody; the server's own are not counted."""

    def __init__(self, settings: Settings) -> None:
        factor = DEVELOPMENT_FACTOR if settings.is_development else 1
        self._of_people = Buckets(OF_A_PERSON.times(factor))
        self._of_addresses = Buckets(OF_AN_ADDRESS.times(factor))
        self._places = Places(settings)

    def spend(self, actor: Actor, scope: Scope, events: int) -> None:
        """So many events of a caller.

        Raises:
            TooManyEvents: that is too many, and when to try again.
        """
        if actor.role == SERVICE_ROLE:
            return
        if actor.user_id is not None:
            bucket = self._of_people.bucket(actor.user_id)
        else:
            bucket = self._of_addresses.bucket(self._places.of(scope))
        if not bucket.take(events):
            raise TooManyEvents(bucket.wait_seconds(events))
