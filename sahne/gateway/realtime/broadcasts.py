"""Broadcasts over HTTP: `POST /realtime/v1/api/broadcast` and `…/api/broadcast/{topic}/events/{event}` (202, empty)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

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
from sahne.gateway.realtime.frames import PART_BYTES_MAX, BadFrame, BroadcastPush, encode_payload
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.limits import Limits
from sahne.gateway.realtime.private import Asking, Policies
from sahne.gateway.realtime.refusals import InvalidPersist
from sahne.gateway.realtime.stored import Shelf, read_persist
from sahne.gateway.realtime.tokens import Tokens
from sahne.gateway.realtime.topic import PREFIX, check_broadcast, meta_of
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

    def __init__(
        self, *, policies: Policies, shelf: Shelf, tokens: Tokens, places: Places, limits: Limits, hub: Hub
    ) -> None:
        self._policies = policies
        self._shelf = shelf
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
        if not self._may_carry(actor, request, body):
            return _too_many("bytes")
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
                writable[message.topic] = await self._may_write(self._asking(actor, message.topic, request))
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
        asking, payload = self._asking(actor, topic, request), await request.body() or b"{}"
        if not self._may_carry(actor, request, payload):
            return _too_many("bytes")
        try:
            seconds = read_persist(_persist_in(request.query_params), private=private)
            check_broadcast(PREFIX + topic, event, payload, is_json=is_json)
        except (InvalidPersist, BadFrame) as error:
            return JSONResponse({"error": error.message}, 422)
        if private and not await self._may_write(asking):
            return JSONResponse({"message": "Unauthorized"}, 403)
        meta = b""
        if seconds is not None:
            id = str(uuid4())
            message = BroadcastPush(topic=topic, event=event, payload=payload, is_json=is_json)
            await self._shelf.keep(asking, message, id, seconds)
            meta = meta_of(id)
        self._hub.broadcast(topic, event, payload, is_json=is_json, private=private, meta=meta)
        return Response(status_code=202)

    def _actor_of(self, request: Request) -> Actor:
        """The bearer, or the key. An opaque key as bearer means the key itself."""
        token = bearer_of(request.headers.get("authorization")) or request.headers.get("apikey")
        if not token:
            raise Unauthenticated()
        return self._tokens.actor(token)

    def _may_send(self, actor: Actor, request: Request, count: int) -> bool:
        return self._limits.may_send_over_http(actor, self._places.of(request.scope), count)

    def _may_carry(self, actor: Actor, request: Request, body: bytes) -> bool:
        return self._limits.may_carry_over_http(actor, self._places.of(request.scope), len(body))

    def _asking(self, actor: Actor, topic: str, request: Request) -> Asking:
        headers = {"user-agent": request.headers.get("user-agent", "")}
        return Asking(actor, topic, headers, self._places.of(request.scope))

    async def _may_write(self, asking: Asking) -> bool:
        return (await self._policies.rights(asking)).write_broadcast


def _weight(body: bytes) -> int:
    """How many messages a body counts as, however many it says it is."""
    return min(max(len(body) // HTTP_MESSAGE_BYTES, 1), HTTP_MESSAGES_AT_ONCE_MAX)


def _invalid(message: str) -> Response:
    return JSONResponse({"errors": [{"message": message}]}, 422)


def _too_many(what: str = "messages") -> Response:
    return JSONResponse({"error": f"Too many {what} per second"}, 429, {"retry-after": "1"})


def _persist_in(query: QueryParams) -> object:
    """`persist=true`, or `persist[ttl]=…` in seconds."""
    if (ttl := query.get("persist[ttl]")) is not None:
        return {"ttl": int(ttl) if ttl.isdecimal() and ttl.isascii() else ttl}
    return query.get("persist", "false") != "false"
