"""How a client comes into a topic and out of it: join → (another token …) → leave, or the end of its token."""

from __future__ import annotations

import asyncio
import time

from sahne.changes.feed import Feed
from sahne.database.actor import Actor
from sahne.errors import Unauthenticated
from sahne.gateway.development_keys import RefusedOnPage
from sahne.gateway.realtime import postgres_changes
from sahne.gateway.realtime.bounds import TOPIC_CHARACTERS_MAX
from sahne.gateway.realtime.channel import POSTGRES_CHANGES, Caller, Channel
from sahne.gateway.realtime.frames import BroadcastPush, Push, Ref
from sahne.gateway.realtime.held import Held
from sahne.gateway.realtime.hub import Hub
from sahne.gateway.realtime.joining import Config, read_config
from sahne.gateway.realtime.limits import Limits
from sahne.gateway.realtime.missed import NOTHING, Missed, MissedReader
from sahne.gateway.realtime.postgres_changes import Complaint
from sahne.gateway.realtime.private import ALL_RIGHTS, Asking, Policies, Rights
from sahne.gateway.realtime.refusals import (
    ChangesLate,
    ChangesUnavailable,
    ChannelUnauthorized,
    TooManyChannels,
    TooManyJoins,
    TooManyViewers,
    TopicNameRequired,
    UnableToReplay,
)
from sahne.gateway.realtime.stored import Replay, read_replay
from sahne.gateway.realtime.tokens import Tokens, refusal_of
from sahne.gateway.realtime.topic import PREFIX

EXPIRY_ROUNDING_SECONDS = 0.5  # a token's end is a whole second; a timer may be a moment early
EXPIRY_WAIT_SECONDS_MAX = 20 * 86_400  # then it is looked at again


class Joins:
    """One per process: what all clients join through."""

    def __init__(
        self,
        *,
        hub: Hub,
        feed: Feed,
        policies: Policies,
        tokens: Tokens,
        limits: Limits,
        missed: MissedReader,
    ) -> None:
        self._hub = hub
        self._feed = feed
        self._policies = policies
        self._tokens = tokens
        self._limits = limits
        self._missed = missed

    async def join(self, caller: Caller, push: Push) -> None:
        """Join a topic; a second join of one topic takes the place of the first.

        Raises:
            ChannelRefusal: what the client is answered with.
        """
        config = read_config(push.payload)
        self._check(caller, push.topic)
        actor = self._actor_of(caller, config.token)
        if not self._limits.may_join(caller.limits, actor.role):
            raise TooManyJoins()
        rights = await self._rights(caller, actor, push.topic.removeprefix(PREFIX), config)
        replay = read_replay(config.replay, private=config.private)
        channel = Channel(
            line=caller,
            topic=self._hub.topic(push.topic, private=config.private),
            join_ref=push.ref if push.join_ref is None else push.join_ref,
            config=config,
            actor=actor,
            token=config.token,
            rights=rights,
        )
        complaints = await self._subscribe(channel)
        missed = await self._enter(channel, replay)
        if (before := caller.channels.get(push.topic)) is not None:
            self.leave(before)
            before.say_closed()
        caller.channels[push.topic] = channel
        self._watch_expiry(channel)
        self._welcome(channel, push.ref, complaints)
        missed.send_to(channel)
        channel.go_on()

    async def keep(self, channel: Channel, push: BroadcastPush, id: str, seconds: int) -> bool:
        """Whether a message that a channel has sent is kept for who joins later."""
        return await self._missed.shelf.keep(channel.asking, push, id, seconds)

    def leave(self, channel: Channel) -> None:
        """The channel leaves its topic; nothing is sent to it any more."""
        channel.cancel_expiry()
        postgres_changes.unsubscribe(channel, self._feed, self._limits.viewers)
        self._hub.leave(channel)
        if _is_in(channel):
            del channel.line.channels[channel.topic.name]

    def end(self, channel: Channel, why: str) -> None:
        """Close a channel from our side."""
        channel.system("error", why)
        channel.say_closed()
        self.leave(channel)

    async def renew(self, channel: Channel, token: str) -> None:
        """The channel goes on with another token: rights are asked again, subscriptions made again."""
        try:
            actor = self._tokens.actor(token, foreign=channel.line.visit.foreign)
        except (Unauthenticated, RefusedOnPage) as error:
            self.end(channel, refusal_of(error, token).message)
            return
        rights = await self._rights_or_none(channel.line, actor, channel.name, channel.config)
        if rights is None:
            self.end(channel, f"You no longer have permission to read from this Channel topic: {channel.name}")
            return
        if not _is_in(channel):  # its token ended while the rights of the new one were asked
            return
        channel.actor, channel.token, channel.rights = actor, token, rights
        self._watch_expiry(channel)
        try:
            await postgres_changes.subscribe(channel, self._feed, self._limits.viewers)
        except TooManyViewers as refusal:
            self.end(channel, refusal.message)
        if not _is_in(channel):
            postgres_changes.unsubscribe(channel, self._feed, self._limits.viewers)

    def _check(self, caller: Caller, topic: str) -> None:
        if not topic.startswith(PREFIX) or not 0 < len(topic) - len(PREFIX) <= TOPIC_CHARACTERS_MAX:
            raise TopicNameRequired()
        if topic not in caller.channels and len(caller.channels) >= self._limits.bounds.channels_per_socket_max:
            raise TooManyChannels()

    async def _subscribe(self, channel: Channel) -> list[Complaint]:
        """What to complain about; a client that waits is refused instead, and comes in when changes do."""
        wait = channel.config.wait_milliseconds
        if wait is None or not channel.config.change_requests:
            return await postgres_changes.subscribe(channel, self._feed, self._limits.viewers)
        if not await self._feed.streams_within(wait / 1000):
            raise ChangesLate(f"Timed out after {wait}ms waiting for the postgres_changes subscription")
        complaints = await postgres_changes.subscribe(channel, self._feed, self._limits.viewers)
        if not all(complaint.hears_deletions for complaint in complaints):
            postgres_changes.unsubscribe(channel, self._feed, self._limits.viewers)
            raise ChangesUnavailable("; ".join(complaint.message for complaint in complaints))
        return complaints

    async def _enter(self, channel: Channel, replay: Replay | None) -> Missed:
        """The channel is in its topic; the answer is what came there before. What comes now is held meanwhile.

        Raises:
            UnableToReplay: the database does not answer, or too much came meanwhile.
        """
        self._hub.enter(channel)
        if replay is None and not channel.config.catches_up:
            return NOTHING
        channel.held = Held()
        try:
            missed = await self._missed.read(channel, replay)
            self._actor_of(channel.line, channel.token)  # which may have ended meanwhile
            if channel.held.is_full:
                raise UnableToReplay(details="too much came meanwhile")
        except BaseException:
            self.leave(channel)
            raise
        return missed

    def _welcome(self, channel: Channel, ref: Ref, complaints: list[Complaint]) -> None:
        requests = channel.config.change_requests
        channel.reply(ref, {POSTGRES_CHANGES: [{**request.item, "id": request.id} for request in requests]})
        channel.send_presence_state()
        in_vain = [complaint for complaint in complaints if not complaint.hears_deletions]
        postgres_changes.complain(channel, in_vain)
        if requests and not in_vain and self._feed.streaming:
            postgres_changes.announce(channel)
        elif requests and not in_vain:
            self._hub.announce_with_stream(channel)
        postgres_changes.complain(channel, [complaint for complaint in complaints if complaint.hears_deletions])
        if channel.config.replication_ready:
            channel.system("ok", "Replication connection established")

    # who the channel acts as, and what it may do

    def _actor_of(self, caller: Caller, token: str | None) -> Actor:
        if token is None or token.startswith("sb_"):
            return caller.visit.actor
        try:
            return self._tokens.actor(token, foreign=caller.visit.foreign)
        except (Unauthenticated, RefusedOnPage) as error:
            raise refusal_of(error, token) from error

    async def _rights(self, caller: Caller, actor: Actor, name: str, config: Config) -> Rights:
        rights = await self._rights_or_none(caller, actor, name, config)
        if rights is None:
            raise ChannelUnauthorized.to_read(name)
        return rights

    async def _rights_or_none(self, caller: Caller, actor: Actor, name: str, config: Config) -> Rights | None:
        if not config.private:
            return ALL_RIGHTS
        rights = await self._policies.rights(Asking(actor, name, caller.visit.headers, caller.visit.place))
        return rights if rights.read_broadcast or rights.read_presence else None

    # the end of its token

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


def _is_in(channel: Channel) -> bool:
    return channel.line.channels.get(channel.topic.name) is channel
