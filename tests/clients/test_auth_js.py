"""The unmodified supabase-js, on Node, signs people up, in and out; the steps are in `js/auth.mjs`."""

from __future__ import annotations

from tests.clients.conftest import NodeRunner
from tests.conftest import Running


def test_supabase_js_signs_people_up_in_and_out(server: Running, node: NodeRunner) -> None:
    keys = {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": server.settings.secret_key,
    }
    assert node("auth.mjs", keys).count("ok ") == 5
