"""Apple's push service, made up: real HTTP/2 over TLS, one stream a push, with the refusals that Apple documents.

Source: "Sending notification requests to APNs", "Handling notification responses from APNs".
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.events
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

KEY = ec.generate_private_key(ec.SECP256R1())
KEY_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
KEY_ID, TEAM_ID, APP = "ABC123DEFG", "DEF123GHIJ", "com.example.app"
TOPICS = {"alert": APP, "background": APP, "voip": f"{APP}.voip"}


@dataclass(slots=True)
class Taken:
    """A push that came."""

    headers: dict[str, str]
    token: str
    payload: dict[str, Any]


@dataclass
class ApnsTwin:
    """Open it with `async with`. `refusals` are the next answers (status, reason); `gone` are tokens of before."""

    tls: ssl.SSLContext
    taken: list[Taken] = field(default_factory=list)
    refusals: deque[tuple[int, str]] = field(default_factory=deque)
    gone: set[str] = field(default_factory=set)
    old_tokens: set[str] = field(default_factory=set)
    provider_tokens: list[str] = field(default_factory=list)
    connections: int = 0
    hangs_up: bool = False
    url: str = ""

    async def __aenter__(self) -> ApnsTwin:
        self.tls.set_alpn_protocols(["h2"])
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.url = f"https://localhost:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
        self.connections += 1
        line = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        line.initiate_connection()
        asked: dict[int, tuple[dict[str, str], bytearray]] = {}
        writer.write(line.data_to_send())
        while data := await reader.read(65_536):
            for event in line.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    asked[event.stream_id] = ({str(name): str(value) for name, value in event.headers}, bytearray())
                elif isinstance(event, h2.events.DataReceived):
                    asked[event.stream_id][1].extend(event.data)
                    line.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    if self.hangs_up:
                        writer.close()
                        return
                    self._answer(line, event.stream_id, *asked.pop(event.stream_id))
            writer.write(line.data_to_send())
        writer.close()

    def _answer(self, line: h2.connection.H2Connection, stream: int, headers: dict[str, str], body: bytearray) -> None:
        status, reason = self._judge(headers, bytes(body))
        answer = orjson.dumps({"reason": reason}) if reason else b""
        head = [(":status", str(status)), ("apns-id", headers.get("apns-id", "made up"))]
        line.send_headers(stream, head, end_stream=not answer)
        if answer:
            line.send_data(stream, answer, end_stream=True)

    def _judge(self, headers: dict[str, str], body: bytes) -> tuple[int, str | None]:
        token = headers[":path"].removeprefix("/3/device/")
        if reason := self._wrong_with_the_sender(headers):
            return 403, reason
        if self.refusals:
            return self.refusals.popleft()
        if headers.get("apns-topic") != TOPICS.get(headers["apns-push-type"]):
            return 400, "TopicDisallowed"
        if headers["apns-push-type"] == "background" and headers["apns-priority"] != "5":
            return 400, "BadPriority"
        if len(body) > (5120 if headers["apns-push-type"] == "voip" else 4096):
            return 413, "PayloadTooLarge"
        if len(token) != 64:
            return 400, "BadDeviceToken"
        if token in self.gone:
            return 410, "Unregistered"
        self.taken.append(Taken(headers, token, orjson.loads(body)))
        return 200, None

    def _wrong_with_the_sender(self, headers: dict[str, str]) -> str | None:
        token = headers["authorization"].removeprefix("bearer ")
        if token not in self.provider_tokens:
            self.provider_tokens.append(token)
        try:
            claims = jwt.decode(token, KEY.public_key(), algorithms=["ES256"], options={"require": ["iss", "iat"]})
        except jwt.PyJWTError:
            return "InvalidProviderToken"
        if jwt.get_unverified_header(token)["kid"] != KEY_ID or claims["iss"] != TEAM_ID:
            return "InvalidProviderToken"
        return "ExpiredProviderToken" if token in self.old_tokens else None
