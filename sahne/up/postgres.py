"""Which PostgreSQL `sahne up` starts: the wheel's, one that this machine has, or one in a folder that is named.

All three are run alike: a cluster of our own in the data folder, on a port of ours. What a package manager started is
neither looked at nor touched; to use such a server there is `DATABASE_URL`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from glob import glob
from pathlib import Path

from sahne.database.binaries import Binaries, binaries_in, embedded_binaries
from sahne.database.migrate import SERVER_VERSION_MIN
from sahne.database.programs import PLACES
from sahne.errors import SetupError

EMBEDDED = "embedded"
SYSTEM = "system"
NEEDED = ("postgres", "initdb")


class NoSuchPostgres(SetupError):
    """There is no PostgreSQL to start where it was looked for."""

    code = "no_such_postgres"


class PostgresTooOld(SetupError):
    """The PostgreSQL to start is too old."""

    code = "postgres_too_old"


def postgres_to_start(wanted: str) -> Binaries:
    """The programs of `embedded`, of `system` (the newest this machine has), or of the folder `wanted`.

    Raises:
        NoSuchPostgres: they are not there, or do not run.
        ExtraMissing: the embedded one is not installed.
        PostgresTooOld: they are, but of a version before 15.
    """
    if wanted == EMBEDDED:
        return embedded_binaries()
    if wanted == SYSTEM:
        return _new_enough(max(_of_this_machine(), key=lambda each: each.major))
    return _new_enough(_in_folder(Path(wanted)))


def _of_this_machine() -> list[Binaries]:
    binaries = [each for folder in _folders() if (each := _binaries_in(folder))]
    if not binaries:
        raise NoSuchPostgres(
            details=f"looked in {', '.join(PLACES)}, where pg_config says, and on the PATH",
            hint=f"Install one, such as the package postgresql (its server, {SERVER_VERSION_MIN} or newer), name its"
            " folder with --postgres DIR, or leave --postgres out: the embedded one needs nothing.",
        )
    return binaries


def _folders() -> Iterator[Path]:
    for place in PLACES:
        yield from map(Path, glob(place))
    if pg_config := shutil.which("pg_config"):
        yield Path(subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip())
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent


def _in_folder(folder: Path) -> Binaries:
    binaries = _binaries_in(folder.absolute())
    if binaries is None:
        raise NoSuchPostgres(
            details=f"{folder} has no {' and '.join(NEEDED)} that say their version",
            hint="Name the folder of PostgreSQL's server programs, as `pg_config --bindir` says it.",
        )
    return binaries


def _binaries_in(folder: Path) -> Binaries | None:
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return None
    try:
        return binaries_in(folder)
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError):  # no program, or of something else
        return None


def _new_enough(binaries: Binaries) -> Binaries:
    if binaries.major < SERVER_VERSION_MIN:
        raise PostgresTooOld(
            details=f"{binaries.folder} is PostgreSQL {binaries.major}; Sahne needs {SERVER_VERSION_MIN} or newer",
            hint="Install a newer one, or leave --postgres out: the embedded one needs nothing.",
        )
    return binaries
