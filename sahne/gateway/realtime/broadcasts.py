"""Broadcasts over HTTP: `POST /realtime/v1/api/broadcast` and `…/api/broadcast/{topic}/events/{event}` (202, empty)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.database.actor import Actor
from sahne.errors import Unauthenticated
from sahne.gateway.bearer import bearer_of
from sahne.gateway.parts import Parts
from sahne.gateway.realtime.bounds import HTTP_MESSAGES_PER_SECOND_MAX, TOPIC_CHARACTERS_MAX
from sahne.gateway.realtime.frames import PART_BYTES_MAX, BadFrame, written
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.private import rights_to
from sahne.gateway.realtime.rate import Rate

MESSAGES_PER_REQUEST_MAX = 1_000
Name = Annotated[str, StringConstraints(min_length=1, max_length=TOPIC_CHARACTERS_MAX)]


class Message(BaseModel):
    """One broadcast."""

    model_config = ConfigDict(extra="ignore")
    topic: Name
    event: Name
    payload: dict[str, Any] | list[Any]
    private: bool = False


class Messages(BaseModel):
    """The body of a batch."""

    messages: Annotated[list[Message], Field(max_length=MESSAGES_PER_REQUEST_MAX)]


class Broadcasts:
    """What comes over HTTP for those who are connected; all callers together have one rate."""

    def __init__(self, parts: Parts, hub: Hub) -> None:
        self._parts = parts
        self._hub = hub
        self._rate = Rate(HTTP_MESSAGES_PER_SECOND_MAX)

    async def send_batch(self, request: Request) -> Response:
        """`{"messages": [{topic, event, payload, private?}]}`; what the caller may not send is skipped in silence."""
        actor = _actor_of(request, self._parts)
        try:
            messages = Messages.model_validate_json(await request.body()).messages
        except ValidationError as error:
            problems = [{"at": list(one["loc"]), "message": one["msg"]} for one in error.errors()]
            return JSONResponse({"errors": problems}, 422)
        if not self._rate.take(len(messages)):
            return _too_many()
        if any(len(message.event.encode()) > PART_BYTES_MAX for message in messages):
            return JSONResponse({"errors": [{"message": f"an event is at most {PART_BYTES_MAX} bytes"}]}, 422)
        writable: dict[str, bool] = {}
        for message in messages:
            if message.private and message.topic not in writable:
                writable[message.topic] = await self._may_write(actor, message.topic, request)
            if not message.private or writable[message.topic]:
                try:
                    payload = written(message.payload)
                except BadFrame as error:
                    return JSONResponse({"errors": [{"message": error.message}]}, 422)
                self._hub.broadcast(message.topic, message.event, payload, is_json=True, private=message.private)
        return Response(status_code=202)

    async def send_event(self, request: Request) -> Response:
        """One message: topic and event are in the path, the payload is the body, bytes or JSON."""
        actor = _actor_of(request, self._parts)
        topic, event = request.path_params["topic"], request.path_params["event"]
        private = request.query_params.get("private") == "true"
        is_json = not request.headers.get("content-type", "").startswith("application/octet-stream")
        if not self._rate.take():
            return _too_many()
        if private and not await self._may_write(actor, topic, request):
            return JSONResponse({"message": "Unauthorized"}, 403)
        try:
            payload = await request.body()
            self._hub.broadcast(topic, event, payload or b"{}", is_json=is_json, private=private)
        except BadFrame as error:
            return JSONResponse({"error": error.message}, 422)
        return Response(status_code=202)

    async def _may_write(self, actor: Actor, topic: str, request: Request) -> bool:
        headers = {"user-agent": request.headers.get("user-agent", "")}
        return (await rights_to(self._parts.database, actor, topic, headers)).write_broadcast


def _actor_of(request: Request, parts: Parts) -> Actor:
    """The bearer, or the key. An opaque key as bearer means the key itself."""
    token = bearer_of(request.headers.get("authorization")) or request.headers.get("apikey")
    if not token:
        raise Unauthenticated()
    return parts.verifier.actor(token)


def _too_many() -> Response:
    return JSONResponse({"error": "Too many messages per second"}, 429, {"retry-after": "1"})
