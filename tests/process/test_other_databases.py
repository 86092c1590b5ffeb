"""With `DATABASE_URL`, Sahne brings no PostgreSQL of its own: `up` and `serve` use the one they are given."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import psycopg
import pytest

from tests.conftest import free_port, with_database
from tests.eventually import eventually
from tests.process.sahne_up import launch, run_sahne, started_sahne, wait_until_ready

pytestmark = pytest.mark.slow

SECRET = "a-secret-of-an-installation-that-is-long-enough"


@pytest.fixture
def empty_database(cluster_url: str) -> Iterator[str]:
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute("drop database if exists given with (force)")
        conn.execute("create database given")
        yield with_database(cluster_url, "given")
        conn.execute("drop database given with (force)")


def test_up_uses_the_database_it_is_given(tmp_path: Path, empty_database: str) -> None:
    started = launch(tmp_path / "data", "--no-livekit", variables={"DATABASE_URL": empty_database})
    try:
        wait_until_ready(started)
        assert not (tmp_path / "data" / "postgres").exists()
        assert "postgres" not in started.state()["processes"]
        with psycopg.connect(empty_database) as conn:
            assert conn.execute("select count(*) > 0 from public.gifts").fetchone() == (True,)
        assert httpx.get(f"{started.url}/ready").status_code == 200
    finally:
        assert started.stop() == 0
    with psycopg.connect(empty_database) as conn:
        assert conn.execute("select 1").fetchone() == (1,)


def test_a_database_that_does_not_answer_is_said_in_words(tmp_path: Path) -> None:
    nowhere = f"postgresql://postgres:postgres@127.0.0.1:{free_port()}/none"
    started = launch(tmp_path / "data", "--no-livekit", variables={"DATABASE_URL": nowhere})
    assert started.process.wait(60) == 1
    assert "Traceback" not in started.said()
    assert "DATABASE_URL" in started.said()


def test_serve_runs_with_keys_of_its_own_and_stops_when_told(tmp_path: Path, empty_database: str) -> None:
    port = free_port()
    keys = {
        "DATABASE_URL": empty_database,
        "SAHNE_JWT_SECRET": SECRET,
        "SAHNE_ANON_KEY": jwt.encode({"role": "anon"}, SECRET),
        "SAHNE_SERVICE_ROLE_KEY": jwt.encode({"role": "service_role"}, SECRET),
        "SAHNE_PUBLISHABLE_KEY": "sb_publishable_of_this_installation",
        "SAHNE_SECRET_KEY": "sb_secret_of_this_installation",
        "SAHNE_CONFIRM_EMAIL": "false",
    }
    migrated = run_sahne("migrate", "--json", cwd=tmp_path, variables=keys)
    assert migrated.returncode == 0, migrated.stderr
    with started_sahne("serve", "--port", str(port), cwd=tmp_path, variables=keys) as process:
        ready = f"http://127.0.0.1:{port}/ready"
        eventually(lambda: answers(ready), 30)
        gifts = f"http://127.0.0.1:{port}/rest/v1/gifts"
        assert httpx.get(gifts, headers={"apikey": keys["SAHNE_ANON_KEY"]}).status_code == 200
        well_known = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"
        assert httpx.get(gifts, headers={"apikey": well_known}).status_code == 401
        assert httpx.get(f"http://127.0.0.1:{port}/config.json").json()["demo"] is False
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
