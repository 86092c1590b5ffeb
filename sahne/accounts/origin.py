"""Where a sign-in comes from: kept with the session so that its owner can recognise it."""

from __future__ import annotations

from dataclasses import dataclass

USER_AGENT_CHARACTERS_MAX = 512


@dataclass(frozen=True, slots=True)
class Origin:
    """`ip` is an address PostgreSQL's inet accepts, or None when it is not known."""

    ip: str | None = None
    user_agent: str | None = None


NOWHERE = Origin()
