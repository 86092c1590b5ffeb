"""How much, how long and how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from sahne.variables import Within


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Of requests, connections and sockets; each name ends with its unit."""

    request_timeout_seconds: Annotated[float, Within(0.01, 3600)] = 30.0
    request_body_bytes_max: Annotated[int, Within(1)] = 2 * 1024 * 1024
    # of bodies that are no uploads and larger than 64 kB, all that are under way
    bodies_bytes_max: Annotated[int, Within(1)] = 64 * 1024 * 1024
    bodies_bytes_of_an_address_max: Annotated[int, Within(1)] = 16 * 1024 * 1024
    upload_bytes_max: Annotated[int, Within(1)] = 50 * 1024 * 1024
    # of pictures that were rendered lately, on the disk
    rendered_bytes_max: Annotated[int, Within(0)] = 512 * 1024 * 1024
    # open at once, of one address; behind a proxy that names its callers, requests under way
    connections_of_an_address_max: Annotated[int, Within(1)] = 500
    # of one caller (a user, else an address), at each of the Data API's door and the operations'
    caller_requests_per_second_max: Annotated[int, Within(1)] = 200
    # of the connections to the database, the share that one caller may hold at once, and all anonymous ones together
    caller_connections_percent: Annotated[int, Within(1, 100)] = 25
    anonymous_connections_percent: Annotated[int, Within(1, 100)] = 75
    # of PostgreSQL's log, what it may keep for a server whose realtime comes behind
    realtime_kept_log_bytes_max: Annotated[int, Within(16 * 1024 * 1024)] = 1024 * 1024 * 1024
    realtime_sockets_max: Annotated[int, Within(1)] = 10_000
    realtime_sockets_of_an_address_max: Annotated[int, Within(1)] = 1_000
    realtime_viewers_of_an_address_max: Annotated[int, Within(1)] = 200
    realtime_channels_per_socket_max: Annotated[int, Within(1)] = 100
    realtime_joins_per_second_max: Annotated[int, Within(1)] = 500
    realtime_joins_per_second_of_an_address_max: Annotated[int, Within(1)] = 200
    realtime_messages_per_second_max: Annotated[int, Within(1)] = 100
    realtime_bytes_per_second_max: Annotated[int, Within(1024)] = 256 * 1024
    realtime_http_bytes_per_second_max: Annotated[int, Within(1024)] = 1024 * 1024
    realtime_frame_bytes_max: Annotated[int, Within(1024)] = 3 * 1024 * 1024
    realtime_queue_bytes_max: Annotated[int, Within(1024)] = 4 * 1024 * 1024
    realtime_queue_bytes_of_an_address_max: Annotated[int, Within(1024)] = 32 * 1024 * 1024
