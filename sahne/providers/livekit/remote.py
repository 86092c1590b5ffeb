"""A real LiveKit server or cloud, over its RoomService API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import aiohttp
from livekit import api
from livekit.protocol import models
from livekit.protocol.room import CreateRoomRequest

from sahne.providers.livekit.grants import ApiKey, Permission, Source, mint_token
from sahne.providers.livekit.rooms import (
    DEPARTURE_SECONDS,
    EMPTY_SECONDS,
    LiveKitUnavailable,
    Occupant,
    OpenRoom,
)
from sahne.providers.livekit.webhook import Event, verified_event

CALL_SECONDS_MAX = 2.5

T = TypeVar("T")
_SOURCES: dict[Source, models.TrackSource] = {
    "camera": models.TrackSource.CAMERA,
    "microphone": models.TrackSource.MICROPHONE,
    "screen_share": models.TrackSource.SCREEN_SHARE,
    "screen_share_audio": models.TrackSource.SCREEN_SHARE_AUDIO,
}
_NAMES: dict[int, str] = {number: source for source, number in _SOURCES.items()}


class RemoteLiveKit:
    """An adapter over `livekit-api`; open it with `async with` in the loop that uses it."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url = url
        self._api_key = ApiKey(key, secret)
        self._api: api.LiveKitAPI | None = None

    async def __aenter__(self) -> RemoteLiveKit:
        self._api = api.LiveKitAPI(self._url, self._api_key.key, self._api_key.secret)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._api:
            await self._api.aclose()

    @property
    def url(self) -> str:
        """As configured, with a WebSocket scheme."""
        return self._url.replace("http", "ws", 1) if self._url.startswith("http") else self._url

    def token(self, room: str, identity: str, name: str, permission: Permission) -> str:
        """Minted here; LiveKit is not asked."""
        return mint_token(self._api_key, room=room, identity=identity, name=name, permission=permission)

    def verify(self, body: bytes, authorization: str | None) -> Event:
        """By our one key."""
        return verified_event(body, authorization, {self._api_key.key: self._api_key.secret})

    async def create_room(self, room: str) -> OpenRoom:
        """CreateRoom; LiveKit answers with the open room when there is one."""
        opened = await _bounded(
            self._service.create_room(
                CreateRoomRequest(name=room, empty_timeout=EMPTY_SECONDS, departure_timeout=DEPARTURE_SECONDS)
            )
        )
        return OpenRoom(opened.name, opened.sid)

    async def delete_room(self, room: str) -> None:
        """DeleteRoom."""
        await _unless_gone(self._service.delete_room(api.DeleteRoomRequest(room=room)))

    async def remove(self, room: str, identity: str) -> bool:
        """RemoveParticipant."""
        request = api.RoomParticipantIdentity(room=room, identity=identity)
        return await _unless_gone(self._service.remove_participant(request)) is not None

    async def set_permission(self, room: str, identity: str, permission: Permission) -> bool:
        """UpdateParticipant; what is sent replaces the old permission whole."""
        request = api.UpdateParticipantRequest(room=room, identity=identity, permission=_permission(permission))
        return await _unless_gone(self._service.update_participant(request)) is not None

    async def rooms(self) -> list[OpenRoom]:
        """ListRooms."""
        listed = await _bounded(self._service.list_rooms(api.ListRoomsRequest()))
        return [OpenRoom(room.name, room.sid) for room in listed.rooms]

    async def occupants(self, room: str) -> list[Occupant]:
        """ListParticipants; those who are still connecting or already leaving are not there."""
        try:
            listed = await _unless_gone(self._service.list_participants(api.ListParticipantsRequest(room=room)))
        except LiveKitUnavailable:
            # asked of the node that has the room: for a room nobody has, no node answers
            if await self._is_open(room):
                raise
            return []
        return [
            Occupant(person.sid, person.identity, _is_counted(person), _permission_of(person.permission))
            for person in (listed.participants if listed else ())
            if person.state == models.ParticipantInfo.State.ACTIVE
        ]

    async def _is_open(self, room: str) -> bool:
        return bool((await _bounded(self._service.list_rooms(api.ListRoomsRequest(names=[room])))).rooms)

    @property
    def _service(self) -> api.room_service.RoomService:
        if self._api is None:
            raise RuntimeError("RemoteLiveKit is used before it is opened")
        return self._api.room


def _is_counted(person: models.ParticipantInfo) -> bool:
    return person.kind == models.ParticipantInfo.Kind.STANDARD and not person.permission.hidden


def _permission_of(permission: models.ParticipantPermission) -> Permission:
    names = (_NAMES.get(source, "unknown") for source in permission.can_publish_sources)
    return Permission.of_names(permission.can_publish, names)


def _permission(permission: Permission) -> models.ParticipantPermission:
    return models.ParticipantPermission(
        can_subscribe=True,
        can_publish=permission.can_publish,
        can_publish_sources=[_SOURCES[source] for source in permission.sources],
        can_publish_data=False,
        can_update_metadata=False,
        hidden=False,
    )


async def _unless_gone(call: Awaitable[T]) -> T | None:
    try:
        return await _bounded(call)
    except _NotThere:
        return None


async def _bounded(call: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(CALL_SECONDS_MAX):  # the client passes its session's limit over
            return await call
    except api.TwirpError as error:
        if error.code == api.TwirpErrorCode.NOT_FOUND:
            raise _NotThere() from error
        raise LiveKitUnavailable(details=f"LiveKit answered {error.status} {error.code}") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise LiveKitUnavailable(details=type(error).__name__) from error


class _NotThere(LiveKitUnavailable):
    """LiveKit knows no such room or participant."""
