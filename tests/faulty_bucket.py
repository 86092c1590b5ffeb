"""A bucket's server that does not do what it should: it fails, stays silent, or breaks off in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fault = Literal["fails", "silent", "breaks off"]


@contextmanager
def faulty_bucket(fault: Fault) -> Iterator[str]:
    """Its address; every request meets the fault."""
    over = threading.Event()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            if fault == "silent":
                over.wait()
                return
            if fault == "breaks off":
                self.send_response(200)
                self.send_header("last-modified", "Sun, 29 Nov 2026 12:00:00 GMT")
                self.send_header("etag", '"whole"')
                self.send_header("content-length", "1000")
                self.end_headers()
                self.wfile.write(b"half")
                return
            self.send_response(500)
            self.send_header("content-length", "0")
            self.end_headers()

        do_PUT = do_HEAD = do_POST = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
