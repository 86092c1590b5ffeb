"""What we ask of LiveKit, as a Protocol; `remote` asks the real one, `memory` is its twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sahne.errors import Unavailable
from sahne.providers.livekit.grants import Permission
from sahne.providers.livekit.webhook import Event

# A room outlives its last participant by this: longer than a host may be away (60 s), else the host
# would come back to no room.
DEPARTURE_SECONDS = 90
# Nobody ever came: the host pressed start and vanished
EMPTY_SECONDS = 300


class LiveKitUnavailable(Unavailable):
    """The live server cannot be reached; everything else works."""

    code = "livekit_unavailable"


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """A room that is open. `sid` is LiveKit's own id of it (`RM_…`), new each time the room is made; `made_at` is that
    moment, in Unix seconds of LiveKit's clock."""

    name: str
    sid: str
    made_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupant:
    """Somebody connected to a room. `sid` (`PA_…`) is of this connection; `counted` is false for recorders,
    ingests, agents and the hidden; `disguised` is who sends a track that is not what it calls itself; `cameras` are the
    ids of the tracks of theirs that are a camera's and not muted."""

    sid: str
    identity: str
    counted: bool
    permission: Permission
    disguised: bool
    cameras: frozenset[str] = frozenset()


class LiveKit(Protocol):
    """One LiveKit deployment. Every call is bounded in time.

    Raises (all the async ones):
        LiveKitUnavailable: it does not answer, answers too late, or refuses us.
    """

    @property
    def url(self) -> str:
        """Where clients connect: `ws://…` or `wss://…`."""

    def token(self, room: str, identity: str, name: str, permission: Permission) -> str:
        """A short-lived token to join `room` as `identity` with exactly this permission."""

    def verify(self, body: bytes, authorization: str | None) -> Event:
        """The event of a webhook's raw body and `Authorization` header.

        Raises:
            WebhookRefused: it does not come from our LiveKit, or not as it was sent.
        """

    async def create_room(self, room: str) -> OpenRoom:
        """Open the room; one that is open already stays as it is."""

    async def delete_room(self, room: str) -> None:
        """Close the room and disconnect everybody; a room that is not there is closed already."""

    async def remove(self, room: str, identity: str) -> bool:
        """Disconnect somebody; False when they are not there."""

    async def set_permission(self, room: str, identity: str, permission: Permission) -> bool:
        """Replace somebody's whole permission at once; False when they are not there."""

    async def rooms(self) -> list[OpenRoom]:
        """Every open room."""

    async def occupants(self, room: str) -> list[Occupant]:
        """Who is connected to the room; nobody when it is not there."""
