"""Large bodies under way: so many bytes in all and of one address; small ones always get through."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from sahne.gateway.asgi import Door, Message, Receive, Scope, Send
from sahne.gateway.bodies import SMALL_BYTES, Bodies, BodiesCrowd
from sahne.gateway.front import Front
from sahne.gateway.storage.calls import PROGRESS_BYTES_MIN, PROGRESS_SECONDS_MAX, Progress
from sahne.settings import Settings
from sahne.settings.reading import read_settings

LARGE = 200_000


def settings_of(**given: Any) -> Settings:
    return read_settings(env_file=None, request_body_bytes_max=LARGE, **given)


def from_address(host: str) -> Scope:
    return {"type": "http", "headers": [], "client": (host, 1)}


FLOOD, CALM = from_address("9.9.9.9"), from_address("1.1.1.1")


def test_what_one_address_has_under_way_is_bounded_and_another_goes_on() -> None:
    bodies = Bodies(settings_of(bodies_bytes_of_an_address_max=1, bodies_bytes_max=100 * LARGE))
    with bodies.of_request(FLOOD) as first, bodies.of_request(FLOOD) as second:
        first.grow(LARGE)
        assert second.grow(LARGE) == LARGE
        with bodies.of_request(FLOOD) as third:
            third.grow(SMALL_BYTES)
            with pytest.raises(BodiesCrowd):
                third.grow(1)
        with bodies.of_request(CALM) as beside:
            beside.grow(LARGE)
    with bodies.of_request(FLOOD) as again:
        again.grow(LARGE)
    assert bodies.bytes == 0


def test_all_together_are_bounded_and_small_ones_get_through() -> None:
    bodies = Bodies(settings_of(bodies_bytes_max=1))
    with bodies.of_request(from_address("127.0.0.1")) as first, bodies.of_request(FLOOD) as second:
        first.grow(LARGE)
        second.grow(LARGE)
        with bodies.of_request(CALM) as third:
            assert third.grow(SMALL_BYTES) == SMALL_BYTES
            with pytest.raises(BodiesCrowd):
                third.grow(LARGE)
    assert bodies.bytes == 0


def test_who_was_refused_gives_back_what_had_come() -> None:
    bodies = Bodies(settings_of(bodies_bytes_max=1))
    with bodies.of_request(FLOOD) as first, bodies.of_request(CALM) as second:
        first.grow(LARGE)
        second.grow(LARGE - 10)
        with pytest.raises(BodiesCrowd):
            second.grow(11)
    assert bodies.bytes == 0


@pytest.mark.anyio
async def test_the_front_weighs_what_a_door_reads_until_it_has_answered() -> None:
    seen: list[int] = []
    bodies = Bodies(settings_of())
    front = Front(settings_of(), {"/": reading(bodies, seen)}, bodies=bodies)
    assert (await asked(front, LARGE))[0]["status"] == 200
    assert seen == [LARGE]
    assert bodies.bytes == 0


@pytest.mark.anyio
async def test_and_says_to_come_again() -> None:
    bodies = Bodies(settings_of())
    front = Front(settings_of(), {"/": reading(bodies, [])}, bodies=bodies)
    with bodies.of_request(from_address("127.0.0.1")) as held:
        held.grow(64 * 1024 * 1024)
        start, body = await asked(front, LARGE)
        assert (start["status"], orjson.loads(body["body"])["code"]) == (503, "bodies_busy")
        assert dict(start["headers"])[b"retry-after"] == b"1"
        assert (await asked(front, SMALL_BYTES))[0]["status"] == 200


def reading(bodies: Bodies, seen: list[int]) -> Door:
    async def door(_: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        seen.append(bodies.bytes)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return door


async def asked(front: Front, size: int) -> list[Message]:
    sent: list[Message] = []
    pieces = [{"type": "http.request", "body": b"x" * half, "more_body": bool(n)} for n, half in ((1, size // 2), (0, size - size // 2))]  # fmt: skip

    async def receive() -> Message:
        return pieces.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost")], "client": None}
    await front(scope, receive, send)
    return sent


def test_an_upload_has_all_its_time_again_whenever_enough_has_come() -> None:
    progress = Progress()
    for _ in range(10):
        progress.note(PROGRESS_BYTES_MIN // 2, PROGRESS_SECONDS_MAX / 3)
        progress.note(PROGRESS_BYTES_MIN // 2, PROGRESS_SECONDS_MAX / 3)
    assert progress.seconds_left == PROGRESS_SECONDS_MAX


def test_a_byte_now_and_then_gains_it_none() -> None:
    progress = Progress()
    for _ in range(int(PROGRESS_SECONDS_MAX)):
        progress.note(1, 1.0)
    assert progress.seconds_left == 0
