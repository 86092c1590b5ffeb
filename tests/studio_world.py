"""A small studio for tests: people, a category, scenes, photos. Ada makes pictures, Bo is somebody else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import jwt
import psycopg
from psycopg.rows import dict_row

from sahne.database.actor import Actor, user_actor
from sahne.database.pool import Database
from sahne.objects.names import Place
from sahne.objects.store import Content, Upload, store_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings
from tests.portraits import portrait_bytes

TOKEN_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-up person."""

    id: UUID
    token: str

    @property
    def actor(self) -> Actor:
        return user_actor(self.id)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class StudioWorld:
    """What one test module works with."""

    url: str
    settings: Settings

    def rows(self, query: str, values: Any = ()) -> list[dict[str, Any]]:
        """Whatever the superuser sees."""
        with psycopg.connect(self.url, row_factory=dict_row) as conn:
            cursor = conn.execute(query, values)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def person(self, *, premium: bool = False, anonymous: bool = False) -> Person:
        """Somebody new."""
        id = uuid4()
        email = None if anonymous else f"{id}@example.com"
        self.rows(
            "insert into auth.users (id, email, aud, role, is_anonymous) values (%s, %s, 'authenticated', %s, %s)",
            [id, email, "authenticated", anonymous],
        )
        if premium:
            self.rows("update public.profiles set is_premium = true where id = %s", [id])
        claims = {
            "sub": str(id), "role": "authenticated", "aud": "authenticated", "is_anonymous": anonymous,
            "exp": int(time.time()) + TOKEN_SECONDS,
        }  # fmt: skip
        return Person(id, jwt.encode(claims, self.settings.jwt_secret, algorithm="HS256"))

    def scene(self, *, premium: bool = False, active: bool = True, keywords: tuple[str, ...] = ("sunset",)) -> UUID:
        """A scene of its own."""
        self.rows("insert into public.categories (name, slug) values ('Portrait', 'portrait') on conflict do nothing")
        (row,) = self.rows(
            """insert into public.scenes (name, category, prompt_template, style_keywords, is_premium, is_active)
               values (%s, 'portrait', 'A secret {gender} portrait, {style}', %s, %s, %s) returning id""",
            [f"Scene {uuid4()}", list(keywords), premium, active],
        )
        return UUID(str(row["id"]))

    async def photo(self, database: Database, person: Person, content: bytes | None = None) -> str:
        """A photo the person uploaded; answers its `photo_path`."""
        name = f"{person.id}/{uuid4()}.jpg"
        upload = Upload(Place("photos", name), Content("image/jpeg"))
        photo = portrait_bytes(300, 400) if content is None else content
        await store_object(database, DiskBlobs(self.settings.objects_path), person.actor, upload, photo)
        return name

    def used(self, person: Person) -> int:
        """How many pictures of the day are spent."""
        return sum(
            row["generation_count"]
            for row in self.rows("select generation_count from public.usage_tracking where user_id = %s", [person.id])
        )

    def generation(self, id: UUID) -> dict[str, Any]:
        """The row, whole."""
        (row,) = self.rows("select * from public.generations where id = %s", [id])
        return row

    def images(self, id: UUID) -> list[dict[str, Any]]:
        """The pictures of a generation, whole."""
        return self.rows("select * from public.generated_images where generation_id = %s order by seed", [id])
