"""One connected client: its messages in their order, its channels, its rates.

What needs the database (a join, a new token) runs as one task; what arrives meanwhile waits behind it, bounded, so
that a client's messages are never overtaken. Everything else is answered at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from uuid import uuid4

import orjson
from picows import WSCloseCode

from sahne.gateway.realtime.bounds import BACKLOG_MESSAGES_MAX, NAME_CHARACTERS_SHOWN, PAYLOAD_TRACKED_BYTES_MAX
from sahne.gateway.realtime.channel import Channel
from sahne.gateway.realtime.frames import (
    BadFrame,
    BroadcastPush,
    Push,
    Ref,
    decode_binary,
    decode_text,
    encode_payload,
    encode_text,
)
from sahne.gateway.realtime.handshake import Visit
from sahne.gateway.realtime.joining import token_in
from sahne.gateway.realtime.joins import Joins
from sahne.gateway.realtime.limits import Limits
from sahne.gateway.realtime.presence import NotAMap, PresenceFull
from sahne.gateway.realtime.refusals import (
    PERSIST_NEEDS_BINARY,
    ChannelRefusal,
    InvalidPersist,
)
from sahne.gateway.realtime.socket import Socket
from sahne.gateway.realtime.stored import read_persist
from sahne.gateway.realtime.topic import meta_of
from sahne.telemetry import Failed, observe

OK = b'{"status":"ok","response":{}}'


class Client:
    """Reads pushes and answers them. `forget` is told when it is gone."""

    def __init__(
        self, joins: Joins, socket: Socket, visit: Visit, limits: Limits, forget: Callable[[Client], None]
    ) -> None:
        self.visit = visit
        self.version = visit.version
        self.channels: dict[str, Channel] = {}
        self.send = socket.send
        self._joins = joins
        self._socket = socket
        self._forget = forget
        self._shared = limits
        self.limits = limits.of_socket(visit.place)
        self._backlog: deque[tuple[Push | BroadcastPush, int]] = deque()
        self._backlog_bytes = 0
        self._working: asyncio.Task[None] | None = None

    def received(self, data: bytes, *, is_text: bool) -> None:
        """See `Visitor`."""
        try:
            push = decode_text(self.version, data) if is_text else decode_binary(data)
        except BadFrame as error:
            self._socket.close(WSCloseCode.POLICY_VIOLATION, f"{error.message} {error.hint or ''}".strip())
            return
        if self._working is None:
            self._handle(push)
        else:
            self._wait(push, len(data))

    def _wait(self, push: Push | BroadcastPush, size: int) -> None:
        bytes_max = self._shared.bounds.queue_bytes_max
        if len(self._backlog) >= BACKLOG_MESSAGES_MAX:
            self._socket.close(WSCloseCode.POLICY_VIOLATION, f"more than {BACKLOG_MESSAGES_MAX} messages were waiting")
        elif self._backlog_bytes + size > bytes_max:
            self._socket.close(WSCloseCode.POLICY_VIOLATION, f"more than {bytes_max} bytes of messages were waiting")
        else:
            self._backlog.append((push, size))
            self._keep_backlog(self._backlog_bytes + size)

    def _keep_backlog(self, size: int) -> None:
        self._backlog_bytes = size
        self._socket.keep_backlog(size)

    def left(self) -> None:
        """See `Visitor`."""
        if self._working is not None:
            self._working.cancel()
        self._backlog.clear()
        try:
            for channel in list(self.channels.values()):
                self._joins.leave(channel)
        finally:  # whatever it was: who is not there takes no place
            self._forget(self)

    def _handle(self, push: Push | BroadcastPush) -> None:
        channel = self.channels.get(push.topic)
        if isinstance(push, BroadcastPush):
            self._handle_binary(channel, push)
        elif push.topic == "phoenix":
            self._socket.send_at_once(self._reply(push, OK))
        elif push.event == "phx_join":
            self._work(partial(self._joins.join, self, push), push)
        elif channel is None or (push.join_ref is not None and push.join_ref != channel.join_ref):
            self._answer(push, "error", {"reason": "unmatched topic"})
        elif push.event == "access_token":
            self._work(partial(self._renew, channel, push.payload), push)
        elif push.event == "phx_leave":
            self._leave(channel, push)
        elif push.event == "broadcast":
            self._broadcast(channel, push)
        elif push.event == "presence":
            self._presence(channel, push)
        else:
            self._answer(push, "error", {"reason": f"unknown event {push.event[:NAME_CHARACTERS_SHOWN]}"})

    def _answer(self, push: Push | BroadcastPush, status: str, response: Any = None) -> None:
        self.send(self._reply(push, orjson.dumps({"status": status, "response": response or {}})))

    def _reply(self, push: Push | BroadcastPush, body: bytes) -> bytes:
        return encode_text(self.version, push.topic, "phx_reply", body, ref=push.ref, join_ref=push.join_ref)

    # what needs the database

    def _work(self, work: Callable[[], Coroutine[Any, Any, None]], push: Push | BroadcastPush) -> None:
        self._working = asyncio.create_task(self._run(work, push))

    async def _run(self, work: Callable[[], Coroutine[Any, Any, None]], push: Push | BroadcastPush) -> None:
        try:
            await work()
        except ChannelRefusal as refusal:
            self._answer(push, "error", {"reason": refusal.reason})
        except Exception as error:
            observe(Failed.of(f"realtime {push.event if isinstance(push, Push) else 'broadcast'}", error))
            self._answer(push, "error", {"reason": "Unknown Error on Channel"})
        self._working = None
        while self._backlog and self._working is None:
            waited, size = self._backlog.popleft()
            self._keep_backlog(self._backlog_bytes - size)
            self._handle(waited)

    async def _renew(self, channel: Channel, payload: object) -> None:
        """A new token for a channel; none, the same, or an opaque key changes nothing.

        Raises:
            MalformedJwt: what stands in its place is no text.
        """
        token = token_in(payload)
        if token is None or token == channel.token or token.startswith("sb_"):
            return
        await self._joins.renew(channel, token)

    # what does not

    def _leave(self, channel: Channel, push: Push) -> None:
        self._joins.leave(channel)
        self._answer(push, "ok")
        channel.say_closed()

    def _broadcast(self, channel: Channel, push: Push) -> None:
        if self._too_many(channel):
            return
        if isinstance(push.payload, dict) and push.payload.get("persist"):
            _refuse_persist(channel, push.ref, PERSIST_NEEDS_BINARY)
        elif channel.rights.write_broadcast:
            try:
                body = encode_payload(push.payload)
            except BadFrame as error:
                channel.reply(push.ref, {"reason": error.message}, status="error")
                return
            if self._too_large(channel, len(body)):
                return
            channel.topic.broadcast(body, sender=channel)
            if channel.config.ack:
                channel.reply(push.ref)

    def _handle_binary(self, channel: Channel | None, push: BroadcastPush) -> None:
        if channel is None:
            self._answer(push, "error", {"reason": "unmatched topic"})
            return
        if self._too_many(channel):
            return
        try:
            seconds = read_persist(push.persist, private=channel.config.private)
        except InvalidPersist as error:
            _refuse_persist(channel, push.ref, error.message)
            return
        if channel.rights.write_broadcast and not self._too_large(channel, len(push.payload)):
            if seconds is None:
                self._broadcast_user(channel, push)
            else:
                self._work(partial(self._keep_and_broadcast, channel, push, seconds), push)

    def _broadcast_user(self, channel: Channel, push: BroadcastPush) -> None:
        if self._send_to_all(channel, push) and channel.config.ack:
            channel.reply(push.ref)

    async def _keep_and_broadcast(self, channel: Channel, push: BroadcastPush, seconds: int) -> None:
        """It is kept first: who joins in between has it from there. The id in the acknowledgement says that it was."""
        id = str(uuid4())
        kept = await self._joins.keep(channel, push, id, seconds)
        if self._send_to_all(channel, push, meta_of(id)) and channel.config.ack:
            channel.reply(push.ref, {"id": id} if kept else None)

    def _send_to_all(self, channel: Channel, push: BroadcastPush, meta: bytes = b"") -> bool:
        """Whether it could be sent; what is wrong with it is told."""
        try:
            channel.topic.broadcast_user(push.event, push.payload, is_json=push.is_json, sender=channel, meta=meta)
        except BadFrame as error:
            channel.reply(push.ref, {"reason": error.message}, status="error")
            return False
        return True

    def _presence(self, channel: Channel, push: Push) -> None:
        if self._too_many(channel):
            return
        if not self.limits.presences.take():
            self._joins.end(channel, "Too many presence messages per second")
            return
        body = push.payload if isinstance(push.payload, dict) else {}
        event = body.get("event")
        kind = event.lower() if isinstance(event, str) else ""
        if not channel.rights.write_presence:
            channel.reply(push.ref)
        elif kind == "track":
            self._track(channel, push, body.get("payload"))
        elif kind == "untrack":
            channel.topic.untrack(channel)
            channel.reply(push.ref)
        else:
            reason = f"unknown presence event {kind[:NAME_CHARACTERS_SHOWN]}".rstrip()
            channel.reply(push.ref, {"reason": reason}, status="error")

    def _track(self, channel: Channel, push: Push, payload: object) -> None:
        try:
            size = len(encode_payload(payload))
        except BadFrame as error:
            channel.reply(push.ref, {"reason": error.message}, status="error")
            return
        if size > PAYLOAD_TRACKED_BYTES_MAX:
            self._joins.end(channel, "Track message size exceeded")
            return
        if self._too_large(channel, size):
            return
        if not channel.presence_enabled:
            channel.presence_enabled = True
            channel.send_presence_state()
        try:
            difference = channel.topic.presence.track(id(channel), channel.presence_key, payload, size)
        except (NotAMap, PresenceFull) as error:
            channel.reply(push.ref, {"reason": error.message}, status="error")
            return
        channel.reply(push.ref)
        if difference is not None:
            channel.topic.present(difference)

    def _too_many(self, channel: Channel) -> bool:
        if self._shared.may_send(self.limits):
            return False
        self._joins.end(channel, "Too many messages per second")
        return True

    def _too_large(self, channel: Channel, size: int) -> bool:
        if self._shared.may_carry(self.limits, size):
            return False
        self._joins.end(channel, "Too many bytes per second")
        return True


def _refuse_persist(channel: Channel, ref: Ref, why: str) -> None:
    """Whoever wants a message stored must not take it for stored; `error` is where the client looks for it."""
    channel.reply(ref, {"error": why, "reason": why}, status="error")
