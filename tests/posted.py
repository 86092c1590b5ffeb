"""Whoever is posted to, on a socket of this machine: keeps what came, and answers as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Posted:
    """One request; header names are in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Box:
    """What came so far; each is answered with `status`."""

    url: str = ""
    status: int = 200
    posted: list[Posted] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def posted_to() -> Iterator[Box]:
    """A box, which takes letters as long as the block lasts."""
    box = Box()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.posted.append(Posted(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(box.status)
            for name, value in box.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """A test says what it finds."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    box.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
