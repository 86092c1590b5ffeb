"""The studio's furniture for tests: a category, a scene, pictures and generations."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from tests.database.acting import Connection, put_object


def make_category(admin: Connection) -> str:
    slug = f"c-{uuid4().hex[:8]}"
    admin.execute("insert into public.categories (name, slug) values (%s, %s)", (slug, slug))
    return slug


def make_scene(admin: Connection, category: str | None = None, **columns: Any) -> UUID:
    values = {
        "id": uuid4(), "name": f"scene {uuid4().hex[:8]}", "category": category or make_category(admin),
        "prompt_template": "a {gender} portrait", **columns,
    }  # fmt: skip
    insert(admin, "public.scenes", values)
    return values["id"]


def make_image(conn: Connection, user_id: UUID, **columns: Any) -> UUID:
    """A picture as the server writes it."""
    values = {"id": uuid4(), "user_id": user_id, "image_url": f"/{uuid4()}", "prompt": "p", **columns}
    insert(conn, "public.generated_images", values)
    return values["id"]


def make_generation(conn: Connection, user_id: UUID, count: int = 1, **columns: Any) -> UUID:
    """A request for `count` images, its quota not reserved yet."""
    values = {
        "id": uuid4(), "user_id": user_id, "requested_count": count, "idempotency_key": str(uuid4()), **columns,
    }  # fmt: skip
    insert(conn, "public.generations", values)
    return values["id"]


def upload_picture(admin: Connection, user_id: UUID) -> str:
    """An object in the user's own folder; the URL path a picture's row may hold."""
    return put_object(admin, "images", f"{user_id}/{uuid4()}.webp", user_id)


def insert(conn: Connection, table: str, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    places = ", ".join(f"%({name})s" for name in values)
    conn.execute(f"insert into {table} ({names}) values ({places})".encode(), values)
