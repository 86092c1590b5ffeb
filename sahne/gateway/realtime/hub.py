"""Everything the sockets share: the topics, the change feed, the joins, and one flush of all queues a loop tick."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import orjson

from sahne.changes.feed import Delivery, Feed, StoredMessage
from sahne.changes.judge import ProbingJudge
from sahne.changes.past import TemporaryTables
from sahne.database.actor import Actor
from sahne.errors import TooManyRequests, Unauthenticated
from sahne.gateway.bearer import Verifier
from sahne.gateway.parts import Parts
from sahne.gateway.realtime import postgres_changes
from sahne.gateway.realtime.bounds import TOPIC_CHARACTERS_MAX, Bounds, bounds_of
from sahne.gateway.realtime.channel import POSTGRES_CHANGES, Channel
from sahne.gateway.realtime.client import Client
from sahne.gateway.realtime.frames import BadFrame, Push, Version, encode_text
from sahne.gateway.realtime.handshake import read_handshake
from sahne.gateway.realtime.joining import Config, read_config
from sahne.gateway.realtime.private import ALL_RIGHTS, Rights, rights_to
from sahne.gateway.realtime.rate import Rate
from sahne.gateway.realtime.refusals import (
    ChannelUnauthorized,
    TooManyChannels,
    TooManyJoins,
    TopicNameRequired,
    refusal_of,
)
from sahne.gateway.realtime.socket import Socket
from sahne.gateway.realtime.topic import Topic, broadcast_body

PREFIX = "realtime:"
EXPIRY_ROUNDING_SECONDS = 0.5  # a token's end is a whole second; a timer may be a moment early
EXPIRY_WAIT_SECONDS_MAX = 20 * 86_400  # then it is looked at again


class Hub:
    """One per process. It listens to the feed and owns what the clients meet in."""

    def __init__(self, parts: Parts, bounds: Bounds) -> None:
        self.bounds = bounds
        self.verifier: Verifier = parts.verifier
        self.database = parts.database
        self._judge = ProbingJudge(parts.settings.direct_authenticator_url)
        self._past = TemporaryTables(parts.settings.direct_database_url)
        self.feed = Feed(self.database, parts.settings.direct_database_url, self._judge, self, self._past)
        self._clients: set[Client] = set()
        self._topics: dict[tuple[str, bool], Topic] = {}
        self._joins = Rate(bounds.joins_per_second_max)
        self._to_flush: list[Socket] = []
        self._awaiting_stream: set[Channel] = set()

    async def close(self) -> None:
        """Stop listening and hang up on the database."""
        await self.feed.close()
        await self._judge.close()
        await self._past.close()

    # sockets

    def admit(self, path: str, headers: dict[str, str]) -> Socket:
        """A socket for an upgrade request.

        Raises:
            SahneError: what `read_handshake` refuses, and TooManyRequests when the house is full.
        """
        visit = read_handshake(path, headers, self.verifier)
        if len(self._clients) >= self.bounds.sockets_max:
            raise TooManyRequests("Too many connected users")
        socket = Socket(self.bounds.frame_bytes_max, self.bounds.queue_bytes_max, self._wants_flush)
        client = Client(self, socket, visit)
        socket.visitor = client
        self._clients.add(client)
        return socket

    def forget(self, client: Client) -> None:
        """The client is gone."""
        self._clients.discard(client)

    def _wants_flush(self, socket: Socket) -> None:
        if not self._to_flush:
            asyncio.get_running_loop().call_soon(self._flush)
        self._to_flush.append(socket)

    def _flush(self) -> None:
        sockets, self._to_flush = self._to_flush, []
        for socket in sockets:
            socket.flush()

    # channels

    async def join(self, client: Client, push: Push) -> None:
        """Join a topic.

        Raises:
            ChannelRefusal: what the client is answered with.
        """
        config = read_config(push.payload)
        self._check_join(client, push.topic)
        actor = self._actor_of(client, config.token)
        name = push.topic.removeprefix(PREFIX)
        rights = await self._rights(client, actor, name, config)
        topic = self._topics.get((push.topic, config.private)) or Topic(push.topic)
        channel = Channel(client, topic, push.join_ref or push.ref, config, actor, config.token, rights)
        complaints = await postgres_changes.subscribe(channel, self.feed, self.database) if config.asked else []
        if (before := client.channels.get(push.topic)) is not None:
            self.remove(before)
            before.push("phx_close", b"{}", ref=before.join_ref)
        channel.topic = self._topics.setdefault((push.topic, config.private), topic)
        channel.topic.members[channel] = None
        client.channels[push.topic] = channel
        self._watch_expiry(channel)
        channel.reply(push.ref, {POSTGRES_CHANGES: [{**asked.item, "id": asked.id} for asked in config.asked]})
        channel.send_presence_state()
        if config.asked:
            self._announce(channel, complaints)
        if config.replication_ready:
            channel.system("ok", "Replication connection established")

    def remove(self, channel: Channel) -> None:
        """The channel leaves its topic; nothing is sent to it any more."""
        channel.cancel_expiry()
        postgres_changes.unsubscribe(channel, self.feed)
        self._awaiting_stream.discard(channel)
        channel.topic.members.pop(channel, None)
        self.untrack(channel)
        if channel.client.channels.get(channel.topic.name) is channel:
            del channel.client.channels[channel.topic.name]
        key = (channel.topic.name, channel.config.private)
        if not channel.topic.members and self._topics.get(key) is channel.topic:
            del self._topics[key]

    def untrack(self, channel: Channel) -> None:
        """The channel's presence ends."""
        difference = channel.topic.presence.untrack(id(channel))
        if difference is not None:
            channel.topic.present(difference)

    def end(self, channel: Channel, why: str) -> None:
        """Close a channel from our side."""
        channel.system("error", why)
        channel.push("phx_close", b"{}", ref=channel.join_ref)
        self.remove(channel)

    async def become(self, channel: Channel, actor: Actor, token: str) -> None:
        """The channel goes on as `actor`: rights are asked again, subscriptions made again."""
        rights = await self._rights_or_none(channel.client, actor, channel.name, channel.config)
        if rights is None:
            self.end(channel, f"You no longer have permission to read from this Channel topic: {channel.name}")
            return
        channel.actor, channel.token, channel.rights = actor, token, rights
        self._watch_expiry(channel)
        if channel.config.asked:
            await postgres_changes.subscribe(channel, self.feed, self.database)

    def _check_join(self, client: Client, topic: str) -> None:
        if not topic.startswith(PREFIX) or not 0 < len(topic) - len(PREFIX) <= TOPIC_CHARACTERS_MAX:
            raise TopicNameRequired()
        if topic not in client.channels and len(client.channels) >= self.bounds.channels_per_socket_max:
            raise TooManyChannels()
        if not self._joins.take():
            raise TooManyJoins()

    def _actor_of(self, client: Client, token: str | None) -> Actor:
        if token is None or token.startswith("sb_"):
            return client.actor
        try:
            return self.verifier.actor(token)
        except Unauthenticated as error:
            raise refusal_of(error, token) from error

    async def _rights(self, client: Client, actor: Actor, name: str, config: Config) -> Rights:
        rights = await self._rights_or_none(client, actor, name, config)
        if rights is None:
            raise ChannelUnauthorized.to_read(name)
        return rights

    async def _rights_or_none(self, client: Client, actor: Actor, name: str, config: Config) -> Rights | None:
        if not config.private:
            return ALL_RIGHTS
        rights = await rights_to(self.database, actor, name, client.headers)
        return rights if rights.read_broadcast or rights.read_presence else None

    def _watch_expiry(self, channel: Channel) -> None:
        channel.cancel_expiry()
        if channel.actor.expires_at is not None:
            seconds = max(channel.actor.expires_at - time.time(), 0) + EXPIRY_ROUNDING_SECONDS
            channel.expiry = asyncio.get_running_loop().call_later(
                min(seconds, EXPIRY_WAIT_SECONDS_MAX), self._expire, channel
            )

    def _expire(self, channel: Channel) -> None:
        ago = int(time.time()) - (channel.actor.expires_at or 0)
        if ago < 0:
            self._watch_expiry(channel)
        else:
            self.end(channel, f"Token has expired {ago} seconds ago")

    def _announce(self, channel: Channel, complaints: list[str]) -> None:
        if self.feed.streaming or complaints:
            postgres_changes.announce(channel, complaints)
        else:
            self._awaiting_stream.add(channel)

    # broadcasts from elsewhere

    def broadcast(self, topic: str, event: str, payload: bytes, *, is_json: bool, private: bool) -> None:
        """A broadcast that came over HTTP; `topic` is without `realtime:`."""
        found = self._topics.get((PREFIX + topic, private))
        if found is not None:
            found.broadcast_user(event, payload, is_json=is_json)

    # the feed

    def deliver(self, delivery: Delivery) -> None:
        """See `Listener`: one frame for each serializer, topic and set of ids, however many get it."""
        frames: dict[tuple[Version, str, tuple[int, ...]], bytes] = {}
        for channel, ids in delivery.audience.items():
            assert isinstance(channel, Channel)
            key = (channel.client.version, channel.topic.name, tuple(ids))
            if key not in frames:
                body = b'{"ids":' + orjson.dumps(ids) + b',"data":' + delivery.data + b"}"
                frames[key] = encode_text(key[0], key[1], POSTGRES_CHANGES, body)
            channel.deliver_change(frames[key])

    def broadcast_stored(self, message: StoredMessage) -> None:
        """See `Listener`."""
        row = message.row
        topic = self._topics.get((f"{PREFIX}{row.get('topic')}", row.get("private") == "t"))
        if topic is None or row.get("extension") != "broadcast":
            return
        event, meta = row.get("event") or "", orjson.dumps({"id": row.get("id")})
        binary = row.get("binary_payload")
        if binary is not None:
            try:
                topic.broadcast_user(event, bytes.fromhex(binary[2:]), is_json=False, meta=meta)
            except BadFrame:  # its event is longer than the form allows
                return
        else:
            topic.broadcast(broadcast_body(event, (row.get("payload") or "{}").encode(), meta))

    def stream_started(self) -> None:
        """See `Listener`."""
        waiting, self._awaiting_stream = self._awaiting_stream, set()
        for channel in waiting:
            postgres_changes.announce(channel, [])

    def stream_resumed(self, lost_at: datetime) -> None:
        """See `Listener`."""
        for channel in self.feed.subscriptions.receivers():
            assert isinstance(channel, Channel)
            message = (
                f"The connection to PostgreSQL was lost: changes since {lost_at:%Y-%m-%dT%H:%M:%SZ} may be missing"
            )
            channel.system("error", message, POSTGRES_CHANGES)
            postgres_changes.announce(channel, [])


@asynccontextmanager
async def opened_hub(parts: Parts) -> AsyncIterator[Hub]:
    """The hub with its feed running."""
    hub = Hub(parts, bounds_of(parts.settings))
    hub.feed.open()
    try:
        yield hub
    finally:
        await hub.close()
