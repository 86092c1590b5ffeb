"""The unmodified supabase-js, on Node, against the storage door; the steps are in `js/storage.mjs`."""

from __future__ import annotations

import json

from tests.buckets import make_buckets
from tests.clients.conftest import NodeRunner
from tests.conftest import Running
from tests.world import World, token


def test_supabase_js_keeps_and_finds_its_files(
    server: Running, database_url: str, world: World, node: NodeRunner
) -> None:
    make_buckets(database_url)
    people = [{"id": str(id), "token": token(id)} for id in (world.person(), world.person())]
    env = {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": server.settings.secret_key,
        "SAHNE_TOKENS": json.dumps(people),
    }
    assert node("storage.mjs", env).count("ok ") == 6
