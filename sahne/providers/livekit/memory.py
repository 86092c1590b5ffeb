"""LiveKit's in-memory twin: the same rooms, tokens and signed webhooks, without media and without a network.

Tests connect to it as a client would (`connect`), and deliver what it has to tell (`tell_all`) to the webhook
door as late, as often and in whatever order they like. Told to, it lies by itself (`lies.py`).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import jwt
import orjson

from sahne.providers.livekit.grants import ApiKey, Permission, Source, is_camera, is_disguised, mint_token
from sahne.providers.livekit.lies import HONEST, Liar, Lies, Past, Trouble
from sahne.providers.livekit.room_service import CALL_SECONDS_MAX
from sahne.providers.livekit.rooms import LiveKitUnavailable, Occupant, OpenRoom
from sahne.providers.livekit.webhook import Event, verified_event

WEBHOOK_TOKEN_SECONDS = 300
TWIN_SECRET = "the-twin-is-not-a-server-and-guards-nothing"


class NotLetIn(Exception):
    """The token does not open this room, or the room is not open (nobody but us makes rooms)."""


@dataclass(frozen=True, slots=True)
class SignedWebhook:
    """A webhook as LiveKit would send it."""

    body: bytes
    authorization: str


@dataclass(slots=True)
class _Room:
    sid: str
    made_at: float
    past: Past[Occupant]
    people: dict[str, _Person] = field(default_factory=dict)


@dataclass(slots=True)
class _Track:
    sid: str
    kind: str  # what it really is: `AUDIO` or `VIDEO`
    muted: bool = False


@dataclass(slots=True)
class _Person:
    sid: str
    sources: tuple[Source, ...]
    tracks: dict[Source, _Track] = field(default_factory=dict)
    hidden: bool = False

    def is_disguised(self) -> bool:
        return any(is_disguised(track.kind, source) for source, track in self.tracks.items())

    def cameras(self) -> frozenset[str]:
        return frozenset(
            track.sid for source, track in self.tracks.items() if is_camera(track.kind, source) and not track.muted
        )


class InMemoryLiveKit:
    """One deployment. In `trouble` every call is refused, hangs until the caller gives up (`pause` makes them wait), or
    fails.

    Nobody can be told who is in one of the `unreadable` rooms. `made` counts how often each room was really made.
    `clock` answers seconds, by which webhooks are late and lists stale.
    """

    def __init__(
        self,
        key: str = "APItwin",
        secret: str = TWIN_SECRET,
        *,
        lies: Lies = HONEST,
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.trouble: Trouble | None = None
        self.unreadable: set[str] = set()
        self.made: Counter[str] = Counter()
        self._untold: list[tuple[float, SignedWebhook]] = []
        self._api_key = ApiKey(key, secret)
        self._keys = {key: secret}
        self._liar = Liar(lies, seed)
        self._clock = clock
        self._pause = pause
        self._rooms: dict[str, _Room] = {}
        self._numbers = itertools.count(1)

    def lie(self, lies: Lies) -> None:
        """So from now on."""
        self._liar.lies = lies

    async def __aenter__(self) -> InMemoryLiveKit:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._rooms.clear()

    @property
    def url(self) -> str:
        """Nothing listens there."""
        return f"ws://{self._api_key.key.lower()}.livekit.invalid"

    @property
    def reachable(self) -> bool:
        """Whether it answers; set it to False and every call is refused, as if the server were gone."""
        return self.trouble is None

    @reachable.setter
    def reachable(self, answers: bool) -> None:
        self.trouble = None if answers else "refuses"

    def change_key(self, key: str, secret: str) -> None:
        """Sign with another key from now on; what the one before it has signed is believed until `retire_old_key`."""
        self._keys = {key: secret, self._api_key.key: self._api_key.secret}
        self._api_key = ApiKey(key, secret)

    def retire_old_key(self) -> None:
        """Believe the key of now alone."""
        self._keys = {self._api_key.key: self._api_key.secret}

    def token(self, room: str, identity: str, name: str, permission: Permission) -> str:
        """The same token the real one takes."""
        return mint_token(self._api_key, room=room, identity=identity, name=name, permission=permission)

    def verify(self, body: bytes, authorization: str | None) -> Event:
        """By our key, or the one before it."""
        return verified_event(body, authorization, self._keys)

    async def create_room(self, room: str) -> OpenRoom:
        """Open the room unless it is."""
        await self._reach()
        if room not in self._rooms:
            self._rooms[room] = _Room(self._new("RM_"), time.time(), Past(self._liar.lies.stale_seconds_max))
            self.made[room] += 1
            self._tell("room_started", room)
        self._answer()
        return self._open_room(room)

    async def delete_room(self, room: str) -> None:
        """Everybody leaves, then the room is finished."""
        await self._reach()
        if room in self._rooms:
            for identity in list(self._rooms[room].people):
                self.disconnect(room, identity)
            self._tell("room_finished", room)
            del self._rooms[room]
        self._answer()

    async def remove(self, room: str, identity: str) -> bool:
        """Disconnect."""
        await self._reach()
        is_there = identity in self.people(room)
        if is_there:
            self.disconnect(room, identity)
        self._answer()
        return is_there

    async def set_permission(self, room: str, identity: str, permission: Permission) -> bool:
        """Replace."""
        await self._reach()
        is_there = identity in self.people(room)
        if is_there:
            person = self._rooms[room].people[identity]
            person.sources = permission.sources
            for source in set(person.tracks) - set(person.sources):
                self.unpublish(room, identity, source)
            self._remember(room)
        self._answer()
        return is_there

    async def rooms(self) -> list[OpenRoom]:
        """All of them."""
        await self._reach()
        return [self._open_room(name) for name in self._rooms]

    async def occupants(self, room: str) -> list[Occupant]:
        """Everybody in it but the hidden, as it was a moment ago when it tells stale lists."""
        await self._reach()
        if room in self.unreadable:
            raise LiveKitUnavailable(details="the twin was told not to answer for this room")
        if room not in self._rooms:
            return []
        if self._liar.lies.stale_seconds_max:
            return self._rooms[room].past.at(self._liar.seen_at(self._clock()))
        return self._occupants(room)

    def connect(self, token: str) -> str:
        """Come in as a client would; the connection's sid. An older connection of the same identity ends.

        Raises:
            NotLetIn: the token or the room is not good.
        """
        if not self.reachable:
            raise NotLetIn("no answer")
        try:
            claims = jwt.decode(token, self._api_key.secret, algorithms=["HS256"], issuer=self._api_key.key, leeway=60)
        except jwt.PyJWTError as error:
            raise NotLetIn(str(error)) from error
        grants, identity = claims["video"], claims["sub"]
        room = self._rooms.get(grants["room"])
        if room is None or not grants["roomJoin"]:
            raise NotLetIn("no such room")
        if identity in room.people:
            self.disconnect(grants["room"], identity)
        sources = tuple(grants.get("canPublishSources", ())) if grants["canPublish"] else ()
        room.people[identity] = _Person(self._new("PA_"), sources)
        self._remember(grants["room"])
        self._tell("participant_joined", grants["room"], identity)
        return room.people[identity].sid

    def disconnect(self, room: str, identity: str) -> None:
        """Go out as a client would."""
        for source in list(self._rooms[room].people[identity].tracks):
            self.unpublish(room, identity, source)
        self._tell("participant_left", room, identity)
        del self._rooms[room].people[identity]
        self._remember(room)

    def publish(self, room: str, identity: str, source: Source, kind: str) -> None:
        """Send a track of `source`, as its client calls it, which really is `AUDIO` or `VIDEO`.

        Raises:
            NotLetIn: they may not send what is called so.
        """
        person = self._rooms[room].people[identity]
        if source not in person.sources:
            raise NotLetIn("no permission to publish")
        person.tracks[source] = _Track(self._new("TR_"), kind)
        self._remember(room)
        self._tell_track("track_published", room, identity, source)

    def unpublish(self, room: str, identity: str, source: Source) -> None:
        """Send it no more."""
        self._tell_track("track_unpublished", room, identity, source)
        del self._rooms[room].people[identity].tracks[source]
        self._remember(room)

    def mute(self, room: str, identity: str, source: Source, *, muted: bool = True) -> None:
        """Keep the track and send nothing, or go on; the real one tells of it by no webhook either."""
        self._rooms[room].people[identity].tracks[source].muted = muted
        self._remember(room)

    def hide(self, room: str, identity: str) -> None:
        """Leave somebody out of `occupants`, as an answer that is a moment old may."""
        self._rooms[room].people[identity].hidden = True
        self._remember(room)

    def show(self, room: str, identity: str) -> None:
        """Name them again."""
        self._rooms[room].people[identity].hidden = False
        self._remember(room)

    def open_rooms(self) -> set[str]:
        """The names of the open rooms."""
        return set(self._rooms)

    def people(self, room: str) -> set[str]:
        """The identities in a room."""
        return set(self._rooms[room].people) if room in self._rooms else set()

    def sid(self, room: str, identity: str) -> str:
        """LiveKit's id of this connection."""
        return self._rooms[room].people[identity].sid

    def sources(self, room: str, identity: str) -> tuple[Source, ...]:
        """What this connection may publish now."""
        return self._rooms[room].people[identity].sources

    def cameras(self, room: str, identity: str) -> frozenset[str]:
        """The tracks of this connection that are a camera's and on."""
        return self._rooms[room].people[identity].cameras()

    def restart(self) -> None:
        """Lose every room and connection without a word, as a single server does when it dies."""
        self._rooms.clear()

    def tell_all(self) -> Iterator[SignedWebhook]:
        """Every webhook not yet taken whose time has come, in the order of their times."""
        while self._untold and self._untold[0][0] <= self._clock():
            yield self._untold.pop(0)[1]

    def tell_nothing(self) -> None:
        """Whatever is not taken yet is lost."""
        self._untold.clear()

    def sign(self, body: bytes, **changed: Any) -> SignedWebhook:
        """A webhook of this body, with `changed` claims in its token."""
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        now = int(time.time())
        claims = {
            "iss": self._api_key.key,
            "nbf": now,
            "exp": now + WEBHOOK_TOKEN_SECONDS,
            "sha256": digest,
        } | changed
        return SignedWebhook(body, jwt.encode(claims, self._api_key.secret, "HS256"))

    def _tell(self, name: str, room: str, identity: str | None = None, track: dict[str, str] | None = None) -> None:
        open_room = self._rooms[room]
        event: dict[str, Any] = {
            "event": name,
            "id": self._new("EV_"),
            "createdAt": str(int(time.time())),
            "room": {"name": room, "sid": open_room.sid, "numParticipants": self._liar.count(len(open_room.people))},
        }
        if identity is not None:
            event["participant"] = {
                "identity": identity,
                "sid": open_room.people[identity].sid,
                "state": "ACTIVE",
                "permission": {
                    "canSubscribe": True,
                    "canPublish": bool(open_room.people[identity].sources),
                    "canPublishSources": [source.upper() for source in open_room.people[identity].sources],
                },
            }
        if track is not None:
            event["track"] = track
        signed = self.sign(orjson.dumps(event))
        self._untold += [(moment, signed) for moment in self._liar.moments(self._clock())]
        self._untold.sort(key=itemgetter(0))  # which keeps the order of what is of one moment

    def _tell_track(self, name: str, room: str, identity: str, source: Source) -> None:
        track = self._rooms[room].people[identity].tracks[source]
        self._tell(name, room, identity, {"sid": track.sid, "type": track.kind, "source": source.upper()})

    def _open_room(self, name: str) -> OpenRoom:
        return OpenRoom(name, self._rooms[name].sid, self._rooms[name].made_at)

    def _occupants(self, room: str) -> list[Occupant]:
        return [
            Occupant(
                sid=person.sid,
                identity=identity,
                counted=True,
                permission=Permission(person.sources),
                disguised=person.is_disguised(),
                cameras=person.cameras(),
            )
            for identity, person in self._rooms[room].people.items()
            if not person.hidden
        ]

    def _remember(self, room: str) -> None:
        if self._liar.lies.stale_seconds_max:
            self._rooms[room].past.keep(self._clock(), self._occupants(room))

    def _new(self, prefix: str) -> str:
        return f"{prefix}{secrets.token_hex(4)}{next(self._numbers)}"

    async def _reach(self) -> None:
        """What happens to a call before it is carried out."""
        if self.trouble == "hangs":
            await self._pause(CALL_SECONDS_MAX)
        if self.trouble or self._liar.fails():
            raise LiveKitUnavailable(details=f"the twin {self.trouble or 'fails'}, as it was told to")

    def _answer(self) -> None:
        """And after it."""
        if self._liar.loses_answer():
            raise LiveKitUnavailable(details="the twin did it and lost its answer, as it was told to")
