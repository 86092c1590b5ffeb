"""A trial join's pure parts: signals as LiveKit writes them, its offer, its candidates, and the check of a port."""

from __future__ import annotations

import struct

import pytest
from livekit.protocol import rtc

from sahne.providers.livekit.stun import COOKIE, BindingRequest, IceUser
from sahne.providers.livekit.trial import ANSWER, JOIN, answer_to, ways_in
from sahne.providers.livekit.wire import field_of, fields_of, part

OFFER = """v=0
a=group:BUNDLE 0 1
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=mid:0
a=ice-ufrag:theirs
m=video 9 UDP/TLS/RTP/SAVPF 96 97
a=mid:1
"""
LINES = [
    "candidate:1 1 udp 2130706431 10.0.0.7 7882 typ host ufrag x",
    "a=candidate:1 1 UDP 2130706431 10.0.0.7 7882 typ host",
    "candidate:2 1 tcp 1671430143 203.0.113.5 7881 typ host tcptype passive",
    "candidate:3 1 udp 1694498815 203.0.113.5 50123 typ srflx raddr 0.0.0.0 rport 0",
    "candidate:4 2 udp 2130706431 10.0.0.7 7883 typ host",
    "candidate:5 1 udp 5 198.51.100.1 3478 typ relay",
    "candidate:6 1 udp 2130706431 abc.local 7882 typ host",
    "",
]


def test_what_livekit_writes_is_read_and_what_is_written_livekit_reads() -> None:
    said = rtc.SignalResponse(join=rtc.JoinResponse(server_version="1.9", ping_timeout=15))
    ((kind, value),) = fields_of(said.SerializeToString())
    assert kind == JOIN
    assert isinstance(value, bytes)
    assert (part(value, 4), part(value, 5), dict(fields_of(value))[10]) == (b"1.9", b"", 15)
    ours = field_of(ANSWER, field_of(1, b"answer") + field_of(2, b"x" * 300) + field_of(3, 70_000))
    read = rtc.SignalRequest.FromString(ours)
    assert (read.answer.type, len(read.answer.sdp), read.answer.id) == ("answer", 300, 70_000)


@pytest.mark.parametrize("message", [b"\x0a", b"\x0a\x05abc", b"\xff" * 11, b"\x0b", b"\x09\x00"])
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(fields_of(message))


def test_each_address_for_media_is_tried_once_and_others_relays_are_not() -> None:
    found = [(way.transport, way.host, way.port) for way in ways_in(LINES)]
    assert found == [("udp", "10.0.0.7", 7882), ("tcp", "203.0.113.5", 7881), ("udp", "203.0.113.5", 50123)]


def test_the_answer_takes_up_the_data_channel_and_nothing_else() -> None:
    answer = answer_to(OFFER.replace("\n", "\r\n"), IceUser("ours", "p" * 32))
    assert "a=group:BUNDLE 0\r\n" in answer
    assert "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" in answer
    assert "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\n" in answer
    assert answer.count("a=ice-ufrag:ours\r\n") == 1


def test_only_the_answer_to_this_very_check_counts() -> None:
    request = BindingRequest.to(IceUser("theirs", "q" * 24), IceUser.new())
    assert len(request.body) == 20 + struct.unpack_from("!H", request.body, 2)[0]

    def answer(kind: int, transaction: bytes = request.transaction, cookie: int = COOKIE) -> bytes:
        return struct.pack("!HHI12s", kind, 0, cookie, transaction)

    assert request.is_answered_by(answer(0x0101))
    assert request.is_answered_by(answer(0x0111)), "who refuses in words of its own is there"
    for other in (answer(0x0001), answer(0x0101, bytes(12)), answer(0x0101, cookie=1), b"", request.body):
        assert not request.is_answered_by(other)
