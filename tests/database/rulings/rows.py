"""What the tests of the rulings put into either database: rows as the owner writes them, attacks as clients do."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.world import World


def write(world: World, user: UUID | None, table: str, **values: Any) -> None:
    """A client's own insert."""
    names = ", ".join(values)
    holes = ", ".join(["%s"] * len(values))
    world.sql(user, f"insert into public.{table} ({names}) values ({holes})", *values.values())


def touch(world: World, user: UUID | None, statement: str, *values: Any) -> int:
    """How many rows a client's own update or delete reached."""
    with world.acting(user) as conn:
        return conn.execute(statement.encode(), values or None).rowcount


def refusal(world: World, user: UUID | None, statement: str, *values: Any) -> str:
    """What a client is told whose statement may not be."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
        world.sql(user, statement, *values)
    return str(refused.value.diag.message_primary)


def scene(world: World, *, category: str = "portrait") -> UUID:
    """A scene of a category that is there."""
    world.owner(
        "insert into public.categories (name, slug) values (%s, %s) on conflict (slug) do nothing", category, category
    )
    return world.put("scenes", name=f"scene {uuid4()}", category=category, prompt_template="a secret {gender}")


def own_object(world: World, user: UUID) -> str:
    """A picture uploaded by the user, as a row's `image_url` names it."""
    world.owner(
        "insert into storage.buckets (id, name, public) values ('images', 'images', false) on conflict do nothing"
    )
    return world.put_object("images", f"{user}/{uuid4()}.webp", user)


def session_of(world: World, host: UUID, status: str = "live", **fields: Any) -> UUID:
    """A session written by the owner of the seeds' database, which has no verb to start one."""
    given = {"session_type": "video_live", "livekit_room_name": str(uuid4()), "status": status} | fields
    return world.put("live_sessions", creator_id=host, creator_profile_id=host, **given)


def seat_in(world: World, session: UUID, user: UUID, **fields: Any) -> UUID:
    """A participant written by the owner of the seeds' database."""
    return world.put("live_participants", **({"session_id": session, "user_id": user, "profile_id": user} | fields))


def shadow_of(world: World, user: UUID) -> UUID:
    """A shadow profile, which the seeds' database has only without its key to the users."""
    world.owner("alter table public.profiles drop constraint if exists profiles_id_fkey")
    shadow = uuid4()
    world.owner("insert into public.profiles (id, user_id, type, email) values (%s, %s, 'shadow', 'x')", shadow, user)
    return shadow
