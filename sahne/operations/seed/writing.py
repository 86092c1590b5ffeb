"""Rows on their way into COPY: ids and moments out of seeded dice, values as PostgreSQL's text format."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

NULL = "\\N"

_VERSION_4 = (0x4 << 76) | (0x8 << 60)
_KEPT_BITS = ~((0xF << 76) | (0xC << 60)) & (2**128 - 1)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for one COPY: `copy` names its statement, a row is its line with the newline, `count` how many come."""

    copy: str
    rows: Iterable[str]
    count: int


class Dice(random.Random):
    """Chance that falls the same way again; each room has dice of its own, so that one room's size moves no other."""

    def __init__(self, seed: int, room: str) -> None:
        super().__init__(f"{seed}:{room}")

    def id(self) -> str:
        """A version 4 UUID as 32 hexadecimal digits."""
        return f"{self.getrandbits(128) & _KEPT_BITS | _VERSION_4:032x}"

    def chance(self, share: float) -> bool:
        """True in that share of all throws."""
        return self.random() < share


def fixed_id(name: str) -> str:
    """The id of a thing that every seed shares."""
    return str(uuid5(NAMESPACE_URL, f"sahne:seed:{name}"))


def dashed(hexadecimal: str) -> str:
    """A UUID as PostgreSQL writes it, for texts that hold one."""
    h = hexadecimal
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def moment(milliseconds: int | None) -> str:
    """A timestamptz out of Unix milliseconds."""
    if milliseconds is None:
        return NULL
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:03d}+00"


def line(*values: object) -> str:
    """One row; None is null. Values hold no tab, newline or backslash."""
    return "\t".join([NULL if value is None else str(value) for value in values]) + "\n"


def row(**columns: object) -> str:
    """One row of many columns, named as its COPY names them and in that order."""
    return line(*columns.values())


def shares(weights: list[float], total: int) -> list[int]:
    """Split `total` into whole numbers in proportion to `weights`; they sum to it exactly."""
    whole = sum(weights)
    result, weight_so_far, shared_out = [], 0.0, 0
    for weight in weights:
        weight_so_far += weight
        upto = round(total * weight_so_far / whole) if whole else 0
        result.append(upto - shared_out)
        shared_out = upto
    if result:
        result[-1] += total - shared_out
    return result
