"""The floor of each major version of PostgreSQL: an older minor version has holes that are known and closed above it.

It is said, with what to do; whether it is refused is a setting (`SAHNE_REFUSE_OUTDATED_POSTGRES`). Raise the numbers
when PostgreSQL's security page tells of a hole that the doors reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from sahne.database.reach import CONNECT_SECONDS_MAX, Lack, unreachable
from sahne.errors import SetupError

FLOORS = {15: 20, 16: 16, 17: 12, 18: 7}
HOLES = "CVE-2026-6460 and CVE-2026-120141"


class PostgresOutdated(SetupError):
    """This PostgreSQL has a known hole: who may ask its database something can run code as the server."""

    code = "postgres_outdated"

    @property
    def as_lack(self) -> Lack:
        """Beside what else a server lacks, where it is told and not refused."""
        return Lack(self.code, f"{self.message} {self.details}", advice=self.hint)


@dataclass(frozen=True, slots=True)
class PostgresVersion:
    """A server's version by the number its library tells: 180006 is 18.6."""

    number: int

    def __str__(self) -> str:
        return f"{self.major}.{self.number % 10_000}"

    @property
    def major(self) -> int:
        """Such as 18."""
        return self.number // 10_000

    @property
    def floor(self) -> str | None:
        """The oldest of its major version without a known hole; None where nobody knows one."""
        return f"{self.major}.{FLOORS[self.major]}" if self.major in FLOORS else None

    @property
    def is_outdated(self) -> bool:
        """Whether it is below that."""
        return self.number % 10_000 < FLOORS.get(self.major, 0)

    def outdated(self) -> PostgresOutdated | None:
        """What there is to say of it, to be told or raised; None when it is new enough."""
        if not self.is_outdated:
            return None
        return PostgresOutdated(
            details=f"It is PostgreSQL {self}; {HOLES} are closed in {self.floor}.",
            hint=f"Update it to {self.floor} or newer; a minor update keeps the data and wants a restart. In place of"
            " the embedded one take the machine's (`sahne up --postgres system`, in a folder of its own) or"
            " DATABASE_URL. Where nobody but you reaches it, it may stay for now.",
        )


def version_at(url: str) -> PostgresVersion:
    """The version of the server that answers.

    Raises:
        DatabaseUnreachable
    """
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX, application_name="sahne") as conn:
            return PostgresVersion(conn.info.server_version)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise unreachable(url, error) from error


def heed_floor(url: str, *, refuse: bool) -> PostgresOutdated | None:
    """What there is to say of the server's version.

    Raises:
        PostgresOutdated: it is below the floor, and `refuse`.
        DatabaseUnreachable
    """
    outdated = version_at(url).outdated()
    if outdated and refuse:
        raise outdated
    return outdated
