"""The programs of the guide `getting-started.md` run as they stand there, but for the address."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sahne.database.pool import Database
from sahne.operations.demo import make_demo_world
from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.clients.conftest import JS, Packages
from tests.conftest import Running, running_server
from tests.portraits import portrait_bytes

ROOT = Path(__file__).parents[2]
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
