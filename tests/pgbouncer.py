"""A real PgBouncer between a test and its PostgreSQL: transactions of many callers share a few sessions."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.absent import absent
from tests.conftest import free_port
from tests.eventually import eventually

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


@contextmanager
def pgbouncer(url: str, folder: Path, *, sessions: int = 3, mode: str = "transaction") -> Iterator[str]:
    """The URL of the same database and role through a pooler that keeps `sessions` sessions for each role."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        absent("pgbouncer", "install it, as scripts/system-packages does")
    parts = urlsplit(url)
    port = free_port()
    people = folder / "people"
    people.write_text("".join(f'"{role}" "{parts.password}"\n' for role in (parts.username, "authenticator")))
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        _SETTINGS.format(host=parts.hostname, postgres=parts.port, port=port, people=people, mode=mode, size=sessions)
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
