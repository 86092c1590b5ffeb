"""A livekit-server of our own beside us: its key, its configuration, its process.

Start: key once → configuration → child → wait until it answers. Stop: asked twice, because the first asking
waits until everybody has gone home. It holds nothing on disk; rooms it loses are made again by `sahne.live`.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from sahne.children import end_with_parent
from sahne.errors import SetupError
from sahne.providers.livekit.rooms import DEPARTURE_SECONDS, EMPTY_SECONDS

START_SECONDS_MAX = 15.0
STOP_SECONDS_MAX = 5.0
ASK_AGAIN_SECONDS = 0.3
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
)


class LiveKitDidNotStart(SetupError):
    """The live server did not start."""

    code = "livekit_did_not_start"


@dataclass(frozen=True, slots=True)
class LiveKitPorts:
    """HTTP and WebSocket, media over TCP, media over UDP: 7880, 7881, 7882 where they are free."""

    http: int = 7880
    tcp: int = 7881
    udp: int = 7882


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key and its secret."""

    key: str
    secret: str


def choose_ports() -> LiveKitPorts:
    """LiveKit's usual ports, or any free ones where those are taken."""
    usual = LiveKitPorts()
    return LiveKitPorts(
        http=_free(usual.http, socket.SOCK_STREAM),
        tcp=_free(usual.tcp, socket.SOCK_STREAM),
        udp=_free(usual.udp, socket.SOCK_DGRAM),
    )


def keep_key(data: Path) -> ApiKey:
    """The key in `<data>/livekit.key`, made once, readable by its owner only."""
    path = data / "livekit.key"
    if not path.exists():
        made = {"key": f"API{secrets.token_hex(6)}", "secret": secrets.token_urlsafe(SECRET_BYTES)}
        _write_private(path, json.dumps(made))
    kept = json.loads(path.read_text())
    return ApiKey(kept["key"], kept["secret"])


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


class LiveKitServer:
    """One livekit-server on loopback.

    Start it from a thread that lives as long as it should: on Linux it is killed when that thread ends.
    """

    def __init__(self, binary: Path, data: Path, webhook_url: str, ports: LiveKitPorts | None = None) -> None:
        self.binary = binary
        self.data = data.absolute()
        self.ports = ports or choose_ports()
        self.key = keep_key(_made(self.data))
        self._webhook_url = webhook_url
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients and we connect."""
        return f"ws://127.0.0.1:{self.ports.http}"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process else None

    @property
    def log_path(self) -> Path:
        """Its own log, JSON lines, anew at each start."""
        return self.data / "livekit.log"

    def start(self) -> None:
        """Have it answering.

        Raises:
            LiveKitDidNotStart: it ended or did not answer in time; it does not run then.
        """
        config = self.data / "livekit.yaml"
        _write_private(config, configuration(self.key, self.ports, self._webhook_url))
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [str(self.binary), "--config", str(config)], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                preexec_fn=lambda: end_with_parent(signal.SIGKILL), start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            if not self.alive() or time.monotonic() > deadline:
                tail = self.log_path.read_text(errors="replace").splitlines()[-3:]
                self.stop()
                raise LiveKitDidNotStart(details="\n".join(tail), hint=f"Its log is {self.log_path}.")
            time.sleep(0.05)

    def alive(self) -> bool:
        """Whether the process we started still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it, whoever is connected; does nothing when it does not run."""
        if self._process is None:
            return
        for wait in (ASK_AGAIN_SECONDS, STOP_SECONDS_MAX):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.terminate()
                self._process.wait(wait)
        if self.alive():
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports.http}/", timeout=1) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write_private(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(path)


def _free(usual: int, kind: socket.SocketKind) -> int:
    for port in (usual, 0):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise LiveKitDidNotStart("No port is free for the live server.")
