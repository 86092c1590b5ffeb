"""The stage as one opened part: the database, LiveKit, and the loops that keep both in agreement.

Each LiveKit server has loops of its own: one that does not answer keeps nobody waiting but its own rooms.

async with Stage(database, pipeline, servers) as stage:
    answer = await start_session(stage, actor, session_id)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sahne.database.actor import Actor
from sahne.database.fetch import one
from sahne.database.pipeline import Pipeline
from sahne.database.pool import Connection, Database
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries
from sahne.live.automatic import AutoModerator, Watch
from sahne.live.call_clock import keep_calls
from sahne.live.call_looks import LOOK_SECONDS, CallLooks
from sahne.live.clock import TICK_SECONDS, clock_loops, fold_credits
from sahne.live.gift_batches import GiftBatches
from sahne.live.inbox import Inbox
from sahne.live.outbox import Outbox
from sahne.live.reach import Reach
from sahne.live.reconcile import Reconcile
from sahne.live.rooms import Rooms
from sahne.live.servers import Server, Servers, tell_rooms_astray
from sahne.loops import Loop
from sahne.providers.livekit import LiveKitUnavailable

QUERIES = load_queries(__package__)

Answer = dict[str, Any]

NO_LIVEKIT = "There is no live server here: no session can go live, and no call be answered."
GET_LIVEKIT = "Get one with `sahne livekit install`, or set SAHNE_LIVEKIT_URL and its key."

FOLD_SECONDS = 5.0
OUTBOX_SECONDS = 1.0
INBOX_SECONDS = 1.0
RECONCILE_SECONDS = 60.0
ASTRAY_SECONDS = 60.0
WATCH_SECONDS = 1.0


class Stage:
    """Open it with `async with`; without LiveKit it does everything but letting people in."""

    def __init__(
        self,
        database: Database,
        pipeline: Pipeline,
        servers: Servers | None,
        moderator: AutoModerator | None = None,
    ) -> None:
        self.database = database
        self._moderator = moderator
        self._pipeline = pipeline
        self._servers = servers
        self._reaches = {server.name: Reach(server.livekit) for server in servers or ()}
        self._rooms = Rooms(servers) if servers else None
        self.gift_batches = GiftBatches(self.ask)
        self._loops: list[Loop] = []
        self._outboxes: list[Loop] = []
        self._inboxes: dict[str, Loop] = {}

    async def __aenter__(self) -> Stage:
        self._loops = [
            *clock_loops(self.database),
            Loop("keep the calls' time", lambda: keep_calls(self.database, self.wake_outbox), TICK_SECONDS),
            Loop("fold coins", lambda: fold_credits(self.database), FOLD_SECONDS),
        ]
        if self._moderator:
            watch = Watch(self.database, self._moderator)
            self._loops.append(Loop("read along", watch.work, WATCH_SECONDS))
        if servers := self._servers:
            for server in servers:
                self._loops += self._loops_of(server)
            self._loops.append(
                Loop("find rooms' servers", lambda: tell_rooms_astray(self.database, servers), ASTRAY_SECONDS)
            )
        for loop in self._loops:
            loop.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gift_batches.close()
        for loop in reversed(self._loops):
            await loop.stop()

    def _loops_of(self, server: Server) -> list[Loop]:
        """Each as long as the stage; what they are called names a server that is not the default."""
        which = "LiveKit" if server.is_default else f"LiveKit {server.name}"
        outbox = Loop(f"orders to {which}", Outbox(self.database, server, self.rooms).work, OUTBOX_SECONDS)
        inbox = Loop(f"events of {which}", Inbox(self.database, server, outbox.wake).work, INBOX_SECONDS)
        reconcile = Reconcile(self.database, server, outbox.wake)
        self._outboxes.append(outbox)
        self._inboxes[server.name] = inbox
        looks = CallLooks(self.database, server, outbox.wake)
        return [
            outbox,
            inbox,
            Loop(f"agree with {which}", reconcile.work, RECONCILE_SECONDS),
            Loop(f"look who is in calls of {which}", looks.work, LOOK_SECONDS),
        ]

    def wake_outbox(self) -> None:
        """There are orders to carry out; without LiveKit nobody hears it."""
        for outbox in self._outboxes:
            outbox.wake()

    def wake_inbox(self, server: Server) -> None:
        """There are events of a server to deal with."""
        self._inboxes[server.name].wake()

    def close_room(self, room: str) -> None:
        """A room is over, and the order to close it is written."""
        if self._rooms:
            self._rooms.forget(room)
        self.wake_outbox()

    async def which_livekit_answers(self) -> dict[str, bool]:
        """Of each LiveKit by name, the default's first: whether it answered within the last seconds."""
        answers = await asyncio.gather(*(reach.answers() for reach in self._reaches.values()))
        return dict(zip(self._reaches, answers, strict=True))

    @property
    def servers(self) -> Servers:
        """LiveKit's servers, of which there must be one.

        Raises:
            LiveKitUnavailable: there is none.
        """
        if self._servers is None:
            raise LiveKitUnavailable(NO_LIVEKIT, hint=GET_LIVEKIT)
        return self._servers

    @property
    def rooms(self) -> Rooms:
        """The rooms on them.

        Raises:
            LiveKitUnavailable: there is no server.
        """
        if self._rooms is None:
            raise LiveKitUnavailable(NO_LIVEKIT, hint=GET_LIVEKIT)
        return self._rooms

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
