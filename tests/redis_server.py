"""A real Redis or Valkey of a test's own, which may be killed and started again on the same port."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.absent import absent
from tests.conftest import free_port
from tests.eventually import eventually

START_SECONDS_MAX = 10


class RedisServer:
    """One process; nothing is kept of it."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self._answers, START_SECONDS_MAX)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                probe.sendall(b"PING\r\n")
                return probe.recv(64).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """A running one for the block."""
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        absent("redis-server", "install it or valkey-server, as scripts/system-packages does")
    server = RedisServer(program, folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
