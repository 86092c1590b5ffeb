"""The people of the stage's tests, speaking real SQL as the roles the doors would use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from sahne.database.refusals import Refused, refusals
from tests.eventually import eventually

# What clients say and ask of a room, as they would write it themselves
LINE = """insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
          values (%s, %s, %s, %s)"""
ASK = """insert into public.live_guest_requests (session_id, requester_id, requester_profile_id, message)
         values (%s, %s, %s, 'Ben de gelebilir miyim?')"""
CHAT = "select id, content from public.live_messages where session_id = %s order by seq"


class World:
    """A database and its people. `sql` speaks as a client, `verb` as an operation for somebody."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def acting(self, role: str, user: UUID | None = None) -> Iterator[Connection[DictRow]]:
        """One transaction under a role with a user's claims."""
        claims = {"role": role} | ({"sub": str(user)} if user else {})
        with psycopg.connect(self.url, row_factory=dict_row) as conn:
            conn.execute("select set_config('role', %s, true)", (role,))
            conn.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
            yield conn

    def sql(self, user: UUID | None, statement: str, *values: Any) -> list[DictRow]:
        """A client's own statement: as `authenticated`, or `anon` without a user."""
        with self.acting("authenticated" if user else "anon", user) as conn:
            cursor = conn.execute(statement, values or None)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def verb(self, user: UUID | None, name: str, *values: Any) -> Any:
        """A function of schema `private` as an operation calls it; refusals are the product's errors."""
        holes = ", ".join(["%s"] * len(values))
        with self.acting("service_role", user) as conn, refusals():
            row = conn.execute(f"select private.{name}({holes}) as answer", values).fetchone()  # type: ignore[arg-type]
            return row["answer"] if row else None

    def refusal(self, user: UUID | None, name: str, *values: Any) -> tuple[int, str]:
        """The status and code a verb is refused with."""
        try:
            answer = self.verb(user, name, *values)
        except Refused as refused:
            return refused.status, refused.code
        raise AssertionError(f"{name} was not refused: {answer}")

    def owner(self, statement: str, *values: Any) -> list[DictRow]:
        """What the migrating role sees and does."""
        with psycopg.connect(self.url, row_factory=dict_row) as conn:
            cursor = conn.execute(statement, values or None)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *values: Any) -> Any:
        """The first column of the first row, as the owner."""
        return next(iter(self.owner(statement, *values)[0].values()))

    def person(self, *, creator: bool = False, coins: int = 0, anonymous: bool = False) -> UUID:
        """A new user with a real profile."""
        user = uuid4()
        email = None if anonymous else f"{user.hex}@example.com"
        self.owner("insert into auth.users (id, email, is_anonymous) values (%s, %s, %s)", user, email, anonymous)
        if creator:
            self.owner("update public.profiles set is_creator = true where id = %s", user)
        if coins:
            self.verb(None, "grant_coins", user, coins, f"grant-{uuid4()}")
        return user

    def shadow(self, user: UUID) -> UUID:
        """A shadow profile of the user."""
        profile = uuid4()
        self.owner(
            "insert into public.profiles (id, user_id, type, display_name) values (%s, %s, 'shadow', 'Gece')",
            profile,
            user,
        )
        return profile

    def gift(self, price: int) -> UUID:
        """A gift of the catalogue."""
        made = self.one("insert into public.gifts (name, coin_price) values ('Gül', %s) returning id", price)
        return UUID(str(made))

    def session(self, host: UUID, *, live: bool = True, **fields: Any) -> UUID:
        """A session of the host, live unless told otherwise."""
        given = {"title": "Akşam sahnesi", "session_type": "video_live"} | fields
        session = UUID(self.verb(host, "create_session", json.dumps(given))["session"]["id"])
        if live:
            self.verb(host, "start_session", session)
        return session

    def watching(self, session: UUID, **wanted: Any) -> UUID:
        """A new viewer who has joined."""
        viewer = self.person(**wanted)
        self.verb(viewer, "join_session", session)
        return viewer

    def chat(self, who: UUID, session: UUID) -> list[Any]:
        """The lines somebody reads in a session, in their order."""
        return [row["content"] for row in self.sql(who, CHAT, session)]

    def balance(self, user: UUID) -> int:
        return int(self.one("select private.coin_balance(%s)", user))

    def row(self, session: UUID) -> DictRow:
        """The session's row with its counters folded."""
        self.one("select private.fold_session_counters()")
        return self.owner("select * from public.live_sessions where id = %s", session)[0]

    def faults(self) -> list[DictRow]:
        return self.owner("select * from private.ledger_faults()")


def together(count: int, act: Callable[[int], Any]) -> list[Any]:
    """`act(0…count-1)` at once, each on a thread of its own; answers or exceptions in order."""
    barrier = Barrier(count)

    def run(index: int) -> Any:
        barrier.wait()
        try:
            return act(index)
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def overtaken(
    world: World, first: Connection[Any], act: Callable[[], Any], then: Callable[[], Any] = lambda: None
) -> Any:
    """What `act` answers, or raises, when it comes before `first` has committed: it waits for a lock, or need not.

    `then` is what `first` still does while `act` waits.
    """
    waits = (
        "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"
    )
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(act)
        eventually(lambda: coming.done() or world.one(waits))
        then()
        first.commit()
        return coming.exception() or coming.result()
