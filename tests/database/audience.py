"""A feed over a module's database and an audience that writes down what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg

from sahne.changes.feed import Feed
from sahne.changes.filters import parse_filter
from sahne.changes.judge import ProbingJudge
from sahne.changes.listener import Delivery, StoredMessage
from sahne.changes.past import TemporaryTables
from sahne.changes.policies.set_based import SetBasedJudge
from sahne.changes.position import Position
from sahne.changes.replication import KEPT_LOG_BYTES_MAX, Source
from sahne.changes.subscriptions import Binding, Subscription, Viewer
from sahne.database.actor import Actor, user_actor
from sahne.database.pool import Database
from sahne.settings.reading import read_settings
from tests.eventually import eventually_async

ADA, BO = UUID(int=0xADA), UUID(int=0xB0)


@dataclass(eq=False)
class Screen:
    """A receiver; `shown` is what it was sent."""

    name: str
    shown: list[dict[str, Any]] = field(default_factory=list)

    def types(self) -> list[str]:
        return [data["type"] for data in self.shown]


@dataclass
class Audience:
    """The feed and what it says of itself."""

    feed: Feed
    stored: list[StoredMessage] = field(default_factory=list)
    started: int = 0
    gaps: list[datetime] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    _ids: int = 0

    def watch(
        self, name: str, actor: Actor, table: str, *, event: str = "*", filter: str | None = None,
        select: tuple[str, ...] | None = None,
    ) -> Screen:  # fmt: skip
        self._ids += 1
        screen = Screen(name)
        binding = Binding(event=event, schema="public", table=table, conditions=parse_filter(filter), select=select)
        self.feed.subscriptions.add(Subscription(self._ids, binding, Viewer(actor.role, actor.claims), screen))
        return screen

    def deliver(self, delivery: Delivery) -> None:
        for screen in delivery.audience:
            assert isinstance(screen, Screen)
            screen.shown.append(orjson.loads(delivery.data))

    def told(self, position: Position) -> None:
        self.positions.append(position)

    def broadcast_stored(self, message: StoredMessage) -> None:
        self.stored.append(message)

    def stream_started(self, position: Position) -> None:
        self.started += 1

    def stream_resumed(self, lost_at: datetime) -> None:
        self.gaps.append(lost_at)


@asynccontextmanager
async def opened_feed(database_url: str, kept_log_bytes_max: int = KEPT_LOG_BYTES_MAX) -> AsyncIterator[Audience]:
    settings = read_settings(env_file=None, database_url=database_url)
    async with Database(settings.authenticator_url) as database:
        probe, past = ProbingJudge(settings.authenticator_url), TemporaryTables(database_url)
        judge = SetBasedJudge(settings.authenticator_url, probe, past)
        audience = Audience(feed=None)  # type: ignore[arg-type]
        audience.feed = Feed(database, Source(database_url, kept_log_bytes_max), judge, audience, judge)
        audience.feed.open()
        try:
            await shows(lambda: audience.started)
            yield audience
        finally:
            await audience.feed.close()
            await judge.close()
            await probe.close()
            await past.close()


async def shows(check: Any, seconds: float = 10) -> None:
    async def ask() -> Any:
        return check()

    await eventually_async(ask, seconds)


def run(database_url: str, *statements: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement)


def ada() -> Actor:
    return user_actor(ADA)


def bo() -> Actor:
    return user_actor(BO)
