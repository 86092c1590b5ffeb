"""A livekit-server of our own: its key, made once, and its configuration for one machine."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from sahne.files import write_whole
from sahne.providers.livekit.grants import ApiKey
from sahne.providers.livekit.rooms import DEPARTURE_SECONDS, EMPTY_SECONDS

SECRET_BYTES = 32

# What LiveKit keeps for us while we do not answer; its own defaults (30 s, 200) lose a join storm
WEBHOOK_AGE_MAX = "5m"
WEBHOOK_DEPTH_MAX = 20_000
EVENTS = (
    "room_started",
    "room_finished",
    "participant_joined",
    "participant_left",
    "participant_connection_aborted",
    "track_published",
    "track_unpublished",
)


@dataclass(frozen=True, slots=True)
class LiveKitPorts:
    """HTTP and WebSocket, media over TCP, media over UDP: 7880, 7881, 7882 where they are free."""

    http: int = 7880
    tcp: int = 7881
    udp: int = 7882


def keep_key(data: Path) -> ApiKey:
    """The key in `<data>/livekit.key`, made once, readable by its owner only."""
    path = data / "livekit.key"
    if not path.exists():
        fresh = {"key": f"API{secrets.token_hex(6)}", "secret": secrets.token_urlsafe(SECRET_BYTES)}
        write_whole(path, json.dumps(fresh).encode())
    stored = json.loads(path.read_text())
    return ApiKey(stored["key"], stored["secret"])


def configuration(key: ApiKey, ports: LiveKitPorts, webhook_url: str) -> str:
    """livekit-server's configuration for one machine: loopback only, rooms made by us alone. JSON is YAML."""
    return json.dumps(
        {
            "port": ports.http,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "tcp_port": ports.tcp,
                "udp_port": ports.udp,
                "node_ip": "127.0.0.1",
                "use_external_ip": False,
                "enable_loopback_candidate": True,
                "interfaces": {"includes": ["lo", "lo0"]},
            },
            "keys": {key.key: key.secret},
            "room": {
                "auto_create": False,
                "empty_timeout": EMPTY_SECONDS,
                "departure_timeout": DEPARTURE_SECONDS,
            },
            "api": {"enable_psrpc_for_get_list_participants": True},
            "webhook": {
                "api_key": key.key,
                "urls": [webhook_url],
                "resource_url_notifier": {"max_age": WEBHOOK_AGE_MAX, "max_depth": WEBHOOK_DEPTH_MAX},
                "filter_params": {"include_events": list(EVENTS)},
            },
            "logging": {"level": "info", "json": True},
        },
        indent=2,
    )
