"""A call between two people on a clock of its own: what happens in it is told by seconds after the answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sahne.live.call_clock import BOUNDS
from tests.world import World

PRICE = 100


def priced(world: World, creator: UUID, **fields: Any) -> None:
    """What the creator's calls cost from now on; 100 a minute unless told."""
    given = {"audio_coin_per_minute": PRICE, "video_coin_per_minute": PRICE} | fields
    world.verb(creator, "set_call_prices", json.dumps(given))


class Talk:
    """One call that was accepted an hour ago; `minutes` and the like look at its row."""

    def __init__(self, world: World, caller: UUID, callee: UUID) -> None:
        self.world, self.caller, self.callee = world, caller, callee
        started = world.verb(caller, "start_call", callee, "audio_call")["call"]
        self.id = UUID(started["id"])
        self.room = started["livekit_room_name"]
        world.verb(callee, "step_call", self.id, "accepted")
        self.began = datetime.now(UTC) - timedelta(hours=1)
        world.owner("update public.calls set answered_at = %s where id = %s", self.began, self.id)
        self._connected: dict[UUID, str] = {}

    def at(self, seconds: float) -> datetime:
        return self.began + timedelta(seconds=seconds)

    def come(self, seconds: float, *people: UUID) -> None:
        """They connect; both where nobody is named."""
        for who in people or (self.caller, self.callee):
            self._connected[who] = f"PA_{uuid4()}"
            self.world.verb(None, "call_connected", self.room, who, self._connected[who], self.at(seconds))

    def go(self, seconds: float, *people: UUID) -> None:
        """Their connections end."""
        for who in people or (self.caller, self.callee):
            self.world.verb(None, "call_disconnected", self.room, who, self._connected[who], self.at(seconds))

    def tick(self, seconds: float) -> str | None:
        """What the clock does to it; why it ended, if it did."""
        ended: str | None = self.world.verb(None, "keep_call", self.id, *BOUNDS.values(), self.at(seconds))
        return ended

    def tick_until(self, seconds: int, since: int = 0) -> str | None:
        """Every ten seconds and at the last, until it ends."""
        return next(filter(None, map(self.tick, [*range(since, seconds, 10), seconds])), None)

    def hang_up(self, seconds: float) -> None:
        """At a moment of its own clock."""
        self.world.verb(None, "close_call", self.id, "ended", self.at(seconds))

    @property
    def row(self) -> dict[str, Any]:
        found: dict[str, Any] = self.world.owner("select * from public.calls where id = %s", self.id)[0]
        return found

    @property
    def minutes(self) -> int:
        """How many were paid ahead."""
        return int(self.world.one("select private.minutes_paid(%s)", self.id))
