"""A small storage world for the tests of the door: two users, a private, a public and a picky bucket, and policies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import psycopg
import pytest

from sahne.settings import Settings
from tests.conftest import Running

WORLD = """
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('w-private', 'w-private', false, null, null),
       ('w-public', 'w-public', true, null, null),
       ('w-picky', 'w-picky', false, 1000, '{image/*,text/plain}'),
       ('w-drop', 'w-drop', false, null, null)
    on conflict do nothing;

create policy "w own folder: look" on storage.objects for select to authenticated
    using (bucket_id in ('w-private', 'w-public', 'w-picky')
           and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy "w own folder: add" on storage.objects for insert to authenticated
    with check (bucket_id in ('w-private', 'w-public', 'w-picky')
                and (storage.foldername(name))[1] = (select auth.uid()::text)
                and coalesce(metadata ->> 'mimetype', '') <> 'application/x-forbidden');
create policy "w own folder: change" on storage.objects for update to authenticated
    using (bucket_id in ('w-private', 'w-public') and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy "w own folder: remove" on storage.objects for delete to authenticated
    using (bucket_id in ('w-private', 'w-public') and (storage.foldername(name))[1] = (select auth.uid()::text));
create policy "w drop box: add" on storage.objects for insert to authenticated
    with check (bucket_id = 'w-drop' and storage.operation() = 'storage.object.upload');
"""


def build_world(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(WORLD)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token; calls the door with it."""

    settings: Settings
    http: httpx.Client
    id: UUID = field(default_factory=uuid4)
    key: str | None = None

    @property
    def token(self) -> str:
        claims = {"sub": str(self.id), "role": "authenticated", "aud": "authenticated"}
        return self.key or jwt.encode(claims, self.settings.jwt_secret, algorithm="HS256")

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        return self.http.request(method, f"{self.settings.api_url}/storage/v1{path}", headers=headers, **more)

    def upload(self, path: str, content: bytes = b"hello", kind: str = "text/plain", **headers: str) -> httpx.Response:
        told = {"content-type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", f"/object/{path}", content=content, headers=told)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.call("GET", path, **more)


def refusal(answer: httpx.Response) -> tuple[int, str, str, str]:
    """HTTP status, and of the body: statusCode, error, code."""
    body = answer.json()
    return answer.status_code, body["statusCode"], body["error"], body["code"]


def blob_files(settings: Settings) -> list[Path]:
    return [path for path in settings.objects_path.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def world(server: Running, database_url: str) -> Settings:
    build_world(database_url)
    return server.settings


@pytest.fixture
def ada(world: Settings, http: httpx.Client) -> Person:
    return Person(world, http)


@pytest.fixture
def bo(world: Settings, http: httpx.Client) -> Person:
    return Person(world, http)


@pytest.fixture
def service(world: Settings, http: httpx.Client) -> Person:
    return Person(world, http, key=world.service_role_key)


@pytest.fixture
def anon(world: Settings, http: httpx.Client) -> Person:
    return Person(world, http, key=world.anon_key)
