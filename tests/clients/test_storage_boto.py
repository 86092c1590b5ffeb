"""The unmodified boto3 against the S3 door; the steps are in `boto/s3.py`.

Its packages are installed once per machine, into a cache folder named by their lock file, and beside ours: they want
older versions of some.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.absent import absent
from tests.buckets import blob_files, make_buckets
from tests.conftest import Running, free_port
from tests.world import World, token

BOTO = Path(__file__).parent / "boto"
SECONDS_MAX = 240


@pytest.fixture(scope="module")
def packages() -> Path:
    return boto_packages()


def boto_packages() -> Path:
    """The folder of boto3 and what it needs, installed once per machine."""
    lock = BOTO / "requirements.lock"
    name = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sahne" / "test-clients"
    folder, draft = cache / f"boto-{name}", cache / f"boto-{name}.{os.getpid()}"
    if folder.exists():
        return folder
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--target"]
    done = subprocess.run(
        [*command, str(draft), "-r", str(lock)], capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )
    if done.returncode:
        absent("boto3", done.stderr)
    try:
        draft.rename(folder)
    except OSError:
        if not folder.exists():  # nobody was quicker
            raise
    return folder


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a server with keys for the S3 protocol."""
    plain = read_settings(
        env_file=None, data=tmp_path_factory.mktemp("data"), port=free_port(), database_url=database_url
    )
    return replace(
        plain, s3_protocol_access_key_id="sahne-server", s3_protocol_access_key_secret="a secret of the server"
    )


def test_boto3_keeps_and_finds_its_files(packages: Path, server: Running, database_url: str, world: World) -> None:
    make_buckets(database_url)
    people = [{"id": str(id), "token": token(id)} for id in (world.person(), world.person())]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(packages),
        "SAHNE_URL": server.url,
        "SAHNE_ANON_KEY": server.settings.anon_key,
        "SAHNE_S3_KEY": server.settings.s3_protocol_access_key_id or "",
        "SAHNE_S3_SECRET": server.settings.s3_protocol_access_key_secret or "",
        "SAHNE_TOKENS": json.dumps(people),
    }
    done = subprocess.run(
        [sys.executable, str(BOTO / "s3.py")],
        env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout.count("ok ") == 6
    assert len(blob_files(server.settings)) == 8 + 7, "each object's bytes, and no part's"
