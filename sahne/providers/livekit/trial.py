"""A trial join of a room, as a browser begins one: far enough to know which of the server's media ports answer.

signal WebSocket → what the server says of itself → its offer, and where its media may be reached → our answer → a STUN
check of each of these addresses, over UDP and over TCP. No media flows, and what DTLS would say is not tried.
Source: livekit's `livekit_rtc.proto` for the signals (the numbers below), RFC 8839 for the candidates.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import orjson
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from sahne.providers.livekit.rooms import LiveKitUnavailable
from sahne.providers.livekit.stun import BindingRequest, IceUser
from sahne.providers.livekit.wire import field_of, fields_of, part

SIGNAL_SECONDS_MAX = 5.0
GATHER_SECONDS = 1.5  # candidates come one by one, and nothing says which is the last
PORT_SECONDS_MAX = 3.0
ASK_AGAIN_SECONDS = 0.25
CANDIDATES_MAX = 32
DATAGRAM_BYTES_MAX = 2048
CLIENT_PROTOCOL = 9  # subscriptions first: the server makes the offer

# SignalResponse and SignalRequest; JoinResponse; ServerInfo; SessionDescription; TrickleRequest
JOIN, OFFER, TRICKLE, ANSWER, LEAVE = 1, 3, 4, 2, 8
JOINED_SERVER_INFO, JOINED_VERSION = 12, 4
INFO_VERSION, INFO_REGION = 2, 4
DESCRIPTION_TYPE, DESCRIPTION_SDP = 1, 2
TRICKLE_CANDIDATE, TRICKLE_TARGET, TARGET_SUBSCRIBER = 1, 2, 1

_CANDIDATE = re.compile(r"candidate:\S+ 1 (udp|tcp) \d+ (\S+) (\d+) typ (\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Way:
    """An address that the server offers for media, and whether it answered there."""

    transport: Literal["udp", "tcp"]
    host: str
    port: int
    answers: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What a join found: the server's own words of itself, and its ways for media."""

    version: str
    region: str
    ways: tuple[Way, ...]


async def try_join(url: str, token: str) -> Trial:
    """Join the token's room at `url` (`ws://…`), try the ports, and leave.

    Raises:
        LiveKitUnavailable: it lets nobody in, or says nothing that can be understood.
    """
    signals = Signals()
    query = urlencode({"access_token": token, "protocol": CLIENT_PROTOCOL, "auto_subscribe": 0, "sdk": "js"})
    try:
        transport, _ = await ws_connect(
            lambda: signals,
            f"{url.rstrip('/')}/rtc?{query}",
            ssl_context=ssl.create_default_context() if url.startswith("wss") else None,
            websocket_handshake_timeout=SIGNAL_SECONDS_MAX,
        )
    except Exception as error:  # picows has no one class for what a handshake may end in
        raise LiveKitUnavailable(details=f"the signal WebSocket: {type(error).__name__}") from error
    try:
        return await _heard(signals, transport)
    except (TimeoutError, ValueError) as error:
        raise LiveKitUnavailable(details=f"the signals: {error or type(error).__name__}") from error
    finally:
        transport.send(WSMsgType.BINARY, field_of(LEAVE, b""))
        transport.disconnect()


class Signals(WSListener):
    """What the server says, by kind."""

    def __init__(self) -> None:
        self.joined: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.offered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.candidates: list[str] = []

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        """picows calls this."""
        if frame.msg_type != WSMsgType.BINARY:
            return
        for kind, value in fields_of(frame.get_payload_as_bytes()):
            if not isinstance(value, bytes):
                continue
            if kind == JOIN and not self.joined.done():
                self.joined.set_result(value)
            elif kind == OFFER and not self.offered.done():
                self.offered.set_result(part(value, DESCRIPTION_SDP).decode())
            elif kind == TRICKLE and dict(fields_of(value)).get(TRICKLE_TARGET) == TARGET_SUBSCRIBER:
                self.candidates.append(str(orjson.loads(part(value, TRICKLE_CANDIDATE)).get("candidate", "")))

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        """picows calls this; who waits need wait no longer."""
        for waited in (self.joined, self.offered):
            if not waited.done():
                waited.set_exception(ValueError("the server hung up"))
                waited.exception()  # which nobody may come to ask for


async def _heard(signals: Signals, transport: WSTransport) -> Trial:
    async with asyncio.timeout(SIGNAL_SECONDS_MAX):
        info = await signals.joined
        offer = await signals.offered
    ours, theirs = IceUser.new(), IceUser(_line(offer, "ice-ufrag"), _line(offer, "ice-pwd"))
    description = field_of(DESCRIPTION_TYPE, b"answer") + field_of(DESCRIPTION_SDP, answer_to(offer, ours).encode())
    transport.send(WSMsgType.BINARY, field_of(ANSWER, description))
    await asyncio.sleep(GATHER_SECONDS)
    offered = ways_in([*offer.splitlines(), *signals.candidates])
    answered = await asyncio.gather(*(_answers(way, BindingRequest.to(theirs, ours)) for way in offered))
    about = part(info, JOINED_SERVER_INFO)
    version = part(about, INFO_VERSION) or part(info, JOINED_VERSION)
    ways = (Way(way.transport, way.host, way.port, there) for way, there in zip(offered, answered, strict=True))
    return Trial(version.decode(), part(about, INFO_REGION).decode(), tuple(ways))


def ways_in(lines: Iterable[str]) -> list[Way]:
    """The host and server candidates among lines of SDP, each address once; relays are somebody else's ports."""
    found: dict[tuple[str, str, int], Way] = {}
    for line in lines:
        if match := _CANDIDATE.search(line):
            transport, host, port, kind = match[1].lower(), match[2], int(match[3]), match[4]
            if kind != "relay" and port and not host.endswith(".local"):
                found[transport, host, port] = Way("udp" if transport == "udp" else "tcp", host, port, False)
    return list(found.values())[:CANDIDATES_MAX]


def answer_to(offer: str, ours: IceUser) -> str:
    """An answer that takes up the offer's data channel alone: enough for the server's ICE to know us."""
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    sections = re.split(r"(?m)^(?=m=)", offer)[1:]
    taken = [_line(section, "mid") for section in sections if section.startswith("m=application")]
    lines.append(f"a=group:BUNDLE {' '.join(taken)}")
    for section in sections:
        kind, _, protocol, formats = section.splitlines()[0].removeprefix("m=").split(" ", 3)
        port = 9 if kind == "application" else 0
        lines += [f"m={kind} {port} {protocol} {formats}", "c=IN IP4 0.0.0.0", f"a=mid:{_line(section, 'mid')}"]
        if port:
            lines += [
                f"a=ice-ufrag:{ours.name}", f"a=ice-pwd:{ours.password}",
                f"a=fingerprint:sha-256 {':'.join(['00'] * 32)}", "a=setup:active", "a=sctp-port:5000",
            ]  # fmt: skip
    return "\r\n".join([*lines, ""])


def _line(sdp: str, name: str) -> str:
    """The value of an attribute.

    Raises:
        ValueError: there is none.
    """
    if match := re.search(rf"(?m)^a={name}:(\S+)", sdp):
        return match[1]
    raise ValueError(f"the offer has no {name}")


async def _answers(way: Way, request: BindingRequest) -> bool:
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(PORT_SECONDS_MAX):
            return await (_answers_udp if way.transport == "udp" else _answers_tcp)(way, request)
    return False


async def _answers_udp(way: Way, request: BindingRequest) -> bool:
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in way.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as ours:
        ours.setblocking(False)
        ours.connect((way.host, way.port))
        while True:
            await loop.sock_sendall(ours, request.body)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASK_AGAIN_SECONDS):
                    while not request.is_answered_by(await loop.sock_recv(ours, DATAGRAM_BYTES_MAX)):
                        pass
                return True


async def _answers_tcp(way: Way, request: BindingRequest) -> bool:
    """Framed as RFC 4571 has it: each message behind its length."""
    reader, writer = await asyncio.open_connection(way.host, way.port)
    try:
        writer.write(len(request.body).to_bytes(2) + request.body)
        while True:
            size = int.from_bytes(await reader.readexactly(2))
            if request.is_answered_by(await reader.readexactly(size)):
                return True
    finally:
        writer.close()
