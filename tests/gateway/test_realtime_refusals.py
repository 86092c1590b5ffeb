"""What realtime cannot do or may not take is refused by name, and its neighbour goes on: tokens, replay, waiting."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
import websockets

from sahne.settings import Settings
from tests.conftest import Running
from tests.gateway.realtime_socket import Talk, talking
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server")]

ADA = UUID(int=0xADA)
ROOM = "realtime:room1"
ROLE = "postgres"
CLAIMS_MISSING = "Fields `role` and `exp` are required in JWT"
ROLE_REFUSED = "The role 'postgres' of the token is none of anon, authenticated, service_role"
FOREVER = 4_000_000_000


def signed(settings: Settings, **claims: object) -> str:
    return jwt.encode(claims, settings.jwt_secret, "HS256")


def lacking(settings: Settings) -> list[str]:
    return [
        signed(settings, sub=str(ADA), exp=FOREVER),
        signed(settings, sub=str(ADA), role="authenticated"),
        signed(settings),
    ]


async def reason_of(talk: Talk, config: dict[str, Any] | None = None, token: str | None = None) -> str:
    answer = (await talk.join(ROOM, config, token)).payload
    assert answer["status"] == "error"
    return str(answer["response"]["reason"])


async def test_a_join_wants_a_role_and_an_end_in_its_token(settings: Settings) -> None:
    async with talking(settings) as talk:
        for unfit in lacking(settings):
            assert await reason_of(talk, token=unfit) == f"InvalidJWTToken: {CLAIMS_MISSING}"
        whole = signed(settings, role="anon", exp=FOREVER)
        assert (await talk.join(ROOM, token=whole)).payload["status"] == "ok"


async def test_a_new_token_without_them_ends_the_channel(settings: Settings) -> None:
    async with talking(settings) as talk:
        for other, message in [
            (lacking(settings)[0], CLAIMS_MISSING),
            (token(ADA, role=ROLE), ROLE_REFUSED),
        ]:
            joined = await talk.join(ROOM, token=token(ADA))
            await talk.send(ROOM, "access_token", {"access_token": other}, join_ref=joined.ref)
            assert (await talk.hear()).payload["message"] == message
            assert (await talk.hear()).event == "phx_close"


async def test_another_signed_role_is_told_which_roles_there_are(settings: Settings) -> None:
    async with talking(settings) as talk:
        assert await reason_of(talk, token=token(ADA, role=ROLE)) == f"Unauthorized: {ROLE_REFUSED}"


async def test_the_handshake_says_the_same_and_takes_the_servers_own_keys_as_they_are(settings: Settings) -> None:
    for unfit in lacking(settings):
        assert await handshake_refusal(settings, unfit) == (401, f'{{"error":"{CLAIMS_MISSING}"}}')
    other = token(ADA, role=ROLE)
    assert await handshake_refusal(settings, other) == (401, f'{{"error":"{ROLE_REFUSED}"}}')
    for key in (settings.anon_key, settings.service_role_key, settings.publishable_key, settings.secret_key):
        async with talking(settings, key=key) as talk:
            assert (await talk.join(ROOM)).payload["status"] == "ok"


async def handshake_refusal(settings: Settings, key: str) -> tuple[int, str]:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await talking(settings, key=key).__aenter__()
    answer = refused.value.response
    return answer.status_code, (answer.body or b"").decode()


async def test_a_broadcast_over_http_wants_them_too(server: Running) -> None:
    for unfit in lacking(server.settings):
        answer = await broadcast(server, authorization=f"Bearer {unfit}")
        assert (answer.status_code, answer.json()["error"]) == (401, CLAIMS_MISSING)
    assert (await broadcast(server, authorization=f"Bearer {token(ADA)}")).status_code == 202


@pytest.mark.parametrize("query", ["persist=true", "persist[ttl]=60", "persist", "persist[ttl]=0", "persist[ttl]=x"])
async def test_a_broadcast_over_http_to_a_public_topic_is_not_taken_to_be_stored(server: Running, query: str) -> None:
    async with talking(server.settings) as talk:
        await talk.join(ROOM)
        answer = await broadcast(server, query=query)
        assert answer.status_code == 422
        assert answer.json()["error"].startswith("persist ")
        await talk.silent()
        assert (await broadcast(server, query="persist=false")).status_code == 202
        assert await talk.hear_bytes()


async def test_a_batch_names_so_many_private_topics_and_the_server_any_number(server: Running) -> None:
    messages = [{"topic": f"t{number}", "event": "e", "payload": {}, "private": True} for number in range(51)]
    url, keys = f"{server.url}/realtime/v1/api/broadcast", (server.settings.anon_key, server.settings.service_role_key)
    async with httpx.AsyncClient(timeout=30) as http:
        answers = [
            (await http.post(url, json={"messages": batch}, headers={"apikey": key})).status_code
            for key, batch in ((keys[0], messages), (keys[0], messages[:50]), (keys[1], messages))
        ]
    assert answers == [422, 202, 202]


async def test_a_large_batch_counts_for_what_it_weighs_before_it_is_read(server: Running) -> None:
    url, headers = f"{server.url}/realtime/v1/api/broadcast", {"apikey": server.settings.anon_key}
    heavy = b"x" * 1_500_000
    async with httpx.AsyncClient(timeout=30) as http:
        answers = [(await http.post(url, content=heavy, headers=headers)).status_code for _ in range(10)]
        assert answers[0] == 422
        assert 429 in answers
        own = {"apikey": server.settings.service_role_key}
        assert (await http.post(url, json={"messages": []}, headers=own)).status_code == 202


async def broadcast(server: Running, query: str = "", **headers: str) -> httpx.Response:
    url = f"{server.url}/realtime/v1/api/broadcast/room1/events/e?{query}"
    async with httpx.AsyncClient() as http:
        return await http.post(url, json={"x": 1}, headers={"apikey": server.settings.anon_key, **headers})


@pytest.mark.parametrize("meta", [b'{"persist":true}', b'{"persist":{"ttl":60}}'])
async def test_a_broadcast_to_a_public_topic_that_wants_to_be_stored_is_refused_in_its_reply(
    settings: Settings, meta: bytes
) -> None:
    async with talking(settings) as talk, talking(settings) as other:
        for each in (talk, other):
            await each.join(ROOM)
        await talk.socket.send(binary(meta))
        reply = await talk.hear()
        assert (reply.ref, reply.payload["status"]) == ("42", "error")
        assert reply.payload["response"]["error"] == "persist can only be used on private channels"
        await other.silent()
        await talk.socket.send(binary(b'{"persist":false}'))
        assert await other.hear_bytes()
        text = {"type": "broadcast", "event": "e", "payload": {}, "persist": True}
        await talk.send(ROOM, "broadcast", text)
        assert (await talk.hear()).payload["status"] == "error"
        await other.silent()


def binary(meta: bytes) -> bytes:
    topic = ROOM.encode()
    return bytes([3, 0, 2, len(topic), 1, len(meta), 1]) + b"42" + topic + b"e" + meta + b'{"x":1}'


async def test_replay_is_refused_where_it_would_be_left_out_in_silence(settings: Settings) -> None:
    cases = [
        (False, {"since": 1}, "Replay is not allowed for public channels"),
        (True, {"limit": 5}, "Replay params are not valid"),
        (True, {"since": 1, "limit": "many"}, "Replay params are not valid"),
        (True, "yes", "Replay params are not valid"),
        (True, {"since": True}, "Replay params are not valid"),
        (True, {"since": -1}, "Replay params are not valid"),
        (True, {"since": 10**18}, "Replay params are not valid"),
    ]
    async with talking(settings, key=settings.service_role_key) as talk:
        for private, replay, words in cases:
            config = {"private": private, "broadcast": {"replay": replay}}
            assert await reason_of(talk, config) == f"UnableToReplayMessages: {words}"
        assert (await talk.join(ROOM, {"private": True, "broadcast": {"replay": None}})).payload["status"] == "ok"


async def test_a_stranger_to_a_private_topic_is_told_that_and_nothing_about_replay(settings: Settings) -> None:
    async with talking(settings) as talk:
        config = {"private": True, "broadcast": {"replay": {"since": 1}}}
        assert (await reason_of(talk, config)).startswith("Unauthorized: ")


async def test_a_join_that_waits_for_changes_is_refused_when_none_can_come(settings: Settings) -> None:
    nowhere = {"event": "*", "schema": "public", "table": "nowhere"}
    waiting = {"postgres_changes_options": {"wait": True}}
    async with talking(settings) as talk:
        reason = await reason_of(talk, {"postgres_changes": [nowhere], **waiting})
        assert reason.startswith("RealtimeDisabledForConfiguration: Unable to subscribe to changes")
        assert reason.endswith("there is no table public.nowhere")
        patient = await talk.join(ROOM, {"postgres_changes": [nowhere]})
        assert patient.payload["status"] == "ok"
        assert (await talk.hear()).payload["status"] == "error"


async def test_a_join_that_waits_comes_in_when_changes_do(settings: Settings) -> None:
    lines = {"event": "*", "schema": "public", "table": "live_messages"}
    async with talking(settings) as talk:
        config = {"postgres_changes": [lines], "postgres_changes_options": {"wait": True, "timeout": 5000}}
        assert (await talk.join(ROOM, config, token(ADA))).payload["status"] == "ok"
        assert (await talk.hear()).payload["message"] == "Subscribed to PostgreSQL"
        await talk.silent()
