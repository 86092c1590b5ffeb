"""A server that speaks S3, over a folder: Versity's gateway, which checks signatures as Amazon does."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sahne.object_stores import Bucket, S3Access
from sahne.providers.livekit_program import keep_folder
from tests.absent import absent
from tests.conftest import free_port
from tests.eventually import eventually

BUCKET = "sahne-tests"
KEY, SECRET = "AKIATESTS", "secret-of-tests"
START_SECONDS_MAX = 20


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it listens, and the folder of the one bucket."""

    url: str
    folder: Path

    @property
    def access(self) -> S3Access:
        return S3Access(self.url, "us-east-1", KEY, SECRET)

    def new_bucket(self) -> Bucket:
        """A place in it that nobody used."""
        return Bucket(BUCKET, uuid4().hex, self.access)

    def settings(self, bucket: Bucket) -> dict[str, Any]:
        """The settings that open it, by name."""
        return {
            "objects_url": str(bucket),
            "s3_endpoint": self.url,
            "s3_access_key_id": KEY,
            "s3_secret_access_key": SECRET,
        }

    def files(self, bucket: Bucket) -> list[Path]:
        """What lies in a place, as the server's disk has it."""
        return [path for path in (self.folder / bucket.prefix).rglob("*") if path.is_file()]


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    program = shutil.which("versitygw") or keep_folder() / "versitygw"
    if not Path(program).exists():
        absent("an S3 server", "scripts/s3-server builds one, where there is Go")
    port = free_port()
    (folder / BUCKET).mkdir(parents=True)
    command = [program, "--quiet", "--port", f"127.0.0.1:{port}", "--region", "us-east-1", "posix", str(folder)]
    environment = os.environ | {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _listens(port), START_SECONDS_MAX)
        yield S3Server(f"http://127.0.0.1:{port}", folder / BUCKET)
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
