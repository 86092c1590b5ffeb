"""A livekit-server beside us, a child of `sahne up`.

Start: configuration → child → wait until it answers. Stop: asked twice, because the first asking waits until
everybody has gone home. It holds nothing on disk; the rooms it loses are made again by `sahne.live`.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from sahne.database.embedded import end_with_parent
from sahne.errors import SetupError
from sahne.files import PRIVATE, write_whole
from sahne.providers.livekit.config import LiveKitPorts, configuration, keep_key

START_SECONDS_MAX = 15.0
STOP_SECONDS_MAX = 5.0
ASK_AGAIN_SECONDS = 0.3
LOOK_SECONDS = 0.05

# It writes the tokens it refuses into its log, and one that is too old for today says who may what all the same
A_TOKEN = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]+")
TOKEN_LEFT_OUT = b"(a token)"


class LiveKitDidNotStart(SetupError):
    """The live server did not start."""

    code = "livekit_did_not_start"


class LiveKitServer:
    """One livekit-server on loopback.

    Start it from a thread that lives as long as it should: on Linux it is killed when that thread ends.
    """

    def __init__(self, binary: Path, data: Path, webhook_url: str, ports: LiveKitPorts | None = None) -> None:
        self.binary = binary
        self.data = data.absolute()
        self.ports = ports or choose_ports()
        self.key = keep_key(_folder(self.data))
        self._webhook_url = webhook_url
        self._process: subprocess.Popen[bytes] | None = None
        self._writing: threading.Thread | None = None

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
        """Its own log, JSON lines, anew at each start, without the tokens in them."""
        return self.data / "livekit.log"

    def start(self) -> None:
        """Have it answering.

        Raises:
            LiveKitDidNotStart
        """
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Launch it and do not wait until it answers: `wait` does.

        Raises:
            LiveKitDidNotStart: its port is taken.
        """
        if _free(self.ports.http, socket.SOCK_STREAM) != self.ports.http:
            raise LiveKitDidNotStart(
                f"Port {self.ports.http} (LiveKit) is taken by another program.",
                hint="Start again, and another port is chosen; or leave it out with --no-livekit.",
            )
        self.launch()

    def wait(self) -> None:
        """Return when it answers.

        Raises:
            LiveKitDidNotStart: it ended or did not answer in time; it does not run then.
        """
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            if not self.alive() or time.monotonic() > deadline:
                self.stop()
                tail = self.log_path.read_text(errors="replace").splitlines()[-3:]
                raise LiveKitDidNotStart(details="\n".join(tail), hint=f"Its log is {self.log_path}.")
            time.sleep(LOOK_SECONDS)

    def launch(self) -> None:
        """Start it without waiting for it to answer."""
        config = self.data / "livekit.yaml"
        write_whole(config, configuration(self.key, self.ports, self._webhook_url).encode())
        self._process = subprocess.Popen(
            [str(self.binary), "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=lambda: end_with_parent(signal.SIGKILL),
            start_new_session=True,
        )
        assert self._process.stdout
        self._writing = threading.Thread(
            target=write_without_tokens, args=(self._process.stdout, self.log_path), daemon=True
        )
        self._writing.start()

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
        if self._writing:
            self._writing.join()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports.http}/", timeout=1) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False


def write_without_tokens(lines: IO[bytes], path: Path) -> None:
    """What a program says, line by line until it ends, appended to a file of the owner's."""
    path.unlink(missing_ok=True)
    with lines, open(path, "ab", buffering=0, opener=lambda name, flags: os.open(name, flags, PRIVATE)) as log:
        for line in lines:
            log.write(A_TOKEN.sub(TOKEN_LEFT_OUT, line))


def choose_ports() -> LiveKitPorts:
    """LiveKit's usual ports, or any free ones where those are taken."""
    usual = LiveKitPorts()
    return LiveKitPorts(
        http=_free(usual.http, socket.SOCK_STREAM),
        tcp=_free(usual.tcp, socket.SOCK_STREAM),
        udp=_free(usual.udp, socket.SOCK_DGRAM),
    )


def _folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _free(usual: int, kind: socket.SocketKind) -> int:
    for port in (usual, 0):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind) as probe:
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise LiveKitDidNotStart("No port is free for the live server.", hint="Leave it out with --no-livekit.")
