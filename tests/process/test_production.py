"""The guide to production, walked from an empty PostgreSQL by a role that is no superuser, with the guide's own lines."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest
from dotenv import dotenv_values

from sahne.database.binaries import Binaries
from sahne.database.embedded import EmbeddedPostgres
from sahne.database.floor import version_at
from tests.conftest import free_port, with_database
from tests.eventually import eventually
from tests.process.sahne_up import ROOT, environment, run_sahne, started_sahne

pytestmark = pytest.mark.slow

GUIDE = (ROOT / "docs" / "guides" / "production.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(bash|sql|python)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
OWNER_PASSWORD = "owner of it"


@dataclass(frozen=True, slots=True)
class Place:
    """A PostgreSQL of its own, and the folder in which the programs start, with its `.env`."""

    superuser: str
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        return with_database(self.superuser, "sahne")

    def administrator(self, statement: str, url: str | None = None) -> None:
        with psycopg.connect(url or self.superuser, autocommit=True) as conn:
            conn.execute(statement.encode())

    def sahne(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = run_sahne(*arguments, cwd=self.folder, variables={"COLUMNS": "80"})
        assert done.returncode == code, done.stdout + done.stderr
        return done


def block(language: str, word: str) -> str:
    """The guide's one block of this language with this word in it."""
    (text,) = [text for found, text in BLOCKS if found == language and word in text]
    return str(text)


@pytest.fixture(scope="module")
def place(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("production")
    settings = {"fsync": "off", "wal_level": "replica"}
    cluster = EmbeddedPostgres(folder / "postgres", free_port(), server_settings=settings, binaries=binaries)
    cluster.start()
    try:
        yield Place(cluster.url, folder, free_port())
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def migrated(place: Place) -> Place:
    """After the guide's section on PostgreSQL, but for the restart that `wal_level` wants."""
    write_settings(place)
    for statement in block("sql", "create role sahne").replace("CHANGE-ME", OWNER_PASSWORD).split(";")[:2]:
        place.administrator(statement.replace(" replication", ""))
    stopped = place.sahne("migrate", code=1)
    assert "(platform_missing)" in stopped.stderr
    assert json.loads(place.sahne("migrate", "--json", code=1).stdout)["error"]["sql"].splitlines()[0] == "begin;"
    script = place.sahne("migrate", "--platform-sql").stdout
    assert stopped.stdout.splitlines()[0] == script.splitlines()[0] == "begin;"
    assert OWNER_PASSWORD not in script
    place.administrator(script, place.database)
    told = json.loads(place.sahne("migrate", "--json").stdout)
    assert told["applied"]
    outdated = {"postgres_outdated"} if version_at(place.superuser).is_outdated else set()
    assert {each["code"] for each in told["warnings"]} == {"wal_level"} | outdated
    return place


def test_the_doctor_sees_what_the_owner_may_see_and_finds_what_is_missing(migrated: Place) -> None:
    told = json.loads(migrated.sahne("doctor", "--json", code=1).stdout)["findings"]
    faults = {each["looked_at"] for each in told if each["state"] == "fault"}
    assert faults == {"wal_level", "fsync", "mail"}
    assert not [each for each in told if "broke" in each["found"]]
    slow = json.loads(migrated.sahne("db", "slow", "--json", code=1).stdout)
    assert slow["error"]["code"] == "statements_not_counted"
    assert json.loads(migrated.sahne("db", "maintain", "--json").stdout)["advice"] == []


def write_settings(place: Place) -> None:
    """The guide's `.env`, made by its own lines, with this place's addresses."""
    on_path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for _ in range(2):
        subprocess.run(["bash", "-c", block("bash", "secrets")], cwd=place.folder, env=on_path, check=True)
    path = place.folder / ".env"
    made = path.read_text()
    parts = urlsplit(place.database)
    own = urlunsplit(parts._replace(netloc=f"sahne:{OWNER_PASSWORD.replace(' ', '%20')}@127.0.0.1:{parts.port}"))
    made = made.replace("postgresql://sahne:CHANGE-ME@127.0.0.1:5432/sahne", own)
    path.write_text(made.replace("https://api.example.com", place.url) + f"SAHNE_PORT={place.port}\n")
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_first_people_scenes_and_gifts_are_made_as_the_guide_says(migrated: Place) -> None:
    for line in block("bash", "user create").splitlines():
        words = line.partition("#")[0].split()[1:]
        password = ["--password", "correct horse"] if words[:2] == ["user", "create"] else []
        told = json.loads(migrated.sahne(*words, *password, "--json").stdout)
        if words[:2] == ["user", "promote"]:
            assert told["rank"] == words[3]
    settings = dotenv_values(migrated.folder / ".env")
    assert settings["DATABASE_URL"]
    migrated.administrator(block("sql", "insert into"), settings["DATABASE_URL"])
    with serving(migrated) as said:
        eventually(lambda: "ready http" in said.read_text(), 30)
        assert f"(listening on 127.0.0.1:{migrated.port})" in said.read_text()
        assert "No LiveKit is set: no session can go live" in said.read_text()
        program = block("python", "create_client")
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment() | {k: v for k, v in settings.items() if v},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        anybody = {"apikey": str(settings["SAHNE_PUBLISHABLE_KEY"])}
        gifts = httpx.get(f"{migrated.url}/rest/v1/gifts?select=name&order=coin_price", headers=anybody).json()
        assert [each["name"] for each in gifts] == ["Rose", "Tea", "Palace"]
        # PostgreSQL was not restarted with wal_level = logical: the rest works, and it is told
        ready = httpx.get(f"{migrated.url}/ready")
        assert (ready.status_code, ready.json()["realtime"]) == (200, False)


def test_nobody_is_told_ready_before_the_doors_can_log_in(migrated: Place) -> None:
    password = dotenv_values(migrated.folder / ".env")["SAHNE_AUTHENTICATOR_PASSWORD"]
    migrated.administrator("alter role authenticator password 'another'")
    refused = json.loads(migrated.sahne("migrate", "--json", code=1).stdout)["error"]
    assert refused["code"] == "doors_cannot_log_in"
    assert "alter role authenticator password" in refused["hint"]
    with serving(migrated) as said:
        eventually(lambda: "waiting: PostgreSQL does not let Sahne log in" in said.read_text(), 30)
        assert "ready http" not in said.read_text()
        migrated.administrator(f"alter role authenticator password '{password}'")
        eventually(lambda: "ready http" in said.read_text(), 30)
        assert [line for line in said.read_text().splitlines() if line.startswith("error connecting")] == []


def test_an_administrators_attributes_are_warned_of_by_name(migrated: Place) -> None:
    migrated.administrator("alter role sahne noreplication")
    warned = migrated.sahne("migrate").stderr
    assert 'alter role "sahne" replication;' in warned
    assert "alter system set wal_level = logical;" in warned
    migrated.administrator("alter role sahne replication")


class serving:
    """`with serving(place) as said:` is `sahne serve`, and the file of what it says."""

    def __init__(self, place: Place) -> None:
        self.said = place.folder / "serve.log"
        self._started = started_sahne("serve", cwd=place.folder, out=self.said)

    def __enter__(self) -> Path:
        self._started.__enter__()
        return self.said

    def __exit__(self, *_: object) -> None:
        self._started.__exit__(None, None, None)
