"""Being somebody in the database: sign-ups, objects, and transactions as the doors run them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from sahne.database.actor import ANONYMOUS, SERVICE, Actor, user_actor

Connection = psycopg.Connection[DictRow]


def sign_up(
    admin: Connection, email: str | None = None, *, anonymous: bool = False, meta: dict[str, Any] | None = None
) -> UUID:
    """A new user as the auth door makes one; the profile comes by trigger."""
    user_id = uuid4()
    if email is None and not anonymous:
        email = f"{user_id}@example.com"
    admin.execute(
        """
        insert into auth.users (id, aud, role, email, is_anonymous, raw_user_meta_data, created_at, updated_at)
        values (%s, 'authenticated', 'authenticated', %s, %s, %s, now(), now())
        """,
        (user_id, email, anonymous, Jsonb(meta or {})),
    )
    return user_id


def put_object(admin: Connection, bucket: str, name: str, owner: UUID) -> str:
    """An object's row as the storage door writes it; answers the URL path that pictures hold."""
    admin.execute(
        "insert into storage.objects (bucket_id, name, owner, owner_id) values (%s, %s, %s, %s)",
        (bucket, name, owner, str(owner)),
    )
    return f"/storage/v1/object/authenticated/{bucket}/{name}"


@contextmanager
def acting(url: str, who: UUID | Actor | None) -> Iterator[Connection]:
    """One transaction as the doors run it: logged in as authenticator, role and claims set; None is anon."""
    actor = who if isinstance(who, Actor) else ANONYMOUS if who is None else user_actor(who)
    with psycopg.connect(as_authenticator(url), row_factory=dict_row) as conn:
        conn.execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
            (actor.role, actor.claims),
        )
        yield conn


def as_server(url: str, on_behalf_of: UUID | None = None) -> Any:
    """A transaction as operations and jobs run it: service_role, with the claims of the one it acts for."""
    return acting(url, user_actor(on_behalf_of).as_service() if on_behalf_of else SERVICE)


def as_authenticator(url: str) -> str:
    """The same database, logged in the way the doors are."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"authenticator:{parts.password}@{parts.hostname}:{parts.port}"))
