"""Buckets for the tests of the storage door: a private, a public and a picky one, their policies, and who calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg

from sahne.settings import Settings
from tests.world import token

BUCKETS = """
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


PNG_HEAD = b"\x89PNG\r\n\x1a\n"  # enough for a bucket of pictures
ANOTHER_PNG = PNG_HEAD + b"\0\0\0\0IEND\xaeB`\x82"  # a chunk that stays


def make_buckets(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(BUCKETS)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a token; calls the door with it."""

    settings: Settings
    http: httpx.Client
    id: UUID = field(default_factory=uuid4)
    key: str | None = None

    @property
    def token(self) -> str:
        return self.key or token(self.id, secret=self.settings.jwt_secret)

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
