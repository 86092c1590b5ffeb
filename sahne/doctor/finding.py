"""What one look found: what was looked at, how it is, and what to do where it is not well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "fault", "not_looked_at"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: with a `fault` something does not work or is open, with a `warning` it may come to that."""

    looked_at: str
    found: str
    state: State = "ok"
    to_do: str = ""


def warning(looked_at: str, found: str, to_do: str) -> Finding:
    """It works, and will not for ever."""
    return Finding(looked_at, found, "warning", to_do)


def fault(looked_at: str, found: str, to_do: str) -> Finding:
    """It does not work, or is open to whom it should not be."""
    return Finding(looked_at, found, "fault", to_do)


def not_looked_at(looked_at: str, why: str) -> Finding:
    """It could not be looked at, or there is nothing of the kind."""
    return Finding(looked_at, why, "not_looked_at")
