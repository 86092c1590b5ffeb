"""A PostgreSQL with a known hole: told by whoever starts on it, refused where the settings say so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import psycopg
import pytest

from sahne.database.floor import PostgresVersion, version_at
from tests.absent import absent
from tests.conftest import free_port
from tests.process.sahne_up import SahneUp, launch, run_sahne, sahne_up

FLAGS = ("--no-livekit", "--no-demo")
REFUSE = {"SAHNE_REFUSE_OUTDATED_POSTGRES": "true"}
TOLD = "has a known hole"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up(tmp_path_factory.mktemp("up") / "data", *FLAGS) as running:
        if not version_at(running.db_url).is_outdated:
            absent("An outdated PostgreSQL", "the embedded one is new enough")
        yield running


def test_up_says_it_and_status_shows_it(up: SahneUp) -> None:
    assert TOLD in up.said()
    assert "can run code as the server. It is PostgreSQL " in up.said()
    said = orjson.loads(run_sahne("status", "--data", str(up.data), "--json", cwd=up.data.parent).stdout)["postgres"]
    with psycopg.connect(up.db_url) as conn:
        version = PostgresVersion(conn.info.server_version)
    assert said == {"version": str(version), "floor": version.floor, "outdated": True}


def test_migrate_says_it_of_a_server_that_is_named_and_not_of_the_embedded_one(up: SahneUp, tmp_path: Path) -> None:
    here = run_sahne("migrate", "--data", str(up.data), cwd=tmp_path)
    assert (here.returncode, TOLD in here.stderr) == (0, False)
    named = run_sahne("migrate", "--json", cwd=tmp_path, variables={"DATABASE_URL": up.db_url})
    assert [each["code"] for each in orjson.loads(named.stdout)["warnings"]] == ["postgres_outdated"]
    refused = run_sahne("migrate", cwd=tmp_path, variables={"DATABASE_URL": up.db_url} | REFUSE)
    assert refused.returncode == 1
    assert "postgres_outdated" in refused.stderr


@pytest.mark.parametrize("command", [("serve", "--port", str(free_port())), ("worker", "--once")])
def test_serve_and_worker_refuse_it_where_the_settings_say_so(
    up: SahneUp, tmp_path: Path, command: tuple[str, ...]
) -> None:
    refused = run_sahne(*command, cwd=tmp_path, variables={"DATABASE_URL": up.db_url} | REFUSE)
    assert refused.returncode == 1, refused.stderr
    assert "postgres_outdated" in refused.stderr


def test_the_worker_says_it_and_works(up: SahneUp, tmp_path: Path) -> None:
    worked = run_sahne("worker", "--once", cwd=tmp_path, variables={"DATABASE_URL": up.db_url})
    assert (worked.returncode, TOLD in worked.stderr) == (0, True)


def test_up_says_it_once_in_a_data_folder_and_refuses_it_when_told_to(up: SahneUp) -> None:
    up.stop()
    with sahne_up(up.data, *FLAGS) as again:
        assert TOLD not in again.said()
    refused = launch(up.data, *FLAGS, variables=REFUSE)
    assert refused.process.wait(60) == 1
    assert "postgres_outdated" in refused.said()
