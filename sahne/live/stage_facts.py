"""What is worth telling about the stage; the log and the metrics listen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentAway:
    """Somebody connected to a room they may not be in, and is put out of it."""

    room: str
    identity: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """LiveKit and the database disagreed; by how much, after which they agree."""

    rooms_opened: int
    rooms_closed: int
    seats_taken: int
    seats_left: int


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The server ended a session by itself."""

    session_id: str
    reason: str
