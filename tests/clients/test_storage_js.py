"""The unmodified supabase-js and tus-js-client, on Node, against the storage door; the steps are in `js`."""

from __future__ import annotations

import base64
import json
import resource
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.buckets import make_buckets
from tests.clients.conftest import NodeRunner
from tests.conftest import Running, free_port
from tests.pictures import encoded
from tests.world import World, token

LARGE_BYTES = 100 * 1024 * 1024


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a server that takes large uploads."""
    data: Path = tmp_path_factory.mktemp("data")
    plain = read_settings(env_file=None, data=data, port=free_port(), database_url=database_url)
    return replace(plain, upload_bytes_max=LARGE_BYTES)


@pytest.fixture(scope="module")
def env(server: Running, database_url: str, world: World) -> dict[str, str]:
    make_buckets(database_url)
    people = [{"id": str(id), "token": token(id)} for id in (world.person(), world.person())]
    return {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": server.settings.secret_key,
        "SAHNE_TOKENS": json.dumps(people),
        "SAHNE_PICTURE": base64.b64encode(encoded(Image.new("RGB", (40, 20), "red"))).decode(),
        "SAHNE_LARGE_BYTES": str(LARGE_BYTES),
    }


def test_supabase_js_keeps_and_finds_its_files(env: dict[str, str], node: NodeRunner) -> None:
    assert node("storage.mjs", env).count("ok ") == 7


def test_tus_js_client_resumes_a_hundred_megabytes_in_flat_memory(
    env: dict[str, str], node: NodeRunner, settings: Settings
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert node("resumable.mjs", env).count("ok ") == 4
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 30 * 1024
    large = [path for path in settings.objects_path.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000]
    assert [path.stat().st_size for path in large] == [LARGE_BYTES], "no parts stay"
