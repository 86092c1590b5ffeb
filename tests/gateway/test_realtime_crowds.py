"""A crowd of one address that listens to changes is bounded, and neither its neighbours nor the server are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from sahne.settings import Settings
from tests.conftest import free_port, running_server
from tests.eventually import eventually_async
from tests.gateway.realtime_socket import Talk, talking
from tests.keys import own_keys
from tests.world import token

pytestmark = pytest.mark.anyio

ROOM = "realtime:db"
LINES = {"postgres_changes": [{"event": "*", "schema": "public", "table": "live_messages"}]}
CROWDED, QUIET = {"x-real-ip": "203.0.113.66"}, {"x-real-ip": "203.0.113.1"}
TOO_MANY = "ConnectionRateLimitReached: Too many different users of one address listen to postgres_changes"


@pytest.fixture(scope="module")
def guarded(settings: Settings) -> Iterator[Settings]:
    """A server behind a proxy that names its callers, with room for two viewers of an address."""
    made = replace(
        settings,
        **own_keys(),
        client_ip_header="x-real-ip",
        port=free_port(),
        realtime_viewers_of_an_address_max=2,
    )
    with running_server(made):
        yield made


async def listens(guarded: Settings, talk: Talk, person: int, room: str = ROOM) -> str:
    """What a join with changes is answered."""
    payload = (await talk.join(room, LINES, token(UUID(int=person), secret=guarded.jwt_secret))).payload
    if payload["status"] == "ok":
        assert (await talk.hear()).payload["message"] == "Subscribed to PostgreSQL"
        return "ok"
    return str(payload["response"]["reason"])


async def test_a_third_person_of_an_address_is_told_and_comes_in_when_one_has_left(guarded: Settings) -> None:
    async with talking(guarded, headers=CROWDED) as one, talking(guarded, headers=CROWDED) as other:
        assert await listens(guarded, one, 1) == "ok"
        assert await listens(guarded, other, 2) == "ok"
        assert await listens(guarded, other, 2, "realtime:again") == "ok"
        assert await listens(guarded, other, 3, "realtime:third") == TOO_MANY
        assert (await other.join("realtime:talk", token=token(UUID(int=3), secret=guarded.jwt_secret))).payload[
            "status"
        ] == "ok"
        async with talking(guarded, headers=QUIET) as neighbour:
            assert await listens(guarded, neighbour, 3) == "ok"
        async with talking(guarded, key=guarded.service_role_key, headers=CROWDED) as server:
            assert (await server.join(ROOM, LINES)).payload["status"] == "ok"
        await one.send(ROOM, "phx_leave", {})
        assert (await one.hear()).event == "phx_reply"
        assert await listens(guarded, other, 3, "realtime:third") == "ok"


async def test_tokens_change_over_within_the_bound_and_one_too_many_ends_its_channel(guarded: Settings) -> None:
    async with talking(guarded, headers=CROWDED) as talk:
        rooms = [f"realtime:{number}" for number in range(5)]
        for room in rooms:
            assert await listens(guarded, talk, 1, room) == "ok"
        for number, room in enumerate(rooms[:4]):
            other = token(UUID(int=1), secret=guarded.jwt_secret, session_id=str(number))
            await talk.send(room, "access_token", {"access_token": other})
            if number < 3:
                await talk.silent()
        system, closed = await talk.hear(), await talk.hear()
        assert system.payload["message"] == TOO_MANY.partition(": ")[2]
        assert (closed.event, closed.topic) == ("phx_close", rooms[3])
        await talk.silent()


async def test_people_who_hung_up_take_no_place(guarded: Settings) -> None:
    for person in range(6):
        async with talking(guarded, headers=CROWDED) as talk:

            async def comes_in() -> bool:
                return await listens(guarded, talk, person, f"realtime:{uuid4()}") == "ok"  # noqa: B023

            await eventually_async(comes_in)
