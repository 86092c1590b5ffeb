"""Where a change stands in the order of commits, and how a client writes down how far it has come."""

from __future__ import annotations

import re
from typing import NamedTuple

_WRITTEN = re.compile(r"([0-9A-F]{1,8}/[0-9A-F]{1,8})\.([0-9]{1,9})", re.ASCII)


class Position(NamedTuple):
    """Where a change stands in the order of commits: PostgreSQL's position of its commit, its number in there."""

    commit_lsn: int
    number: int

    def __str__(self) -> str:
        return f"{self.commit_lsn >> 32:X}/{self.commit_lsn & 0xFFFFFFFF:X}.{self.number}"


BEGINNING = Position(0, 0)


def lsn_from(text: str) -> int:
    """PostgreSQL's `16/B374D848` as a number."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def position_from(text: object) -> Position | None:
    """The position that a client says it has seen; None for what is none."""
    match = _WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    lsn, number = match.groups()
    return Position(lsn_from(lsn), int(number))
