"""The journey of a change: replication stream → change → its audience, in commit order.

Start: connect, make a temporary slot. Loop: take what has arrived, ask the database once for all of it, deliver in
commit order, confirm. Back-off: a lost connection is tried again after 0.1 s, doubling to 5 s; what was committed in
between is a gap, and everyone who has a subscription is told. End: `close`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sahne.backoff import Backoff
from sahne.changes.audience import Audience
from sahne.changes.change import Change, change_of, rows_of
from sahne.changes.judge import StreamJudge
from sahne.changes.kept_log import KeptLog
from sahne.changes.listener import Listener, StoredMessage
from sahne.changes.operands import Operands
from sahne.changes.past import Past
from sahne.changes.pgoutput import Begin, Commit, Decoder, Delete, Insert, Relation, Truncate, Update
from sahne.changes.position import Position
from sahne.changes.recent import Recent
from sahne.changes.replication import Replication, Source
from sahne.changes.subscriptions import Subscriptions
from sahne.changes.tables import PUBLICATION, ROLES, Tables
from sahne.database.pool import Database
from sahne.telemetry import Failed, observe

MESSAGES_PUBLICATION = "supabase_realtime_messages_publication"
BACK_OFF_SECONDS_MIN = 0.1
BACK_OFF_SECONDS_MAX = 5.0
_ROWS = frozenset(b"IUD")


@dataclass(frozen=True, slots=True)
class FeedStarted:
    """The replication stream runs. `publications` are those that exist."""

    publications: list[str]


class Feed:
    """Runs from `open` to `close`; `subscriptions` are added `between_changes`, and removed at any time."""

    def __init__(
        self,
        database: Database,
        source: Source,
        judge: StreamJudge,
        listener: Listener,
        past: Past | None = None,
        roles: Collection[str] = ROLES,
    ) -> None:
        self.subscriptions = Subscriptions()
        self.tables = Tables(database, roles)
        self.operands = Operands(database)
        self.recent = Recent()
        self._kept_log = KeptLog(database, source.kept_log_bytes_max)
        self._telling = False
        self._waiting: list[asyncio.Future[None]] = []
        self._url = source.url
        self._listener = listener
        self._judge = judge
        self._audience = Audience(database, self.tables, self.subscriptions, judge, listener, past)
        self._task: asyncio.Task[None] | None = None
        self._streaming = asyncio.Event()
        self._committed_at = datetime.now(UTC)
        self._xid = 0
        self._unfinished: int | None = None  # the transaction that is being read
        self._lost_at: datetime | None = None

    @property
    def streaming(self) -> bool:
        """Whether changes arrive at this moment."""
        return self._streaming.is_set()

    async def streams_within(self, seconds: float) -> bool:
        """Whether changes arrive, at the latest so many seconds from now."""
        try:
            async with asyncio.timeout(seconds):
                await self._streaming.wait()
        except TimeoutError:
            return False
        return True

    async def between_changes(self) -> None:
        """Wait until no change is being told: whoever subscribes while one is may get it twice, or not at all."""
        while self._telling:
            pause = asyncio.get_running_loop().create_future()
            self._waiting.append(pause)
            await pause

    def open(self) -> None:
        """Start the loop."""
        self._task = asyncio.create_task(self._run(), name="changes")

    async def close(self) -> None:
        """Stop the loop and hang up."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        backoff = Backoff(BACK_OFF_SECONDS_MIN, BACK_OFF_SECONDS_MAX)
        while True:
            try:
                await self._stream()
            except Exception as error:  # whatever it is: the stream must go on, and the gap be told
                await self._let_in()
                if self._streaming.is_set():
                    backoff.reset()
                    self._lost_at = self._lost_at or datetime.now(UTC)
                self._streaming.clear()
                observe(Failed.of("stream changes", error))
            await asyncio.sleep(backoff.next_seconds())

    async def _stream(self) -> None:
        publications = await self.tables.publications([PUBLICATION, MESSAGES_PUBLICATION])
        replication = await Replication.open(self._url, publications)
        self.tables.forget()
        self._judge.forget()
        decoder = Decoder(self._wants)
        try:
            self._started(publications, replication.began_lsn)
            async with self._kept_log.bounded(replication):
                async for batch in replication.batches():
                    end_lsn = await self._take(batch, decoder)
                    if end_lsn:
                        replication.confirm(end_lsn)
        finally:
            await replication.close()

    def _started(self, publications: list[str], lsn: int) -> None:
        position = Position(lsn, 0)
        self.recent.begin(position)
        self._streaming.set()
        observe(FeedStarted(publications))
        self._listener.stream_started(position)
        if self._lost_at is not None:
            self._listener.stream_resumed(self._lost_at)
            self._lost_at = None

    async def _take(self, batch: list[bytes], decoder: Decoder) -> int:
        """Decode, deliver what anybody asked for, answer the last position that is dealt with (0: none yet)."""
        pending: list[Change] = []
        end_lsn = 0
        for data in batch:
            if data[0] in _ROWS:
                self.recent.read_row()
            message = decoder.decode(data)
            match message:
                case Begin():
                    self._committed_at, self._xid, self._unfinished = message.committed_at, message.xid, message.xid
                    self.recent.read_to = Position(message.commit_lsn, 0)
                case Commit():
                    end_lsn, self._unfinished = message.end_lsn, None
                case Relation():  # one question tells of all tables, so all are asked for again
                    await self._flush(pending)
                    self.tables.forget()
                    self._judge.forget()
                case Insert() | Update() | Delete():
                    if self._judge.depends_on(message.relation.oid):
                        self._judge.changed(message.relation.oid, *rows_of(message), self._xid)
                    await self._collect(message, pending)
                case Truncate(relations=relations):
                    for relation in relations:
                        self._judge.changed(relation.oid, None, None, self._xid)
                case _:
                    pass
        await self._flush(pending)
        return end_lsn

    def _wants(self, relation: Relation) -> bool:
        """Whether anybody asks for changes of a table, or did a moment ago, or others are judged by them."""
        return _holds_messages(relation) or self._judge.depends_on(relation.oid) or self._is_asked_for(relation)

    def _is_asked_for(self, relation: Relation) -> bool:
        schema, name = relation.schema, relation.name
        return self.subscriptions.wants(schema, name) or self.recent.wants(schema, name)

    async def _collect(self, message: Insert | Update | Delete, pending: list[Change]) -> None:
        relation = message.relation
        if _holds_messages(relation):
            if isinstance(message, Insert):
                await self._flush(pending)
                values = zip(relation.columns, message.new, strict=True)
                self._listener.broadcast_stored(
                    StoredMessage({name: value if isinstance(value, str) else None for name, value in values})
                )
            return
        if not self._is_asked_for(relation):
            return
        table = (await self.tables.by_name()).get((relation.schema, relation.name))
        if table is not None and table.published:
            pending.append(change_of(message, table, self._committed_at, self._xid, self.recent.read_to))

    async def _flush(self, pending: list[Change]) -> None:
        """Tell what was collected. It is kept first: whoever subscribes while it is told missed it."""
        told = self.recent.keep(pending)
        if pending:
            await self._tell(pending)
            self._listener.told(told)
            pending.clear()
            await self._let_in()

    async def _tell(self, pending: list[Change]) -> None:
        self._telling = True
        try:
            await self._audience.tell(pending, unfinished=self._unfinished)
        finally:
            self._telling = False

    async def _let_in(self) -> None:
        """Those who waited for a moment between two changes."""
        waiting, self._waiting = self._waiting, []
        for pause in waiting:
            if not pause.done():
                pause.set_result(None)
        if waiting:
            await asyncio.sleep(0)


def _holds_messages(relation: Relation) -> bool:
    """Whether it is the table of broadcasts that are sent from the database, or a part of it."""
    return relation.schema == "realtime" and relation.name.startswith("messages")
