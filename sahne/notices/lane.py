"""The lane of the worker that tells people: followers are told in batches, and what is due goes to devices and by mail.

start → which ways out are set up is written down → loops: followers, rings, the rest, receipts (`receipts.py`); a ring
and an announcement wake the first ones by `notify sahne_notices`, else they look each second → each delivery is taken
for a while, sent, and closed with what became of it → stop: nothing more is taken, what is under way may end within
`STOP_SECONDS_MAX`. What a worker that died held is taken again when its hold has run out; a service that had taken it
already sees the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, assert_never

from psycopg import AsyncConnection, Error

from sahne.backoff import Backoff
from sahne.database.actor import SERVICE
from sahne.database.fetch import every, one
from sahne.database.pool import Database
from sahne.loops import Loop
from sahne.notices.delivery import MAIL, Delivery, DeviceGone, NoticeRefused
from sahne.notices.own import QUERIES
from sahne.notices.receipts import LOOK_SECONDS as RECEIPTS_LOOK_SECONDS
from sahne.notices.receipts import Receipts
from sahne.notices.words import NoticeWords
from sahne.providers.mail import LetterDelayed, LetterRefused, Mailer
from sahne.providers.push import Channel, Gone, Later, Outcome, Refused, Sent
from sahne.telemetry import Failed, observe

WAKE_CHANNEL = "sahne_notices"
LOOK_SECONDS = 1.0
FOLLOWERS_OF_A_BATCH = 1_000
RINGS_AT_ONCE_MAX = 64
REST_AT_ONCE_MAX = 32
HOLD_SECONDS = 30.0
SEND_SECONDS_MAX = 10.0
STOP_SECONDS_MAX = 10.0
BACK_OFF_SECONDS_MIN = 0.1
BACK_OFF_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True)
class NoticeSent:
    """A service took a notice, so many seconds after it was queued."""

    platform: str
    seconds: float


class NoticeLane:
    """Everything between an event and whoever hands it over. `channels` are by platform; no `mailer`, no letters."""

    def __init__(
        self,
        database: Database,
        url: str,
        channels: Mapping[str, Channel],
        mailer: Mailer | None,
        words: NoticeWords,
        *,
        site_url: str,
        hold_seconds: float = HOLD_SECONDS,
    ) -> None:
        self._database = database
        self._url = url
        self._channels = channels
        self._mailer = mailer
        self._words = words
        self._site_url = site_url
        self._hold_seconds = hold_seconds
        self._receipts = Receipts(database, channels)
        self._rings: set[asyncio.Task[None]] = set()
        self._rest: set[asyncio.Task[None]] = set()
        self._loops = {
            "followers": Loop("tell followers", self._fan_out, LOOK_SECONDS),
            "rings": Loop("ring", self._take_rings, LOOK_SECONDS),
            "rest": Loop("send notices", self._take_rest, LOOK_SECONDS),
            "receipts": Loop("ask for receipts", self._receipts.ask, RECEIPTS_LOOK_SECONDS),
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """As long as the block lasts."""
        await self._say("set_notice_channels", platforms=[*self._channels, *([MAIL] if self._mailer else [])])
        listening = asyncio.create_task(self._listen(), name="sahne notices")
        for loop in self._loops.values():
            loop.start()
        try:
            yield
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            for loop in self._loops.values():
                await loop.stop()
            await self._end_sends()

    async def drain(self) -> None:
        """Wait until nobody waits to be told and nothing is due."""
        while True:
            if not (self._rings or self._rest or await self._is_any_due()):
                return
            await asyncio.sleep(LOOK_SECONDS / 10)

    async def _fan_out(self) -> bool:
        async with self._database.transaction(SERVICE) as conn:
            row = await one(conn, QUERIES["fan_out"], {"followers_max": FOLLOWERS_OF_A_BATCH})
        if row["followers"]:
            self._loops["rest"].wake()
        return row["followers"] is not None

    async def _take_rings(self) -> bool:
        return await self._take(self._rings, self._loops["rings"], RINGS_AT_ONCE_MAX, urgent=True)

    async def _take_rest(self) -> bool:
        return await self._take(self._rest, self._loops["rest"], REST_AT_ONCE_MAX, urgent=False)

    async def _take(self, sends: set[asyncio.Task[None]], loop: Loop, at_once_max: int, *, urgent: bool) -> bool:
        """Send what is due, as many at once as there is room for; whoever makes room again wakes the loop."""
        values = {"urgent": urgent, "limit": at_once_max - len(sends), "hold_seconds": self._hold_seconds}
        if not values["limit"]:
            return False
        async with self._database.transaction(SERVICE) as conn:
            rows = await every(conn, QUERIES["take_deliveries"], values)

        def done(send: asyncio.Task[None]) -> None:
            sends.discard(send)
            if len(sends) <= at_once_max // 2:
                loop.wake()

        for row in rows:
            send = asyncio.create_task(self._deliver(Delivery(**row)))
            sends.add(send)
            send.add_done_callback(done)
        return False

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                outcome = await self._send(delivery)
        except TimeoutError:
            outcome = Later(None)
        except Exception as error:  # a fault of ours: it must not be tried without end, nor at once
            observe(Failed.of("send a notice", error))
            outcome = Later(None)
        try:
            await self._close(delivery, outcome)
        except Exception as error:  # the database is away: whoever takes it up again sends it again
            observe(Failed.of("close a delivery", error))

    async def _send(self, delivery: Delivery) -> Outcome:
        if delivery.platform == MAIL:
            return await self._mail(delivery)
        channel = self._channels.get(delivery.platform)
        if channel is None:
            return Refused("This way is not set up any more.")
        return await channel.send(delivery.push(self._words))

    async def _mail(self, delivery: Delivery) -> Outcome:
        letter = delivery.letter(self._words, self._site_url)
        if letter is None or self._mailer is None:
            return Refused("There is no address to write to.")
        try:
            await self._mailer.send(letter)
        except LetterRefused as error:
            return Refused(str(error))
        except LetterDelayed:
            return Later(None)
        return Sent("")

    async def _close(self, delivery: Delivery, outcome: Outcome) -> None:
        match outcome:
            case Sent(id):
                has_receipt = delivery.platform in self._receipts.platforms
                await self._say("note_sent", id=delivery.id, service_id=id, has_receipt=has_receipt)
                observe(NoticeSent(delivery.platform, (datetime.now(UTC) - delivery.created_at).total_seconds()))
            case Refused(reason):
                await self._say("refuse_delivery", id=delivery.id, reason=reason)
                observe(NoticeRefused(delivery.platform, reason))
            case Gone():
                await self._say("forget_gone_device", id=delivery.id)
                observe(DeviceGone(delivery.platform))
            case Later(seconds):
                pause = delivery.pause_seconds(seconds)
                await self._say("put_off_delivery", id=delivery.id, seconds=pause, reason="not taken")
            case _:
                assert_never(outcome)

    async def _say(self, query: str, **values: Any) -> None:
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES[query], values)

    async def _is_any_due(self) -> bool:
        async with self._database.transaction(SERVICE) as conn:
            return bool((await one(conn, QUERIES["is_any_due"]))["yes"])

    async def _listen(self) -> None:
        """Wake the loops when told to; lost → back off → connect again, and look each second meanwhile."""
        backoff = Backoff(BACK_OFF_SECONDS_MIN, BACK_OFF_SECONDS_MAX)
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=5, prepare_threshold=None,
                    application_name="sahne notices",
                ) as conn:  # fmt: skip
                    await conn.execute(f"listen {WAKE_CHANNEL}".encode())
                    backoff.reset()
                    async for _ in conn.notifies():
                        self._loops["rings"].wake()
                        self._loops["followers"].wake()
            except (Error, OSError) as error:
                observe(Failed.of("listen for notices", error))
            await asyncio.sleep(backoff.next_seconds())

    async def _end_sends(self) -> None:
        if sends := self._rings | self._rest:
            _, late = await asyncio.wait(sends, timeout=STOP_SECONDS_MAX)
            for send in late:
                send.cancel()
            await asyncio.gather(*late, return_exceptions=True)
