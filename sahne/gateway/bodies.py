"""How many bytes of large bodies are under way at once: in all, and from one address.

A body that a door reads whole lies in memory until its request is answered, and who sends it decides how long that
takes. Small bodies are not weighed: they are bounded by how many connections there are, and must always get through.
Uploads are not either: they go to the disk as they come.
"""

from __future__ import annotations

from collections import Counter
from types import TracebackType

from sahne.errors import Unavailable
from sahne.gateway.asgi import Scope
from sahne.gateway.callers import Places
from sahne.settings import Settings

SMALL_BYTES = 64 * 1024


class BodiesCrowd(Unavailable):
    """Too many large bodies are under way; try again shortly."""

    code = "bodies_busy"


class Bodies:
    """The bytes that are held, in all and by place. One per process."""

    def __init__(self, settings: Settings) -> None:
        two = 2 * settings.request_body_bytes_max  # must get through, whatever is set
        self._bytes_max = max(settings.bodies_bytes_max, two)
        self._bytes_of_an_address_max = max(settings.bodies_bytes_of_an_address_max, two)
        self._places = Places(settings)
        self._of_places: Counter[str | None] = Counter()
        self.bytes = 0

    def of_request(self, scope: Scope) -> Body:
        """The body of a request that begins; in a `with`, that holds it."""
        return Body(self, scope)

    def place_of(self, scope: Scope) -> str | None:
        """Where a request comes from; None where that tells nobody apart."""
        return self._places.of(scope)

    def take(self, place: str | None, count: int) -> None:
        """So many bytes more.

        Raises:
            BodiesCrowd: too many, and none is taken.
        """
        of_place = self._of_places[place] + count
        if place is not None and of_place > self._bytes_of_an_address_max:
            limit = f"{self._bytes_of_an_address_max} bytes of one address"
            raise BodiesCrowd(details=limit, hint="Send fewer of them at once.")
        if self.bytes + count > self._bytes_max:
            raise BodiesCrowd(hint="Try again in a second.")
        self._of_places[place] = of_place
        self.bytes += count

    def give_back(self, place: str | None, count: int) -> None:
        """So many bytes fewer."""
        self.bytes -= count
        self._of_places[place] -= count
        if not self._of_places[place]:
            del self._of_places[place]


class Body:
    """One body that grows as it comes."""

    __slots__ = ("_bodies", "_held", "_place", "_scope", "_seen")

    def __init__(self, bodies: Bodies, scope: Scope) -> None:
        self._bodies = bodies
        self._scope = scope
        self._place: str | None = None
        self._seen = 0
        self._held = 0

    def __enter__(self) -> Body:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._held:
            self._bodies.give_back(self._place, self._held)

    def grow(self, count: int) -> int:
        """A piece has come; answers how many bytes that makes.

        Raises:
            BodiesCrowd: there is no room for it now.
        """
        self._seen += count
        if self._seen > SMALL_BYTES:
            if not self._held:
                self._place = self._bodies.place_of(self._scope)
            self._bodies.take(self._place, self._seen - self._held)
            self._held = self._seen
        return self._seen
