"""Broadcasts over HTTP: `POST /realtime/v1/api/broadcast` and `…/api/broadcast/{topic}/events/{event}` (202, empty)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sahne.database.actor import SERVICE_ROLE, Actor
from sahne.errors import Unauthenticated
from sahne.gateway.bearer import bearer_of
from sahne.gateway.callers import Places
from sahne.gateway.realtime.bounds import (
    HTTP_MESSAGE_BYTES,
    HTTP_MESSAGES_AT_ONCE_MAX,
    PRIVATE_TOPICS_PER_REQUEST_MAX,
    TOPIC_CHARACTERS_MAX,
)
from sahne.gateway.realtime.frames import PART_BYTES_MAX, BadFrame, encode_payload
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.limits import Limits
from sahne.gateway.realtime.private import Policies
from sahne.gateway.realtime.refusals import NOT_STORED
from sahne.gateway.realtime.tokens import Tokens
from sahne.wrong_values import in_our_words

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

    messages: Annotated[list[Message], Field(max_length=HTTP_MESSAGES_AT_ONCE_MAX)]


class Broadcasts:
    """What comes over HTTP for those who are connected."""

    def __init__(self, *, policies: Policies, tokens: Tokens, places: Places, limits: Limits, hub: Hub) -> None:
        self._policies = policies
        self._tokens = tokens
        self._hub = hub
        self._places = places
        self._limits = limits

    async def send_batch(self, request: Request) -> Response:
        """`{"messages": [{topic, event, payload, private?}]}`; what the caller may not send is skipped in silence."""
        actor = self._actor_of(request)
        body = await request.body()
        weight = _weight(body)
        if not self._may_send(actor, request, weight):  # before it is read, which is what a large one costs
            return _too_many()
        try:
            messages = Messages.model_validate_json(body).messages
        except ValidationError as error:
            problems = [{"at": list(one["loc"]), "message": in_our_words(one)} for one in error.errors()]
            return JSONResponse({"errors": problems}, 422)
        if len(messages) > weight and not self._may_send(actor, request, len(messages) - weight):
            return _too_many()
        if any(len(message.event.encode()) > PART_BYTES_MAX for message in messages):
            return _invalid(f"an event is at most {PART_BYTES_MAX} bytes")
        private_topics = {message.topic for message in messages if message.private}
        if len(private_topics) > PRIVATE_TOPICS_PER_REQUEST_MAX and actor.role != SERVICE_ROLE:
            return _invalid(f"at most {PRIVATE_TOPICS_PER_REQUEST_MAX} private topics")  # each is asked of the database
        writable: dict[str, bool] = {}
        for message in messages:
            if message.private and message.topic not in writable:
                writable[message.topic] = await self._may_write(actor, message.topic, request)
            if not message.private or writable[message.topic]:
                try:
                    payload = encode_payload(message.payload)
                except BadFrame as error:
                    return _invalid(error.message)
                self._hub.broadcast(message.topic, message.event, payload, is_json=True, private=message.private)
        return Response(status_code=202)

    async def send_event(self, request: Request) -> Response:
        """One message: topic and event are in the path, the payload is the body, bytes or JSON."""
        actor = self._actor_of(request)
        topic, event = request.path_params["topic"], request.path_params["event"]
        private = request.query_params.get("private") == "true"
        is_json = not request.headers.get("content-type", "").startswith("application/octet-stream")
        if not self._may_send(actor, request, 1):
            return _too_many()
        if _asks_to_persist(request.query_params):
            return JSONResponse({"error": NOT_STORED}, 422)
        if private and not await self._may_write(actor, topic, request):
            return JSONResponse({"message": "Unauthorized"}, 403)
        try:
            payload = await request.body()
            self._hub.broadcast(topic, event, payload or b"{}", is_json=is_json, private=private)
        except BadFrame as error:
            return JSONResponse({"error": error.message}, 422)
        return Response(status_code=202)

    def _actor_of(self, request: Request) -> Actor:
        """The bearer, or the key. An opaque key as bearer means the key itself."""
        token = bearer_of(request.headers.get("authorization")) or request.headers.get("apikey")
        if not token:
            raise Unauthenticated()
        return self._tokens.actor(token)

    def _may_send(self, actor: Actor, request: Request, count: int) -> bool:
        return self._limits.may_send_over_http(actor, self._places.of(request.scope), count)

    async def _may_write(self, actor: Actor, topic: str, request: Request) -> bool:
        headers = {"user-agent": request.headers.get("user-agent", "")}
        place = self._places.of(request.scope)
        return (await self._policies.rights(actor, topic, headers, place)).write_broadcast


def _weight(body: bytes) -> int:
    """How many messages a body counts as, however many it says it is."""
    return min(max(len(body) // HTTP_MESSAGE_BYTES, 1), HTTP_MESSAGES_AT_ONCE_MAX)


def _invalid(message: str) -> Response:
    return JSONResponse({"errors": [{"message": message}]}, 422)


def _too_many() -> Response:
    return JSONResponse({"error": "Too many messages per second"}, 429, {"retry-after": "1"})


def _asks_to_persist(query: QueryParams) -> bool:
    """`persist=true`, or `persist[ttl]=…`."""
    return any(
        name.startswith("persist[") or (name == "persist" and value != "false") for name, value in query.multi_items()
    )
