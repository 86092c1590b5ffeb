"""One small world for all tests: Ada streams, Bo watches, Cem is banned, Dilek has no coins, Ege is an admin.

People speak to the database as the doors do: logged in as `authenticator`, with role and claims for one transaction.
The owner arranges and looks, and is never the one under test.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import jwt
from psycopg.pq import ExecStatus
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from sahne.database.actor import ANONYMOUS, SERVICE, Actor, user_actor
from sahne.database.refusals import Refused, refusals
from sahne.settings.reading import read_settings
from tests.connections import Connection, as_authenticator, transaction

TOKEN_SECONDS = 3600
TUPLES = ExecStatus.TUPLES_OK  # also of no columns, which have no description

# What clients say and ask of a room, as they would write it themselves
LINE = """insert into public.live_messages (session_id, sender_id, sender_profile_id, content)
          values (%s, %s, %s, %s)"""
ASK = """insert into public.live_guest_requests (session_id, requester_id, requester_profile_id, message)
         values (%s, %s, %s, 'Ben de gelebilir miyim?')"""
CHAT = """select id, content from public.live_messages
           where session_id = %s and message_type <> 'system' order by seq"""


class World:
    """A database and its people. `sql` speaks as a client, `verb` as an operation for somebody."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def acting(self, who: UUID | Actor | None) -> Iterator[Connection]:
        """One transaction of a client as the doors run it; None is nobody signed in."""
        actor = who if isinstance(who, Actor) else user_actor(who) if who else ANONYMOUS
        with transaction(as_authenticator(self.url)) as conn:
            conn.execute(
                "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
                (actor.role, actor.claims),
            )
            yield conn

    @contextmanager
    def serving(self, user: UUID | None = None) -> Iterator[Connection]:
        """One transaction as operations and jobs run it: `service_role`, with the claims of whom it is for."""
        with self.acting(user_actor(user).as_service() if user else SERVICE) as conn:
            yield conn

    def sql(self, who: UUID | Actor | None, statement: str, *values: Any) -> list[DictRow]:
        """A client's own statement."""
        with self.acting(who) as conn:
            cursor = conn.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.pgresult and cursor.pgresult.status == TUPLES else []

    def verb(self, user: UUID | None, name: str, *values: Any) -> Any:
        """A function of schema `private` as an operation calls it; refusals are the product's errors."""
        holes = ", ".join(["%s"] * len(values))
        with self.serving(user) as conn, refusals():
            row = conn.execute(f"select private.{name}({holes}) as answer".encode(), values).fetchone()
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
        with transaction(self.url) as conn:
            cursor = conn.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.pgresult and cursor.pgresult.status == TUPLES else []

    def one(self, statement: str, *values: Any) -> Any:
        """The first column of the first row, as the owner."""
        return next(iter(self.owner(statement, *values)[0].values()))

    def put(self, table: str, **values: Any) -> UUID:
        """A row of schema `public`, written by the owner; its id."""
        holes = ", ".join(["%s"] * len(values))
        made = self.one(
            f"insert into public.{table} ({', '.join(values)}) values ({holes}) returning id", *values.values()
        )
        return UUID(str(made))

    def person(
        self, *, creator: bool = False, premium: bool = False, anonymous: bool = False, coins: int = 0,
        email: str | None = None, meta: dict[str, Any] | None = None,
    ) -> UUID:  # fmt: skip
        """A new user as the auth door makes one; the profile comes by trigger."""
        user = uuid4()
        self.owner(
            """insert into auth.users (id, aud, role, email, is_anonymous, raw_user_meta_data, created_at, updated_at)
               values (%s, 'authenticated', 'authenticated', %s, %s, %s, now(), now())""",
            user,
            email or (None if anonymous else f"{user}@example.com"),
            anonymous,
            Jsonb(meta or {}),
        )
        if creator or premium:
            change = "update public.profiles set is_creator = %s, is_premium = %s where id = %s"
            self.owner(change, creator, premium, user)
        if coins:
            self.verb(None, "grant_coins", user, coins, f"grant-{uuid4()}")
        return user

    def admin(self) -> UUID:
        """A new user whom the owner has made an admin."""
        user = self.person()
        self.owner("update public.profiles set role = 'admin' where id = %s", user)
        return user

    def shadow(self, user: UUID, **fields: Any) -> UUID:
        """A shadow profile of the user."""
        given = {"display_name": "Gece"} | fields
        return self.put("profiles", id=uuid4(), user_id=user, type="shadow", **given)

    def gift(self, price: int) -> UUID:
        """A gift of the catalogue."""
        return self.put("gifts", name="Gül", coin_price=price)

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
        """The lines of people that somebody reads in a session, in their order."""
        return [row["content"] for row in self.sql(who, CHAT, session)]

    def row(self, session: UUID) -> DictRow:
        """The session's row with its counters folded."""
        self.one("select private.fold_session_counters()")
        return self.owner("select * from public.live_sessions where id = %s", session)[0]

    def balance(self, user: UUID) -> int:
        return int(self.one("select private.coin_balance(%s)", user))

    def faults(self) -> list[DictRow]:
        return self.owner("select * from private.ledger_faults()")

    def put_object(self, bucket: str, name: str, owner: UUID) -> str:
        """An object's row as the storage door writes it; answers the URL path that pictures hold."""
        self.owner(
            "insert into storage.objects (bucket_id, name, owner, owner_id) values (%s, %s, %s, %s)",
            bucket,
            name,
            owner,
            str(owner),
        )
        return f"/storage/v1/object/authenticated/{bucket}/{name}"


def token(user: object = None, *, secret: str | None = None, role: str = "authenticated", **claims: Any) -> str:
    """A signed token of somebody, by the development secret unless told."""
    known = {"role": role, "aud": "authenticated", "exp": int(time.time()) + TOKEN_SECONDS}
    made = known | ({} if user is None else {"sub": str(user)}) | claims
    key = secret or read_settings(env_file=None).jwt_secret
    return jwt.encode(made, key, "HS256")


def bearer(user: object, **claims: Any) -> dict[str, str]:
    """The headers of somebody's call."""
    return {"authorization": f"Bearer {token(user, **claims)}"}
