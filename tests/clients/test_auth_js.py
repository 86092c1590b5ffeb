"""The unmodified supabase-js, on Node, signs people up, in and out; the steps are in `js/*.mjs`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sahne.signing_keys import ALGORITHMS
from tests.clients.conftest import NodeRunner, Packages
from tests.clients.supabase_cli import SupabaseCli
from tests.conftest import Running, free_port, running_server


def test_supabase_js_signs_people_up_in_and_out(server: Running, node: NodeRunner) -> None:
    assert node("auth.mjs", keys_of(server)).count("ok ") == 5


def test_supabase_js_asks_for_a_second_factor(server: Running, node: NodeRunner) -> None:
    assert node("factors.mjs", keys_of(server)).count("ok ") == 4


def test_supabase_js_adds_passkeys_and_signs_in_with_them(server: Running, node: NodeRunner) -> None:
    with running_server(replace(server.settings, port=free_port(), app_url="https://app.example.com")) as bound:
        assert node("passkeys.mjs", keys_of(bound) | {"SAHNE_ORIGIN": "https://app.example.com"}).count("ok ") == 3


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_supabase_js_reads_claims_with_keys_that_the_supabase_cli_made(
    server: Running, node: NodeRunner, packages: Packages, tmp_path: Path, algorithm: str
) -> None:
    made = SupabaseCli(packages, tmp_path).say("gen", "signing-key", "--algorithm", algorithm)
    file = tmp_path / "signing_keys.json"
    file.write_text(json.dumps([json.loads(made.splitlines()[0])]))
    with running_server(replace(server.settings, port=free_port(), jwt_keys=file)) as signing:
        assert node("signing.mjs", keys_of(signing)).count("ok ") == 2


def keys_of(server: Running) -> dict[str, str]:
    return {
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.publishable_key,
        "SAHNE_SERVICE_ROLE_KEY": server.settings.secret_key,
    }
