"""Unmodified clients at a server beside a project, which is played by a second Sahne in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import resource
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from PIL import Image

from sahne.database.migrate import migrate
from sahne.settings import Settings
from sahne.signing_keys import new_key, write_keys
from sahne.worker import work
from tests.buckets import blob_files, make_buckets
from tests.clients.conftest import NodeRunner, Packages
from tests.clients.talking_script import follow
from tests.clients.test_realtime_js import STEPS as STEPS_OF_REALTIME
from tests.clients.test_realtime_js import TABLES as TABLES_OF_REALTIME
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.keys import own_keys
from tests.pictures import encoded
from tests.process.sahne_up import started_sahne
from tests.studio import Studio
from tests.world import World, token

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

READY_SECONDS_MAX = 60
LARGE_BYTES = 100 * 1024 * 1024
A_STORE = "insert into storage.buckets (id, name, public) values ('sahne', 'sahne', false)"
TABLES = """
create table public.notes (id int primary key, owner uuid not null, words text not null);
grant all on public.notes to authenticated, service_role;
alter table public.notes enable row level security;
create policy own on public.notes to authenticated
    using ((select auth.uid()) = owner) with check ((select auth.uid()) = owner);
alter publication supabase_realtime add table public.notes;
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """The server that clients speak to, and the project behind it."""

    server: Running
    project: Settings


@pytest.fixture(scope="module")
def beside(settings: Settings, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    folder: Path = tmp_path_factory.mktemp("project")
    role = f"doors_{uuid4().hex[:8]}"
    keys = folder / "keys.json"
    write_keys(keys, (new_key("ES256", signs=True),))
    make_buckets(database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(A_STORE)
    project = replace(
        settings,
        **own_keys(),
        port=free_port(),
        data=folder / "data",
        jwt_keys=keys,
        upload_bytes_max=LARGE_BYTES,
        realtime_messages_per_second_max=100_000,
        s3_protocol_access_key_id="of-the-project",
        s3_protocol_access_key_secret="and its whole secret",
    )
    migrate(database_url, authenticator_role=role, authenticator_password="of the doors")
    here = replace(
        project,
        authenticator_role=role,
        authenticator_password="of the doors",
        port=free_port(),
        data=settings.data,
        jwt_keys=None,
        project_url=project.api_url,
        objects_url="s3://sahne/blobs",
        s3_endpoint=f"{project.api_url}/storage/v1/s3",
        s3_access_key_id=project.s3_protocol_access_key_id,
        s3_secret_access_key=project.s3_protocol_access_key_secret,
    )
    log = folder / "log"
    with started_sahne("serve", cwd=folder, variables=project.environment(), out=log):
        eventually(lambda: "ready http" in log.read_text(), READY_SECONDS_MAX)
        with running_server(here) as server:
            yield Beside(server, project)
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(f"drop owned by {role}; drop role {role}".encode())


@pytest.fixture(scope="module")
def env(beside: Beside, world: World) -> dict[str, str]:
    """Two people of the project, by tokens of its old kind."""
    secret = beside.project.jwt_secret
    people = [{"id": str(id), "token": token(id, secret=secret)} for id in (world.person(), world.person())]
    return {
        "SAHNE_URL": beside.server.url,
        "SAHNE_ANON_KEY": beside.project.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": beside.project.secret_key,
        "SAHNE_TOKENS": json.dumps(people),
        "SAHNE_PICTURE": base64.b64encode(encoded(Image.new("RGB", (40, 20), "red"))).decode(),
        "SAHNE_LARGE_BYTES": str(LARGE_BYTES),
    }


def test_supabase_js_finds_the_project_behind_the_server(beside: Beside, database_url: str, node: NodeRunner) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(TABLES)
    said = node("beside_a_project.mjs", {"SAHNE_URL": beside.server.url, "SAHNE_KEY": beside.project.publishable_key})
    assert said.count("ok ") == 5
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("drop table public.notes")


def test_storage_is_passed_on_as_it_is(env: dict[str, str], node: NodeRunner) -> None:
    assert node("storage.mjs", env).count("ok ") == 7


def test_a_hundred_megabytes_go_through_in_flat_memory_and_resume(
    beside: Beside, env: dict[str, str], node: NodeRunner
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert node("resumable.mjs", env).count("ok ") == 4
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 30 * 1024
    there = [path.stat().st_size for path in beside.project.objects_path.rglob("*") if path.is_file()]
    assert there.count(LARGE_BYTES) == 1
    assert blob_files(beside.server.settings) == [], "nothing of it stays here"


def test_realtime_is_tunnelled_in_both_serializers(env: dict[str, str], database_url: str, packages: Packages) -> None:
    before = TABLES_OF_REALTIME
    done = follow(packages, "realtime.mjs", env, database_url=database_url, before=before, seconds_max=90)
    assert done == STEPS_OF_REALTIME


def test_what_the_project_refuses_it_refuses_in_its_own_words(beside: Beside) -> None:
    for path in ("/rest/v1/profiles", "/storage/v1/bucket", "/auth/v1/settings"):
        headers = {"apikey": f"sb_publishable_{uuid4().hex}"}
        there, here = (httpx.get(base + path, headers=headers) for base in (beside.project.api_url, beside.server.url))
        assert (here.status_code, here.content) == (there.status_code, there.content) == (401, there.content)


def test_an_operation_takes_the_projects_people_and_nobody_elses(beside: Beside, world: World) -> None:
    person = world.person()
    url = f"{beside.server.url}/functions/v1/coins/wallet"
    key = beside.project.publishable_key
    theirs, forged = (token(person, secret=secret) for secret in (beside.project.jwt_secret, "x" * 40))
    assert httpx.get(url, headers={"apikey": key, "authorization": f"Bearer {theirs}"}).json() == {"balance": 0}
    assert httpx.get(url, headers={"apikey": key, "authorization": f"Bearer {forged}"}).status_code == 401
    assert httpx.get(url, headers={"apikey": f"sb_publishable_{uuid4().hex}"}).status_code == 401


def test_the_studios_pictures_lie_in_the_project_and_apps_find_them_where_they_always_are(
    beside: Beside, database_url: str, node: NodeRunner
) -> None:
    studio = Studio(database_url, beside.server.settings)
    person, other = studio.person(), studio.person()
    env = {
        "SAHNE_URL": beside.server.url,
        "SAHNE_KEY": beside.project.publishable_key,
        "SAHNE_TOKENS": json.dumps([token(who, secret=beside.project.jwt_secret) for who in (person, other)]),
        "SAHNE_PERSON": str(person),
        "SAHNE_SCENE": str(studio.scene()),
        "SAHNE_PHOTO": base64.b64encode(encoded(Image.new("RGB", (400, 300), "red"))).decode(),
    }
    assert node("studio_beside_a_project.mjs", env | {"SAHNE_STEP": "ask"}).count("ok ") == 1
    asyncio.run(work(replace(beside.server.settings, image_providers="memory"), wait=False))
    assert node("studio_beside_a_project.mjs", env | {"SAHNE_STEP": "look"}).count("ok ") == 1
    with psycopg.connect(database_url) as conn:
        names = conn.execute("select bucket_id from storage.objects where owner_id = %s", (str(person),)).fetchall()
        kept = conn.execute("select count(*) from storage.objects where bucket_id = 'sahne'").fetchone()
    assert sorted(names) == [("images",)] * 3 + [("photos",)] * 2
    assert kept == (5,), "their bytes are in a bucket of the project's"
    assert blob_files(beside.server.settings) == []


def test_it_is_ready_and_says_that_the_project_is_there(beside: Beside) -> None:
    said = httpx.get(f"{beside.server.url}/ready").json()
    assert said["project"] is True
    assert "realtime" not in said
