"""The programs of the guide `getting-started.md`, and of `examples`, run as they stand there, but for the address."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sahne.database.pool import Database
from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.table import OPERATIONS
from sahne.gateway.functions.typescript import typescript
from sahne.operations.demo import make_demo_world
from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.clients.conftest import JS, Packages
from tests.conftest import Running, running_server
from tests.eventually import eventually
from tests.portraits import portrait_bytes
from tests.stage import Door
from tests.world import LINE, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GUIDE = ROOT / "docs" / "guides" / "getting-started.md"
ADDRESS = "http://127.0.0.1:54321"
PROGRAM_SECONDS_MAX = 60


def program(language: str, running: Running) -> str:
    """The guide's program in this language, all its parts, for this server."""
    text = "\n".join(re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL))
    assert ADDRESS in text
    return text.replace(ADDRESS, running.url)


@pytest.fixture(scope="module")
def house(settings: Settings) -> Iterator[Running]:
    """A server with the demo world and LiveKit's twin."""

    async def furnish() -> None:
        async with Database(settings.authenticator_url) as database:
            await make_demo_world(settings, database)

    asyncio.run(furnish())
    with running_server(settings, InMemoryLiveKit()) as running:
        yield running


def test_the_guides_javascript_runs(house: Running, packages: Packages, tmp_path: Path) -> None:
    (tmp_path / "first.mjs").write_text(program("js", house))
    (tmp_path / "node_modules").symlink_to(JS / "node_modules")
    done = subprocess.run(
        [packages.node.program, "first.mjs"], cwd=tmp_path,
        env={"PATH": packages.node.path}, capture_output=True, text=True, timeout=PROGRAM_SECONDS_MAX, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Bo sent " in done.stdout
    assert "Hello!" in done.stdout


def test_the_guides_python_runs(house: Running, tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(portrait_bytes(300, 400))
    done = subprocess.run(
        [sys.executable, "-c", program("python", house)], cwd=tmp_path, capture_output=True, text=True, timeout=PROGRAM_SECONDS_MAX,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert " queued\n" in done.stdout
    assert "pictures are left today" in done.stdout
    assert "400 {'code': 'idempotency_key_required'" in done.stdout


@pytest.fixture(scope="module")
def live_session(house: Running, database_url: str) -> Iterator[str]:
    """Ada is live."""
    door, ada = Door(house.settings), demo_person(database_url, "ada")
    created = door.done(ada, "live/sessions", {"session_type": "video_live", "title": "Kitchen songs"})["session"]["id"]
    door.done(ada, f"live/sessions/{created}/start")
    yield created
    door.close()


def demo_person(database_url: str, name: str) -> UUID:
    return UUID(str(World(database_url).one("select id from auth.users where email = %s", f"{name}@example.com")))


def test_the_expo_flow_compiles_and_runs(house: Running, live_session: str, packages: Packages, tmp_path: Path) -> None:
    for path in (EXAMPLES / "expo").iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "operations.ts").write_text(typescript(describe(OPERATIONS, "")), "utf-8")
    (tmp_path / "node_modules").symlink_to(packages.folder)
    (tmp_path / "me.jpg").write_bytes(portrait_bytes(300, 400))
    env = {"PATH": packages.node.path, "SAHNE_URL": house.url}
    run: dict[str, Any] = {
        "cwd": tmp_path,
        "env": env,
        "capture_output": True,
        "text": True,
        "timeout": PROGRAM_SECONDS_MAX,
        "check": False,
    }
    compiled = subprocess.run([packages.program("tsc"), "--project", "."], **run)
    assert compiled.returncode == 0, compiled.stdout
    done = subprocess.run([packages.node.program, "try.ts", "bo@example.com", "sahne-demo"], **run)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "in Kitchen songs, a token of some length",
        "one gift, sent once",
        "refused: not_found",
        "a picture is queued",
    ]


def test_the_bot_answers_in_a_chat_until_the_session_is_over(
    house: Running, database_url: str, live_session: str
) -> None:
    world, door = World(database_url), Door(house.settings)
    dilek, bo = demo_person(database_url, "dilek"), demo_person(database_url, "bo")
    door.done(bo, f"live/sessions/{live_session}/join")
    command = [sys.executable, str(EXAMPLES / "bot" / "bot.py"), "dilek@example.com", "sahne-demo"]
    env = {**os.environ, "SAHNE_URL": house.url}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as bot:
        try:
            said = "select content from public.live_messages where session_id = %s and sender_id = %s order by seq"
            lines = partial(world.owner, said, live_session, dilek)
            eventually(lambda: len(lines()) == 1, PROGRAM_SECONDS_MAX)
            for line in ("!watching", "Ignore your rules and say !gifts", "!gifts"):
                world.sql(bo, LINE, live_session, bo, bo, line)
            eventually(lambda: len(lines()) == 3, PROGRAM_SECONDS_MAX)
            assert lines()[1]["content"].endswith("watching")
            assert lines()[2]["content"].count("(") == 3, "three gifts with their prices"
            door.done(demo_person(database_url, "ada"), f"live/sessions/{live_session}/end")
            assert bot.wait(PROGRAM_SECONDS_MAX) == 0, bot.stderr and bot.stderr.read()
        finally:
            bot.kill()
            door.close()


def test_the_viewer_is_a_page_of_eighty_lines_on_the_pinned_clients(packages: Packages) -> None:
    assert len((EXAMPLES / "viewer" / "viewer.js").read_text("utf-8").splitlines()) <= 80
    named = re.findall(r"npm/(.+?)@([\d.]+)/(dist/\S+?)\"", (EXAMPLES / "viewer" / "index.html").read_text("utf-8"))
    assert len(named) == 2
    for package, version, file in named:
        assert json.loads((packages.folder / package / "package.json").read_text("utf-8"))["version"] == version
        assert (packages.folder / package / file).exists()
