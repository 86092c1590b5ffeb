"""A database dumped and restored into an empty one, by the programs of the version under test."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from sahne.database.binaries import Binaries
from tests.absent import absent
from tests.conftest import with_database

SECONDS_MAX = 100


@contextmanager
def restored_copy(url: str, binaries: Binaries, folder: Path) -> Iterator[str]:
    """The URL of a new database holding what `pg_dump` wrote of the one at `url`; the dump lies in `folder`."""
    with psycopg.connect(url) as conn:
        major = conn.info.server_version // 10_000
    if major != binaries.major:
        absent(f"pg_dump of PostgreSQL {major}", "the tests have no programs of the server's version")
    dump = folder / "sahne.dump"
    _run(binaries, "pg_dump", "--format=custom", f"--file={dump}", f"--dbname={url}")
    name = f"restored_{uuid4().hex[:8]}"
    with psycopg.connect(with_database(url, "postgres"), autocommit=True) as conn:
        conn.execute(f"create database {name} template template0")
        try:
            _run(binaries, "pg_restore", "--exit-on-error", f"--dbname={with_database(url, name)}", str(dump))
            yield with_database(url, name)
        finally:
            conn.execute(f"drop database {name} with (force)")


def _run(binaries: Binaries, program: str, *arguments: str) -> None:
    done = subprocess.run(
        [binaries.program(program), *arguments], capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )
    assert done.returncode == 0, done.stderr
