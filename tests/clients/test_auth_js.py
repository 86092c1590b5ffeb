"""The unmodified supabase-js, on Node, signs people up, in and out; the steps are in `js/auth.mjs` and `js/factors.mjs`."""

from __future__ import annotations

from tests.clients.conftest import NodeRunner
from tests.conftest import Running


def test_supabase_js_signs_people_up_in_and_out(server: Running, node: NodeRunner) -> None:
    assert node("auth.mjs", keys_of(server)).count("ok ") == 5


def test_supabase_js_asks_for_a_second_factor(server: Running, node: NodeRunner) -> None:
    assert node("factors.mjs", keys_of(server)).count("ok ") == 4


def keys_of(server: Running) -> dict[str, str]:
    return {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": server.settings.secret_key,
    }
