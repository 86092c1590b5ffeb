"""A real PgBouncer between a test and its PostgreSQL: transactions of many callers share a few sessions.

An old one shares prepared statements among its clients, too; one since 1.21 can keep them apart.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from sahne.providers.livekit_program import keep_folder
from tests.absent import absent
from tests.conftest import free_port
from tests.eventually import eventually

KEEPS_APART_SINCE = (1, 21)
START_SECONDS_MAX = 10
STOP_SECONDS_MAX = 10

_SETTINGS = """
[databases]
* = host={host} port={postgres}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {people}
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 500
"""
_APART = "max_prepared_statements = {}\n"


@contextmanager
def pgbouncer(url: str, folder: Path, *, sessions: int = 3, mode: str = "transaction", apart: int = 0) -> Iterator[str]:
    """The URL of the same database and role through a pooler that keeps `sessions` sessions for each role.

    With `apart` it keeps its clients' prepared statements apart, so many in each session.
    """
    program = find_pgbouncer(KEEPS_APART_SINCE if apart else (1,))
    if program is None:
        absent("PgBouncer 1.21" if apart else "PgBouncer", "install it, as scripts/system-packages does")
    parts = urlsplit(url)
    port = free_port()
    program = Path(shutil.copy(program, folder / "pgbouncer"))  # where nobody, whom it runs as, can come
    people = folder / "people"
    people.write_text("".join(f'"{role}" "{parts.password}"\n' for role in (parts.username, "authenticator")))
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        _SETTINGS.format(host=parts.hostname, postgres=parts.port, port=port, people=people, mode=mode, size=sessions)
        + (_APART.format(apart) if apart else "")
    )
    with (folder / "pgbouncer.log").open("w") as log:
        process = subprocess.Popen([program, str(settings)], stdout=log, stderr=log, preexec_fn=_become_nobody(folder))
    through = urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}"))
    try:
        eventually(lambda: _answers(through), START_SECONDS_MAX)
        yield through
    finally:
        process.terminate()
        process.wait(STOP_SECONDS_MAX)


def pooler_kinds(statements: int) -> list[int]:
    """What `apart` is tried with: 0, and `statements` where a pooler is new enough; where none is, a warning says so."""
    if find_pgbouncer(KEEPS_APART_SINCE):
        return [0, statements]
    warnings.warn("PGBOUNCER 1.21 IS ABSENT: scripts/newer-pgbouncer builds it", stacklevel=2)
    return [0]


def find_pgbouncer(since: tuple[int, ...]) -> Path | None:
    """One that is no older: the machine's own, or the one that scripts/newer-pgbouncer has built."""
    kept = keep_folder() / "pgbouncer"
    for place in (shutil.which("pgbouncer"), "/usr/sbin/pgbouncer", kept):
        if place and Path(place).exists() and _version(place) >= since:
            return Path(place)
    return None


def _version(program: str | Path) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in said.split()[1].split(".")[:2])


def _become_nobody(folder: Path) -> Callable[[], None] | None:
    """It refuses to be root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o001)

    def become() -> None:
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)

    return become


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
