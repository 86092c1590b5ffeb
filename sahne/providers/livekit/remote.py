"""A real LiveKit server or cloud, over its RoomService API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sahne.live_servers import LiveServer
from sahne.providers.livekit.grants import ApiKey, Permission, is_camera, is_disguised, mint_token
from sahne.providers.livekit.room_service import NotThere, RoomService
from sahne.providers.livekit.rooms import (
    DEPARTURE_SECONDS,
    EMPTY_SECONDS,
    LiveKitUnavailable,
    Occupant,
    OpenRoom,
)
from sahne.providers.livekit.webhook import Event, is_counted, verified_event


class RemoteLiveKit:
    """One deployment, by its address and our key of it; webhooks may be signed with a key of before as well."""

    def __init__(self, url: str, key: str, secret: str, keys: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._api_key = ApiKey(key, secret)
        self._keys = keys or {key: secret}
        self._service = RoomService(url, self._api_key)

    @classmethod
    def of(cls, server: LiveServer) -> RemoteLiveKit:
        """As the settings name it."""
        return cls(server.url, server.key, server.secret, server.keys)

    @property
    def url(self) -> str:
        """As configured, with a WebSocket scheme."""
        return self._url.replace("http", "ws", 1) if self._url.startswith("http") else self._url

    def token(self, room: str, identity: str, name: str, permission: Permission) -> str:
        """Minted here; LiveKit is not asked."""
        return mint_token(self._api_key, room=room, identity=identity, name=name, permission=permission)

    def verify(self, body: bytes, authorization: str | None) -> Event:
        """By our key, or the one before it."""
        return verified_event(body, authorization, self._keys)

    async def create_room(self, room: str) -> OpenRoom:
        """CreateRoom; LiveKit answers with the open room when there is one."""
        asked = {"name": room, "empty_timeout": EMPTY_SECONDS, "departure_timeout": DEPARTURE_SECONDS}
        return _room(await self._service.call("CreateRoom", asked, roomCreate=True))

    async def delete_room(self, room: str) -> None:
        """DeleteRoom."""
        await self._done("DeleteRoom", {"room": room}, roomCreate=True)

    async def remove(self, room: str, identity: str) -> bool:
        """RemoveParticipant."""
        asked = {"room": room, "identity": identity}
        return await self._done("RemoveParticipant", asked, roomAdmin=True, room=room)

    async def set_permission(self, room: str, identity: str, permission: Permission) -> bool:
        """UpdateParticipant; what is sent replaces the old permission whole."""
        asked = {"room": room, "identity": identity, "permission": _as_told(permission)}
        return await self._done("UpdateParticipant", asked, roomAdmin=True, room=room)

    async def rooms(self) -> list[OpenRoom]:
        """ListRooms."""
        return await self._rooms({})

    async def occupants(self, room: str) -> list[Occupant]:
        """ListParticipants; those who are still connecting or already leaving are not there."""
        try:
            listed = await self._service.call("ListParticipants", {"room": room}, roomAdmin=True, room=room)
        except NotThere:
            return []
        except LiveKitUnavailable:
            # asked of the node that has the room: for a room nobody has, no node answers
            if await self._rooms({"names": [room]}):
                raise
            return []
        return [_occupant(person) for person in listed.get("participants") or () if person.get("state") == "ACTIVE"]

    async def _rooms(self, which: dict[str, list[str]]) -> list[OpenRoom]:
        listed = await self._service.call("ListRooms", which, roomList=True)
        return [_room(each) for each in listed.get("rooms") or ()]

    async def _done(self, method: str, asked: dict[str, Any], **allowed: object) -> bool:
        """Whether there was somebody or something to do it to."""
        try:
            await self._service.call(method, asked, **allowed)
        except NotThere:
            return False
        return True


def _room(told: dict[str, Any]) -> OpenRoom:
    milliseconds = int(told.get("creation_time_ms") or 0)  # servers before 1.8 tell whole seconds alone
    return OpenRoom(told["name"], told["sid"], milliseconds / 1000 or float(told.get("creation_time") or 0))


def _occupant(told: dict[str, Any]) -> Occupant:
    """Fields that are zero may be left out."""
    permission, tracks = told.get("permission") or {}, told.get("tracks") or ()
    return Occupant(
        sid=told["sid"],
        identity=told["identity"],
        counted=is_counted(told.get("kind"), permission.get("hidden")),
        permission=Permission.of_names(permission.get("can_publish"), permission.get("can_publish_sources") or ()),
        disguised=any(is_disguised(track.get("type"), track.get("source")) for track in tracks),
        cameras=frozenset(
            track["sid"]
            for track in tracks
            if is_camera(track.get("type"), track.get("source")) and not track.get("muted")
        ),
    )


def _as_told(permission: Permission) -> dict[str, object]:
    return {
        "can_subscribe": True,
        "can_publish": permission.can_publish,
        "can_publish_sources": [source.upper() for source in permission.sources],
        "can_publish_data": False,
        "can_update_metadata": False,
        "hidden": False,
    }
