"""Sends what waits for webhooks, each message until it is taken or given up.

due → taken for `HOLD_SECONDS` → signed and sent → closed: taken (2xx), over for ever (410), or due again after 5 s, 5
min … 10 h, `PAUSES_SECONDS` in all. Whoever dies in between leaves a message that is due when the hold ends: it is sent
again, under the same id. Several servers may do this at once. An endpoint that hangs has a few messages under way and
holds up no other.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sahne import __version__
from sahne.database.actor import SERVICE
from sahne.database.fetch import one
from sahne.database.pool import Database
from sahne.loops import Loop
from sahne.sealing import SealBroken, Sealing
from sahne.standard_webhooks import headers_of
from sahne.telemetry import Failed, observe
from sahne.webhooks.endpoints import QUERIES

if TYPE_CHECKING:
    from sahne.providers.outgoing import Outgoing, Reply

LOOK_SECONDS = 1.0
AT_ONCE_MAX = 8  # of one endpoint
FAILING_AT_ONCE_MAX = 1
CONNECTIONS_MAX = 160  # as many as all endpoints may have under way: one that hangs takes none of another's
ANSWER_SECONDS_MAX = 15.0
ANSWER_BYTES_MAX = 16 * 1024
ANSWER_CHARACTERS_KEPT = 500
HOLD_SECONDS = 60  # longer than a try can last
PAUSES_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)  # 28 hours
JITTER = 0.1  # of a pause, so that what failed together does not come back together
GONE = 410
COME_LATER = (429, 503)


@dataclass(frozen=True, slots=True)
class WebhookSent:
    """A message was taken, after so many tries."""

    attempts: int


@dataclass(frozen=True, slots=True)
class WebhookFailed:
    """A message was not taken."""

    attempts: int
    is_given_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of sending: what was answered, or why nothing was."""

    status_code: int | None = None
    error: str | None = None
    answer: str | None = None
    milliseconds: int
    retry_after_seconds: float | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the message arrived."""
        return self.status_code is not None and 200 <= self.status_code < 300


class WebhookSender:
    """Open it with `async with`. What speaks HTTP is loaded with the first message."""

    def __init__(self, database: Database, sealing: Sealing, *, anywhere: bool) -> None:
        self._database = database
        self._sealing = sealing
        self._anywhere = anywhere
        self._loop = Loop("send webhooks", self.work, LOOK_SECONDS)
        self._outgoing: Outgoing | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> WebhookSender:
        self._loop.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._loop.stop()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._outgoing:
            await self._outgoing.close()

    async def work(self) -> bool:
        """Take what is due and send it, each for itself; nobody waits for the slowest."""
        values = {"at_once": AT_ONCE_MAX, "failing_at_once": FAILING_AT_ONCE_MAX, "hold_seconds": HOLD_SECONDS}
        async with self._database.transaction(SERVICE) as conn:
            taken = (await one(conn, QUERIES["take_webhook_messages"], values))["taken"]
        for message in taken:
            task = asyncio.create_task(self._deliver(message), name="sahne webhook")
            self._under_way.add(task)
            task.add_done_callback(self._done)
        return False

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            observe(Failed.of("send a webhook", error))  # it is due again when its hold ends
        self._loop.wake()

    async def _deliver(self, message: Mapping[str, Any]) -> None:
        tried = await self._send(message)
        outcome, again_seconds = outcome_of(tried, int(message["attempt"]), random.random)
        values = {
            "message_id": UUID(message["id"]),
            "outcome": outcome,
            "tried": Jsonb(
                {
                    "status_code": tried.status_code,
                    "error": tried.error,
                    "answer": tried.answer,
                    "milliseconds": tried.milliseconds,
                }
            ),
            "again_seconds": again_seconds,
        }
        async with self._database.transaction(SERVICE) as conn:
            await conn.execute(QUERIES["close_webhook_attempt"], values)
        attempts = int(message["attempt"])
        observe(WebhookSent(attempts) if outcome == "sent" else WebhookFailed(attempts, again_seconds is None))

    async def _send(self, message: Mapping[str, Any]) -> Tried:
        from sahne.providers.outgoing import Unreached

        began = time.monotonic()
        body = str(message["body"]).encode()
        try:
            secrets = [self._sealing.unseal(each["sealed"], UUID(each["id"])) for each in message["secrets"]]
            headers = headers_of(f"msg_{UUID(message['id']).hex}", int(time.time()), body, secrets)
            headers |= {"content-type": "application/json", "user-agent": f"Sahne/{__version__}"}
            reply = await self._connections().post(str(message["url"]), headers, body)
        except SealBroken:
            return _tried(began, error="its secret cannot be read: it was sealed with another SAHNE_JWT_SECRET")
        except Unreached as error:
            return _tried(began, error=str(error))
        return _tried(began, reply)

    def _connections(self) -> Outgoing:
        if self._outgoing is None:
            from sahne.providers.outgoing import Outgoing  # only here: most servers tell nobody

            self._outgoing = Outgoing(
                connections_max=CONNECTIONS_MAX,
                http2=False,
                public_only=not self._anywhere,
                answer_bytes_max=ANSWER_BYTES_MAX,
                answer_seconds_max=ANSWER_SECONDS_MAX,
                cuts_answers=True,
                provider="webhooks",
            )
        return self._outgoing


def outcome_of(tried: Tried, attempt: int, chance: Callable[[], float]) -> tuple[str, float | None]:
    """`sent`, `gone`, or `failed` with the seconds until the next try; None when there is none. `chance` is 0 to 1."""
    if tried.is_taken:
        return "sent", None
    if tried.status_code == GONE:
        return "gone", None
    if attempt > len(PAUSES_SECONDS):
        return "failed", None
    pause = PAUSES_SECONDS[attempt - 1] * (1 + JITTER * chance())
    asked_for = tried.retry_after_seconds if tried.status_code in COME_LATER else None
    return "failed", max(pause, asked_for or 0.0)


def _tried(began: float, reply: Reply | None = None, *, error: str | None = None) -> Tried:
    milliseconds = round((time.monotonic() - began) * 1000)
    if reply is None:
        return Tried(error=error, milliseconds=milliseconds)
    answer = reply.body.decode("utf-8", "replace").replace("\x00", "")[:ANSWER_CHARACTERS_KEPT]
    return Tried(
        status_code=reply.status,
        answer=answer,
        milliseconds=milliseconds,
        retry_after_seconds=reply.retry_after_seconds,
    )
