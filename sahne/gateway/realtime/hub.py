"""Where messages meet their members: the topics, broadcasts from elsewhere, and what the change feed tells."""

from __future__ import annotations

from datetime import datetime

from sahne.bus.bus import Bus
from sahne.changes.listener import Delivery, StoredMessage
from sahne.changes.position import Position
from sahne.gateway.realtime import postgres_changes
from sahne.gateway.realtime.change_frames import change_frame, position_frame
from sahne.gateway.realtime.channel import POSTGRES_CHANGES, Channel
from sahne.gateway.realtime.frames import BadFrame, Version
from sahne.gateway.realtime.presence import Presence, references
from sahne.gateway.realtime.relay import Address, Relay
from sahne.gateway.realtime.topic import PREFIX, Topic, broadcast_body, meta_of


class Hub:
    """One per process; the feed's `Listener`. What is said in its topics goes over the bus, too."""

    def __init__(self, bus: Bus | None = None) -> None:
        bus = bus or Bus()
        self._relay = Relay(bus)
        self._references = references(bus.server)
        self._topics: dict[Address, Topic] = {}
        self._subscribed: dict[Channel, None] = {}
        self._awaiting_stream: set[Channel] = set()
        self._changed: set[Channel] = set()

    # topics

    def topic(self, name: str, *, private: bool) -> Topic:
        """The topic of this name; one that nobody is in yet is kept from the first `enter` on."""
        address = Address(name, private)
        return self._topics.get(address) or self._new(address)

    def topic_at(self, address: Address) -> Topic | None:
        """The topic, if anybody is in it."""
        return self._topics.get(address)

    def topics(self) -> list[Topic]:
        """Those that somebody is in, here or on another server."""
        return list(self._topics.values())

    def enter(self, channel: Channel) -> None:
        """The channel is in its topic."""
        topic = self._topics.setdefault(channel.topic.address, channel.topic)
        topic.members[channel] = None
        channel.topic = topic
        if channel.subscriptions:
            self._subscribed[channel] = None

    def leave(self, channel: Channel) -> None:
        """The channel is not in it any more, and nothing is sent to it."""
        self._awaiting_stream.discard(channel)
        self._changed.discard(channel)
        self._subscribed.pop(channel, None)
        channel.topic.leave(channel)
        self.let_go(channel.topic)

    def keep(self, address: Address) -> Topic:
        """The topic, to which somebody comes on another server."""
        topic = self._topics.get(address)
        if topic is None:
            topic = self._topics[address] = self._new(address)
        return topic

    def let_go(self, topic: Topic) -> None:
        """Forget a topic that nobody is in."""
        if not topic.members and not len(topic.presence) and self._topics.get(topic.address) is topic:
            del self._topics[topic.address]

    def _new(self, address: Address) -> Topic:
        return Topic(address, Presence(self._references), self._relay)

    def announce_with_stream(self, channel: Channel) -> None:
        """Tell the channel that changes come, once they do."""
        self._awaiting_stream.add(channel)

    # broadcasts from elsewhere

    def broadcast(
        self, topic: str, event: str, payload: bytes, *, is_json: bool, private: bool, meta: bytes = b""
    ) -> None:
        """A broadcast that came over HTTP; `topic` is without `realtime:`."""
        self.topic(PREFIX + topic, private=private).broadcast_user(event, payload, is_json=is_json, meta=meta)

    # the feed

    def deliver(self, delivery: Delivery) -> None:
        """See `Listener`: one frame for each serializer, topic and set of ids, however many get it."""
        frames: dict[tuple[Version, str, tuple[int, ...]], bytes] = {}
        for channel, ids in delivery.audience.items():
            assert isinstance(channel, Channel)
            key = (channel.line.version, channel.topic.name, tuple(ids))
            frame = frames.get(key)
            if frame is None:
                frame = frames[key] = change_frame(key[0], key[1], ids, delivery.data)
            channel.receive(frame)
            if channel.config.catches_up:
                self._changed.add(channel)

    def told(self, position: Position) -> None:
        """See `Listener`: those who catch up and got something are told how far they have come."""
        if not self._changed:
            return
        frames: dict[tuple[Version, str], bytes] = {}
        changed, self._changed = self._changed, set()
        for channel in changed:
            key = (channel.line.version, channel.topic.name)
            if key not in frames:
                frames[key] = position_frame(*key, position)
            channel.receive(frames[key])

    def broadcast_stored(self, message: StoredMessage) -> None:
        """See `Listener`. Every server reads the stream, so nobody is told over the bus."""
        row = message.row
        topic = self._topics.get(Address(f"{PREFIX}{row.get('topic')}", row.get("private") == "t"))
        if topic is None or row.get("extension") != "broadcast" or row.get("skip_broadcast") == "t":
            return
        event, stored = row.get("event") or "", str(row.get("id"))
        meta, binary = meta_of(stored), row.get("binary_payload")
        if binary is not None:
            try:
                topic.deliver_user(event, bytes.fromhex(binary[2:]), is_json=False, meta=meta)
            except BadFrame:  # its event is longer than the form allows
                return
        else:
            topic.deliver(broadcast_body(event, (row.get("payload") or "{}").encode(), meta), stored=stored)

    def stream_started(self, position: Position) -> None:
        """See `Listener`."""
        waiting, self._awaiting_stream = self._awaiting_stream, set()
        for channel in waiting:
            postgres_changes.announce(channel)
        for channel in self._subscribed:
            if channel.config.catches_up:
                channel.receive(position_frame(channel.line.version, channel.topic.name, position, load_again=True))

    def stream_resumed(self, lost_at: datetime) -> None:
        """See `Listener`."""
        message = f"The connection to PostgreSQL was lost: changes since {lost_at:%Y-%m-%dT%H:%M:%SZ} may be missing"
        for channel in self._subscribed:
            channel.system("error", message, POSTGRES_CHANGES)
            postgres_changes.announce(channel)
