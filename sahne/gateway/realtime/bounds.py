"""Every bound of the realtime door, with its unit."""

from __future__ import annotations

from dataclasses import dataclass

from sahne.settings import Settings

PAYLOAD_TRACKED_BYTES_MAX = 64 * 1024
PRESENCE_BYTES_OF_A_TOPIC_MAX = 1024 * 1024  # whoever joins receives all of it in one message
BACKLOG_MESSAGES_MAX = 1_000
BINDINGS_PER_CHANNEL_MAX = 100
BINDING_TEXT_CHARACTERS_MAX = 4096  # of its table, filter, each column
NAME_CHARACTERS_SHOWN = 200  # of what a client wrote, in the words that refuse it
TOPIC_CHARACTERS_MAX = 240  # with `realtime:` it fits the byte that counts it in a binary frame
PRESENCE_MESSAGES_PER_SECOND_MAX = 20
PRESENCE_KEY_CHARACTERS_MAX = 1_000
CLOSING_SECONDS_MAX = 10.0
REPLAYED_MESSAGES_MAX = 25
REPLAYED_BYTES_MAX = 1024 * 1024  # of them together: far below what may wait for a socket
STORED_SECONDS_MAX = 72 * 3_600  # a stored message is replayed for so long; its day is dropped a day later
FRAMES_WAITING_MAX = 1_000  # what may come for a channel while what it missed is read
CHANGES_WAIT_MILLISECONDS = 15_000  # when a join that waits for changes does not say how long
CHANGES_WAIT_MILLISECONDS_MAX = 20_000
JOINS_REFILL_SECONDS = 10  # a socket joins all its channels at once, and as many again in this time
ADDRESS_WORTH_SOCKETS = 20  # messages of one address: so many times one socket's
ADDRESS_BYTES_WORTH_SOCKETS = 4  # bytes of one address: so many times one socket's
OTHERS_WORTH_ADDRESSES = 4  # what is kept for all whose address tells nobody apart: so many times one address's
HTTP_MESSAGES_AT_ONCE_MAX = 1_000
PRIVATE_TOPICS_PER_REQUEST_MAX = 50
HTTP_MESSAGE_BYTES = 512  # a batch of larger messages counts as more of them
HTTP_MESSAGES_PER_SECOND_OF_A_CALLER_MAX = 200
HTTP_MESSAGES_PER_SECOND_MAX = 2_000  # of all callers of one role
ROLE_BYTES_WORTH_CALLERS = 10  # bytes over HTTP of all callers of one role: so many times one caller's


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one socket and all of them together may take."""

    sockets_max: int
    sockets_of_an_address_max: int
    viewers_of_an_address_max: int
    channels_per_socket_max: int
    joins_per_second_max: int
    joins_per_second_of_an_address_max: int
    messages_per_second_max: int
    bytes_per_second_max: int
    http_bytes_per_second_max: int
    http_body_bytes_max: int
    frame_bytes_max: int
    queue_bytes_max: int
    queue_bytes_of_an_address_max: int


def bounds_of(settings: Settings) -> Bounds:
    """The bounds a server is set to."""
    return Bounds(
        sockets_max=settings.realtime_sockets_max,
        sockets_of_an_address_max=settings.realtime_sockets_of_an_address_max,
        viewers_of_an_address_max=settings.realtime_viewers_of_an_address_max,
        channels_per_socket_max=settings.realtime_channels_per_socket_max,
        joins_per_second_max=settings.realtime_joins_per_second_max,
        joins_per_second_of_an_address_max=settings.realtime_joins_per_second_of_an_address_max,
        messages_per_second_max=settings.realtime_messages_per_second_max,
        bytes_per_second_max=settings.realtime_bytes_per_second_max,
        http_bytes_per_second_max=settings.realtime_http_bytes_per_second_max,
        http_body_bytes_max=settings.request_body_bytes_max,
        frame_bytes_max=settings.realtime_frame_bytes_max,
        queue_bytes_max=settings.realtime_queue_bytes_max,
        queue_bytes_of_an_address_max=max(
            settings.realtime_queue_bytes_of_an_address_max, settings.realtime_queue_bytes_max
        ),
    )
