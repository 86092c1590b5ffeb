"""The two serializers, byte for byte as the clients write and expect them."""

from __future__ import annotations

import orjson
import pytest

from sahne.gateway.realtime.frames import (
    BadFrame,
    Version,
    decode_binary,
    decode_text,
    encode_broadcast,
    encode_text,
    frame_text,
)


def test_serializer_1_reads_an_object_and_2_an_array() -> None:
    one = decode_text(
        Version.V1, b'{"topic":"realtime:a","event":"phx_join","payload":{"x":1},"ref":"2","join_ref":"1"}'
    )
    two = decode_text(Version.V2, b'["1","2","realtime:a","phx_join",{"x":1}]')
    assert one == two
    assert (one.join_ref, one.ref, one.topic, one.event, one.payload) == ("1", "2", "realtime:a", "phx_join", {"x": 1})


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (Version.V1, b'["1","2","t","e",{}]'),
        (Version.V2, b'{"topic":"t","event":"e"}'),
        (Version.V2, b'["1","2","t","e"]'),
        (Version.V2, b"not json"),
        (Version.V1, b'{"topic":1,"event":"e"}'),
    ],
)
def test_a_message_of_another_shape_is_refused(version: Version, data: bytes) -> None:
    with pytest.raises(BadFrame):
        decode_text(version, data)


def test_serializer_1_always_writes_a_ref_even_when_it_is_null() -> None:
    frame = encode_text(Version.V1, "realtime:a", "broadcast", b'{"x":1}')
    assert orjson.loads(frame[2:]) == {"ref": None, "topic": "realtime:a", "event": "broadcast", "payload": {"x": 1}}


def test_serializer_2_writes_the_join_ref_of_a_message_about_the_channel() -> None:
    frame = encode_text(Version.V2, "realtime:a", "system", b"{}", join_ref="13")
    assert frame[2:] == b'["13",null,"realtime:a","system",{}]'


def test_a_binary_broadcast_is_read_as_realtime_js_writes_it() -> None:
    push = decode_binary(bytes([3, 1, 2, 10, 3, 2, 1]) + b"1" + b"42" + b"realtime:a" + b"new" + b"{}" + b'{"x":1}')
    assert (push.join_ref, push.ref, push.topic, push.event) == ("1", "42", "realtime:a", "new")
    assert (push.payload, push.is_json) == (b'{"x":1}', True)


@pytest.mark.parametrize(
    "data", [b"", b"\x03\x01", bytes([4, 0, 0, 0, 0, 0, 0]), bytes([3, 9, 9, 9, 9, 9, 0]) + b"short"]
)
def test_a_binary_frame_that_ends_early_or_is_of_another_kind_is_refused(data: bytes) -> None:
    with pytest.raises(BadFrame):
        decode_binary(data)


def test_a_binary_broadcast_is_written_as_realtime_js_reads_it() -> None:
    frame = encode_broadcast("realtime:a", "new", b"\x00\x01", is_json=False, meta=b"{}")
    assert frame[2:] == bytes([4, 10, 3, 2, 0]) + b"realtime:anew{}" + b"\x00\x01"
    assert frame[0] == 0x82


def test_a_topic_too_long_for_its_length_byte_is_refused() -> None:
    with pytest.raises(BadFrame):
        encode_broadcast("t" * 256, "e", b"{}", is_json=True)


@pytest.mark.parametrize(("size", "head"), [(125, 2), (126, 4), (65535, 4), (65536, 10)])
def test_a_websocket_frame_has_the_length_of_its_size(size: int, head: int) -> None:
    frame = frame_text(b"x" * size)
    assert len(frame) == head + size
    assert frame[0] == 0x81
