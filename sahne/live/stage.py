"""The stage as one opened part: the database, LiveKit, and the loops that keep both in agreement.

async with Stage(database, pipeline, livekit) as stage:
    answer = await start_session(stage, actor, session_id)
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sahne.database.actor import Actor
from sahne.database.fetch import one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Connection, Database
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries
from sahne.live.call_clock import keep_calls
from sahne.live.call_looks import LOOK_SECONDS, CallLooks
from sahne.live.clock import fold_credits, keep_time
from sahne.live.gift_batches import GiftBatches
from sahne.live.inbox import Inbox
from sahne.live.outbox import Outbox
from sahne.live.reach import Reach
from sahne.live.reconcile import Reconcile
from sahne.live.rooms import Rooms
from sahne.loops import Loop
from sahne.providers.livekit import LiveKit, LiveKitUnavailable

QUERIES = load_queries(__package__)

Answer = dict[str, Any]

TICK_SECONDS = 1.0
FOLD_SECONDS = 5.0
OUTBOX_SECONDS = 1.0
INBOX_SECONDS = 1.0
RECONCILE_SECONDS = 60.0


class Stage:
    """Open it with `async with`; without LiveKit it does everything but letting people in."""

    def __init__(self, database: Database, pipeline: Pipeline, livekit: LiveKit | None) -> None:
        self.database = database
        self._pipeline = pipeline
        self._livekit = livekit
        self._reach = Reach(livekit) if livekit else None
        self.rooms = Rooms()
        self.gift_batches = GiftBatches(self.ask)
        self._loops: list[Loop] = []
        self._outbox: Loop | None = None
        self._inbox: Loop | None = None

    async def __aenter__(self) -> Stage:
        self._loops = [
            Loop("keep the stage's time", lambda: keep_time(self.database), TICK_SECONDS),
            Loop("keep the calls' time", lambda: keep_calls(self.database, self.wake_outbox), TICK_SECONDS),
            Loop("fold coins", lambda: fold_credits(self.database), FOLD_SECONDS),
        ]
        if self._livekit:
            outbox = Loop("orders to LiveKit", Outbox(self.database, self._livekit, self.rooms).work, OUTBOX_SECONDS)
            inbox = Loop("events of LiveKit", Inbox(self.database, self._livekit, outbox.wake).work, INBOX_SECONDS)
            reconcile = Reconcile(self.database, self._livekit, outbox.wake)
            looks = CallLooks(self.database, self._livekit, outbox.wake)
            self._loops += [
                outbox,
                inbox,
                Loop("agree with LiveKit", reconcile.work, RECONCILE_SECONDS),
                Loop("look who is in calls", looks.work, LOOK_SECONDS),
            ]
            self._outbox, self._inbox = outbox, inbox
        for loop in self._loops:
            loop.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gift_batches.close()
        for loop in reversed(self._loops):
            await loop.stop()

    def wake_outbox(self) -> None:
        """There are orders to carry out; without LiveKit nobody hears it."""
        if self._outbox:
            self._outbox.wake()

    def wake_inbox(self) -> None:
        """There are events to deal with; without LiveKit nobody hears it."""
        if self._inbox:
            self._inbox.wake()

    async def livekit_answers(self) -> bool:
        """Whether there is a LiveKit that answered within the last seconds."""
        return self._reach is not None and await self._reach.answers()

    @property
    def livekit(self) -> LiveKit:
        """LiveKit, which must be there.

        Raises:
            LiveKitUnavailable: there is none.
        """
        if self._livekit is None:
            raise LiveKitUnavailable(
                "There is no live server here: no session can go live, and no call be answered.",
                hint="Get one with `sahne livekit install`, or set SAHNE_LIVEKIT_URL and its key.",
            )
        return self._livekit

    async def ask(self, actor: Actor, verb: str, **values: Any) -> Answer:
        """The JSON object that a verb of `queries.sql` answers the actor, in one round trip.

        Raises:
            SahneError: what the database refuses, in its own words; nothing has happened then.
        """
        with refusals():
            result = await self._pipeline.run(actor.as_service(), QUERIES[verb], values)
        answer: Answer = result.json()
        return answer

    async def order(self, actor: Actor, verb: str, shown: str, **values: Any) -> Answer:
        """`{shown: row}` of a verb that may leave orders to LiveKit behind, which are carried out at once.

        Raises:
            SahneError: as `ask`.
        """
        answer = await self.ask(actor, verb, **values)
        self.wake_outbox()
        return {shown: answer[shown]}

    @asynccontextmanager
    async def acting(self, actor: Actor) -> AsyncIterator[Connection]:
        """One transaction of the server's own work on behalf of the actor (ruling R8).

        Raises:
            SahneError: what the database refuses, in its own words.
        """
        with refusals():
            async with self.database.transaction(actor.as_service()) as conn:
                yield conn


async def ask_within(conn: Connection, verb: str, **values: Any) -> Answer:
    """As `Stage.ask`, within a transaction of `acting` that has more to do."""
    answer: Answer = (await one(conn, QUERIES[verb], values))["answer"]
    return answer
