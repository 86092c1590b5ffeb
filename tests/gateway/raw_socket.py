"""Sockets without a client's library: what a library leaves behind is not to be taken for what the server left."""

from __future__ import annotations

import json
import re
import socket
import struct
from typing import Any

ANSWER_SECONDS_MAX = 20
NO_MASK = bytes(4)
UPGRADE = (
    "GET /realtime/v1/websocket?apikey={}&vsn=1.0.0 HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n"
    "connection: upgrade\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nsec-websocket-version: 13\r\n\r\n"
)


class RawSocket:
    """One connection; bytes that came early wait for who reads next."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX)
        self._heard = b""

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
        """The status of an answer, which is read whole."""
        lines = [f"{method} {path} HTTP/1.1", "host: localhost", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return self.answer()

    def send(self, *pieces: bytes) -> None:
        """Bytes as they are, each piece in a packet of its own."""
        for piece in pieces:
            self._socket.sendall(piece)

    def answer(self) -> int:
        """The status of the next answer, which is read whole; of the last one, its head."""
        head = self.until(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length or b"connection: close" in head.lower(), head
        self._take(int(length[1]) if length else 0)
        return int(head.split(b" ")[1])

    def upgrade(self, key: str) -> None:
        """Become a WebSocket."""
        self._socket.sendall(UPGRADE.format(key).encode())
        assert b" 101 " in self.until(b"\r\n\r\n")

    def say(self, topic: str, event: str, payload: Any, ref: str, join_ref: str) -> None:
        """Push a message."""
        message = {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}
        data = json.dumps(message).encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else struct.pack(">BH", 0x80 | 126, len(data))
        self._socket.sendall(b"\x81" + size + NO_MASK + data)

    def hear(self, word: bytes) -> None:
        """Read until a frame that has the word in it."""
        while word not in self._frame():
            pass

    def was_told(self, word: bytes) -> bool:
        """Whether the word has come by now, or the end."""
        self._socket.setblocking(False)
        try:
            while more := self._socket.recv(65536):
                self._heard += more
        except BlockingIOError:
            return word in self._heard
        except ConnectionError:
            return True
        finally:
            self._socket.settimeout(ANSWER_SECONDS_MAX)
        return True

    def _frame(self) -> bytes:
        size = self._take(2)[1]
        if size == 126:
            size = struct.unpack(">H", self._take(2))[0]
        return self._take(size)

    def until(self, end: bytes) -> bytes:
        """What comes before these bytes."""
        while end not in self._heard:
            self._more()
        found, _, self._heard = self._heard.partition(end)
        return found

    def _take(self, size: int) -> bytes:
        while len(self._heard) < size:
            self._more()
        taken, self._heard = self._heard[:size], self._heard[size:]
        return taken

    def _more(self) -> None:
        more = self._socket.recv(65536)
        assert more, "the server hung up"
        self._heard += more
