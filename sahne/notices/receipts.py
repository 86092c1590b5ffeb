"""Receipts: what became of pushes that a service took before it knew whether the device would (Expo).

A push that was taken is asked about a quarter of an hour later, and again where the service does not know yet, for as
long as it is kept. Dead devices are forgotten, and what was not handed on is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never
from uuid import UUID

from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.notices.delivery import DeviceGone, NoticeRefused
from sahne.notices.own import QUERIES
from sahne.providers.push import Channel, Gone, Later, Outcome, ReceiptChannel, Refused, Sent
from sahne.telemetry import observe

LOOK_SECONDS = 60.0
ASKED_MAX = 1_000
AGAIN_SECONDS = 60.0


class Receipts:
    """Of the channels whose services give any."""

    def __init__(self, database: Database, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._channels = {name: each for name, each in channels.items() if isinstance(each, ReceiptChannel)}

    @property
    def platforms(self) -> frozenset[str]:
        """Whose pushes have receipts."""
        return frozenset(self._channels)

    async def ask(self) -> bool:
        """Ask for those that are due; whether there may be more.

        Raises:
            Unreached: a service does not say; what was asked for is asked for again later.
        """
        more = False
        for platform, channel in self._channels.items():
            async with self._database.transaction(SERVICE) as conn:
                rows = await every(conn, QUERIES["take_receipts"], {"platform": platform, "limit": ASKED_MAX})
            if rows:
                known = await channel.receipts([row["service_id"] for row in rows])
                await self._close(platform, {row["id"]: known.get(row["service_id"]) for row in rows})
            more = more or len(rows) == ASKED_MAX
        return more

    async def _close(self, platform: str, outcomes: Mapping[UUID, Outcome | None]) -> None:
        await self._say("note_received", ids=[id for id, outcome in outcomes.items() if isinstance(outcome, Sent)])
        for id, outcome in outcomes.items():
            match outcome:
                case Gone():
                    await self._say("forget_gone_device", id=id)
                    observe(DeviceGone(platform))
                case Refused(reason):
                    await self._say("refuse_delivery", id=id, reason=reason)
                    observe(NoticeRefused(platform, reason))
                case Later(seconds):
                    await self._say("send_again", id=id, seconds=seconds or AGAIN_SECONDS, reason="not handed on")
                case None | Sent():
                    pass
                case _:
                    assert_never(outcome)

    async def _say(self, query: str, **values: object) -> None:
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES[query], values)
