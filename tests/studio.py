"""A small studio: a category, scenes, photos, generations, and the worker that makes their pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sahne.database.actor import user_actor
from sahne.database.pool import Database
from sahne.image_providers import NO_BUDGET, Budget
from sahne.jobs.worker import run_worker
from sahne.objects.names import Place
from sahne.objects.store import Content, Upload, store_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.providers.images.generator import ImageGenerator, ImageRequest, Picture, Progress
from sahne.providers.images.memory import MemoryImages
from sahne.settings import Settings
from sahne.studio.making import Maker
from sahne.studio.requests import Wish, request_generation
from sahne.studio.tasks import make_generation_task
from tests.connections import Connection
from tests.portraits import portrait_bytes
from tests.world import World


class Studio(World):
    """The world of a server whose settings say where the objects lie."""

    def __init__(self, url: str, settings: Settings) -> None:
        super().__init__(url)
        self.settings = settings

    def scene(self, *, premium: bool = False, active: bool = True) -> UUID:
        """A scene of its own."""
        self.owner("insert into public.categories (name, slug) values ('Portrait', 'portrait') on conflict do nothing")
        return self.put(
            "scenes",
            name=f"Scene {uuid4()}",
            category="portrait",
            prompt_template="A secret {gender} portrait, {style}",
            style_keywords=["sunset"],
            is_premium=premium,
            is_active=active,
        )

    async def photo(self, database: Database, person: UUID, content: bytes | None = None) -> str:
        """A photo the person uploaded; answers its `photo_path`."""
        name = f"{person}/{uuid4()}.jpg"
        upload = Upload(Place("photos", name), Content("image/jpeg"))
        photo = portrait_bytes(300, 400) if content is None else content
        await store_object(database, DiskBlobs(self.settings.objects_path), user_actor(person), upload, photo)
        return name

    def used(self, person: UUID) -> int:
        """How many pictures of the day are spent."""
        spent = "select coalesce(sum(generation_count), 0) from public.usage_tracking where user_id = %s"
        return int(self.one(spent, person))

    def generation(self, id: UUID) -> dict[str, Any]:
        """The row, whole."""
        (row,) = self.owner("select * from public.generations where id = %s", id)
        return row

    def remote(self, id: UUID) -> list[dict[str, Any]]:
        """What was asked of makers elsewhere for a generation, in order."""
        return self.owner(
            "select * from private.remote_pictures where generation_id = %s order by seed, created_at, finished_at", id
        )

    def workers(self) -> set[int]:
        """Who is known to work, or has not been missed yet."""
        return {row["id"] for row in self.owner("select id from jobs.procrastinate_workers")}

    def images(self, id: UUID) -> list[dict[str, Any]]:
        """The pictures of a generation, whole."""
        return self.owner("select * from public.generated_images where generation_id = %s order by seed", id)


async def ask(
    database: Database,
    person: UUID,
    wish: Wish,
    key: str | None = None,
    *,
    of: tuple[str, ...] = ("memory",),
    budget: Budget = NO_BUDGET,
) -> UUID:
    """What somebody asks of the studio and the makers `of` it; the generation's id."""
    async with database.transaction(user_actor(person).as_service()) as conn:
        return await request_generation(conn, wish, key or str(uuid4()), providers=of, budget=budget)


async def work(settings: Settings, database: Database, *makers: ImageGenerator, **bounds: Any) -> None:
    """Make what was asked for until nothing is left; `bounds` are the maker's."""
    maker = Maker(database, DiskBlobs(settings.objects_path), makers or [MemoryImages()], **bounds)
    task = replace(make_generation_task(maker), retry_seconds=0)
    await run_worker(settings.authenticator_url, [task], wait=False)


class Interrupted(MemoryImages):
    """Calls `before(number)` ahead of every picture: there a test cancels, fails or refuses."""

    def __init__(self, before: Callable[[int], Awaitable[None]]) -> None:
        self.made = 0
        self._before = before

    async def generate(self, request: ImageRequest, progress: Progress) -> Picture:
        self.made += 1
        await self._before(self.made)
        return await super().generate(request, progress)


# Rows as somebody writes them whose connection it is


def make_category(conn: Connection) -> str:
    slug = f"c-{uuid4().hex[:8]}"
    conn.execute("insert into public.categories (name, slug) values (%s, %s)", (slug, slug))
    return slug


def make_scene(conn: Connection, category: str | None = None, **columns: Any) -> UUID:
    given = {"prompt_template": "a {gender} portrait", "category": category or make_category(conn)}
    return _insert(conn, "scenes", {"name": f"scene {uuid4().hex[:8]}"} | given | columns)


def make_image(conn: Connection, user: UUID, **columns: Any) -> UUID:
    """A picture as the server writes it."""
    return _insert(conn, "generated_images", {"user_id": user, "image_url": f"/{uuid4()}", "prompt": "p"} | columns)


def make_generation(conn: Connection, user: UUID, count: int = 1, **columns: Any) -> UUID:
    """A request for `count` images, its quota not reserved yet."""
    given = {"user_id": user, "requested_count": count, "idempotency_key": str(uuid4())}
    return _insert(conn, "generations", given | columns)


def upload_picture(world: World, user: UUID) -> str:
    """An object in the user's own folder; the URL path a picture's row may hold."""
    return world.put_object("images", f"{user}/{uuid4()}.webp", user)


def _insert(conn: Connection, table: str, values: dict[str, Any]) -> UUID:
    id = uuid4()
    row = {"id": id} | values
    places = ", ".join(f"%({name})s" for name in row)
    conn.execute(f"insert into public.{table} ({', '.join(row)}) values ({places})".encode(), row)
    return UUID(str(row["id"]))
