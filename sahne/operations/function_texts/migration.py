"""The next migration, written from the differences: drops, functions whole, rights, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from sahne.database.history import read_migrations
from sahne.errors import SetupError
from sahne.operations.function_texts.compare import UNCHECKED, Change

# The platform's default privileges may hand a new function to any of them
_CALLERS = "public, anon, authenticated, service_role"

_NAME = re.compile(r"\w+", re.ASCII)

_DROPS_ON_PURPOSE = "-- who calls what is dropped here changes with it\n-- squawk-ignore-file ban-drop-function"


class NameUnfit(SetupError):
    """A migration's name has letters, digits and underscores, and nothing else."""

    code = "name_unfit"


class VersionTaken(SetupError):
    """There is a migration of this version already."""

    code = "version_taken"


def write_migration(
    changes: list[Change], title: str, *, version: str | None = None, folder: Path | None = None
) -> Path:
    """Write `<version>_<title>.sql` and answer its path; `version` is this moment of UTC where none is given.

    What depends on a dropped function is named in the file: how it goes on without it only a person knows.

    Raises:
        NameUnfit, VersionTaken: nothing was written.
        MisnamedMigration: the version is none; nothing is left behind.
    """
    if not _NAME.fullmatch(title):
        raise NameUnfit(details=title, hint="Such as slow_mode: the file's fourteen digits come before it.")
    folder = folder or Path(str(files("sahne.database").joinpath("migrations")))
    version = version or datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    if version in {source.version for source in read_migrations(folder)}:
        raise VersionTaken(details=version, hint="Give another with --version.")
    path = folder / f"{version}_{title}.sql"
    path.write_text(migration_text(changes, title), "utf-8")
    try:
        read_migrations(folder)
    except SetupError:
        path.unlink()
        raise
    return path


def migration_text(changes: list[Change], title: str) -> str:
    """The migration as text."""
    words = title.replace("_", " ").capitalize()
    parts = [f"-- {words}: functions as sahne/database/functions tells them from here on."]
    if any(change.drops for change in changes):
        parts.append(_DROPS_ON_PURPOSE)
    parts.append(f"{UNCHECKED};")
    for change in changes:
        whole = change.text.text if change.text else ""
        parts += [part for part in (_drops(change), whole, "\n".join(_statements_about(change))) if part]
    return "\n\n".join(parts) + "\n"


def _drops(change: Change) -> str:
    in_the_way = [f"-- depends on it and must go first, and be made again: {each}" for each in change.dependents]
    return "\n".join([*in_the_way, *(f"drop function {signature};" for signature in change.drops)])


def _statements_about(change: Change) -> Iterator[str]:
    function = f"function {change.signature}"
    if change.callers is not None:
        yield f"revoke execute on {function} from {_CALLERS};"
        if change.callers:
            yield f"grant execute on {function} to {', '.join(change.callers)};"
    if change.comment is not None:
        comment = change.comment.replace("'", "''")
        yield f"comment on {function} is '{comment}';"
