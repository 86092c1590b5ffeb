"""Channels over a raw socket, in both serializers: join, leave, broadcast, presence, tokens, refusals."""

from __future__ import annotations

import time
from uuid import UUID

import httpx
import psycopg
import pytest
import websockets

from sahne.settings import Settings
from tests.conftest import Running
from tests.gateway.realtime_socket import talking
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server")]

VERSIONS = ["1.0.0", "2.0.0"]
ADA = UUID(int=0xADA)
ROOM = "realtime:room1"


async def refusal(settings: Settings, path: str) -> tuple[int, str]:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(settings.api_url.replace("http", "ws") + path)
    answer = refused.value.response
    return answer.status_code, (answer.body or b"").decode()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_heartbeat_is_answered(settings: Settings, version: str) -> None:
    async with talking(settings, version) as talk:
        ref = await talk.send("phoenix", "heartbeat", {})
        heard = await talk.hear()
        assert (heard.ref, heard.event, heard.payload) == (ref, "phx_reply", {"status": "ok", "response": {}})


async def test_the_handshake_is_refused_as_plain_http(settings: Settings) -> None:
    status, body = await refusal(settings, "/realtime/v1/websocket")
    assert (status, body) == (401, '{"error":"Missing API key"}')
    assert (await refusal(settings, "/realtime/v1/websocket?apikey=nonsense"))[0] == 401
    expired = token(ADA, exp=int(time.time()) - 10)
    assert await refusal(settings, f"/realtime/v1/websocket?apikey={expired}") == (401, '{"error":"Token has expired"}')
    assert (await refusal(settings, f"/realtime/v1/websocket?apikey={settings.anon_key}&vsn=9"))[0] == 400
    assert (await refusal(settings, f"/elsewhere?apikey={settings.anon_key}"))[0] == 404


async def test_the_opaque_keys_and_the_header_open_the_door_too(settings: Settings) -> None:
    async with talking(settings, key=settings.publishable_key) as talk:
        assert (await talk.join(ROOM)).payload["status"] == "ok"
    url = settings.api_url.replace("http", "ws") + "/socket/websocket"
    async with websockets.connect(url, additional_headers={"x-api-key": settings.secret_key}) as socket:
        await socket.ping()


async def test_http_goes_on_beside_the_sockets(server: Running) -> None:
    async with talking(server.settings), httpx.AsyncClient() as http:
        assert (await http.get(f"{server.url}/health")).status_code == 200
        assert (await http.get(f"{server.url}/realtime/v1/websocket")).status_code == 404


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_join_echoes_every_asking_in_order_with_an_id_that_is_not_zero(
    settings: Settings, version: str
) -> None:
    asked = [
        {"event": "INSERT", "schema": "public", "table": "nowhere", "filter": "id=eq.1", "odd": [1, {"x": None}]},
        {"event": "*", "schema": "public"},
        {"event": "INSERT", "schema": "public", "table": "nowhere", "filter": "id=eq.1", "odd": [1, {"x": None}]},
    ]
    async with talking(settings, version) as talk:
        answer = await talk.join(ROOM, {"postgres_changes": [None, *asked]})
        items = answer.payload["response"]["postgres_changes"]
        assert [{k: v for k, v in item.items() if k != "id"} for item in items] == asked
        assert all(isinstance(item["id"], int) and item["id"] for item in items)
        assert items[0]["id"] == items[2]["id"] != items[1]["id"]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_plain_join_answers_an_empty_list_and_nothing_else(settings: Settings, version: str) -> None:
    async with talking(settings, version) as talk:
        assert (await talk.join(ROOM)).payload == {"status": "ok", "response": {"postgres_changes": []}}
        await talk.silent()


@pytest.mark.parametrize("payload", [None, 3, [], {"config": 3}, {"config": {"broadcast": [], "postgres_changes": {}}}])
async def test_an_odd_configuration_falls_back_to_the_defaults(settings: Settings, payload: object) -> None:
    async with talking(settings) as talk:
        await talk.send(ROOM, "phx_join", payload, join_ref="1")
        assert (await talk.hear()).payload["status"] == "ok"


@pytest.mark.parametrize("version", VERSIONS)
async def test_leaving_answers_and_closes_and_then_nothing_arrives(settings: Settings, version: str) -> None:
    async with talking(settings, version) as one, talking(settings, version) as other:
        joined = await one.join(ROOM)
        await other.join(ROOM)
        ref = await one.send(ROOM, "phx_leave", {}, join_ref=joined.ref)
        left, closed = await one.hear(), await one.hear()
        assert (left.ref, left.payload["status"]) == (ref, "ok")
        assert (closed.event, closed.ref) == ("phx_close", joined.ref)
        await other.send(ROOM, "broadcast", {"type": "broadcast", "event": "e", "payload": {}})
        await other.silent()
        await one.silent()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_second_join_of_a_topic_closes_the_first(settings: Settings, version: str) -> None:
    async with talking(settings, version) as talk:
        first = await talk.join(ROOM)
        await talk.send(ROOM, "phx_join", {"config": {}}, ref="9", join_ref="9")
        closed, joined = await talk.hear(), await talk.hear()
        assert (closed.event, closed.ref) == ("phx_close", first.ref)
        assert (joined.event, joined.ref) == ("phx_reply", "9")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_push_to_a_topic_that_is_not_joined_is_unmatched(settings: Settings, version: str) -> None:
    async with talking(settings, version) as talk:
        await talk.send(ROOM, "broadcast", {"event": "e"})
        assert (await talk.hear()).payload == {"status": "error", "response": {"reason": "unmatched topic"}}


async def test_a_topic_needs_a_name(settings: Settings) -> None:
    async with talking(settings) as talk:
        for topic in ("realtime:", "elsewhere:a", "realtime:" + "x" * 300):
            answer = await talk.join(topic)
            assert answer.payload["response"]["reason"] == "TopicNameRequired: You must provide a topic name"


async def test_a_text_broadcast_reaches_the_others_in_both_serializers(settings: Settings) -> None:
    async with talking(settings) as sender, talking(settings) as two, talking(settings, "1.0.0") as one:
        for talk in (sender, two, one):
            await talk.join(ROOM)
        body = {"type": "broadcast", "event": "cursor", "payload": {"x": 1}}
        await sender.send(ROOM, "broadcast", body)
        for talk in (two, one):
            heard = await talk.hear()
            assert (heard.topic, heard.event, heard.payload, heard.ref) == (ROOM, "broadcast", body, None)
        await sender.silent()


async def test_a_binary_broadcast_is_binary_for_2_and_text_for_1_and_bytes_do_not_reach_1(settings: Settings) -> None:
    async with talking(settings) as sender, talking(settings) as two, talking(settings, "1.0.0") as one:
        for talk in (sender, two, one):
            await talk.join(ROOM)
        head = b"1" + b"7" + ROOM.encode() + b"new"
        lengths = bytes([1, 1, len(ROOM), 3, 0])
        await sender.socket.send(b"\x03" + lengths + b"\x01" + head + b'{"x":1}')
        assert await two.hear_bytes() == bytes([4, len(ROOM), 3, 0, 1]) + ROOM.encode() + b'new{"x":1}'
        assert (await one.hear()).payload == {"type": "broadcast", "event": "new", "payload": {"x": 1}}
        await sender.socket.send(b"\x03" + lengths + b"\x00" + head + b"\xff\x00")
        assert await two.hear_bytes() == bytes([4, len(ROOM), 3, 0, 0]) + ROOM.encode() + b"new\xff\x00"
        await one.silent()
        await sender.socket.send(b"\x03" + lengths + b"\x01" + head + b"not json")
        assert (await sender.hear()).payload["status"] == "error"
        await two.silent()


async def test_self_and_ack_do_as_they_say(settings: Settings) -> None:
    async with talking(settings) as talk:
        await talk.join(ROOM, {"broadcast": {"self": "true", "ack": True}})
        ref = await talk.send(ROOM, "broadcast", {"type": "broadcast", "event": "e", "payload": {}})
        own, ack = await talk.hear(), await talk.hear()
        assert own.event == "broadcast"
        assert (ack.ref, ack.payload) == (ref, {"status": "ok", "response": {}})


@pytest.mark.parametrize("version", VERSIONS)
async def test_presence_is_told_as_state_then_as_differences(settings: Settings, version: str) -> None:
    listening = {"presence": {"key": "bo", "enabled": True}}
    async with talking(settings, version) as bo:
        await bo.join(ROOM, listening)
        assert (await bo.hear()).payload == {}
        async with talking(settings, version) as ada:
            await ada.join(ROOM, {"presence": {"key": "ada"}})
            ref = await ada.send(ROOM, "presence", {"type": "presence", "event": "track", "payload": {"mood": "glad"}})
            state, reply, own = await ada.hear(), await ada.hear(), await ada.hear()
            assert (state.event, reply.ref, own.event) == ("presence_state", ref, "presence_diff")
            joined = await bo.hear()
            (meta,) = joined.payload["joins"]["ada"]["metas"]
            assert (joined.event, meta["mood"], joined.payload["leaves"]) == ("presence_diff", "glad", {})
            await ada.send(ROOM, "presence", {"type": "presence", "event": "track", "payload": "not a map"})
            assert (await ada.hear()).payload["response"]["reason"] == "Presence track payload must be a map"
        left = await bo.hear()
        assert left.payload["leaves"]["ada"]["metas"][0]["phx_ref"] == meta["phx_ref"]


async def test_a_new_token_is_verified_and_a_bad_one_ends_the_channel(settings: Settings) -> None:
    async with talking(settings) as talk:
        joined = await talk.join(ROOM, token=token(ADA))
        for ignored in (None, token(ADA), settings.publishable_key, token(ADA, aud="other")):
            await talk.send(ROOM, "access_token", {"access_token": ignored}, join_ref=joined.ref)
            await talk.silent()
        await talk.send(ROOM, "access_token", {"access_token": "nonsense"}, join_ref=joined.ref)
        system, closed = await talk.hear(), await talk.hear()
        assert (system.payload["status"], system.payload["extension"]) == ("error", "system")
        assert (closed.event, closed.ref) == ("phx_close", joined.ref)


async def test_a_join_with_a_bad_or_expired_token_is_refused_by_name(settings: Settings) -> None:
    async with talking(settings) as talk:
        forged = token(ADA, secret="x" * 40)
        expired = token(ADA, exp=int(time.time()) - 60)
        reasons = [
            (await talk.join(ROOM, token=token)).payload["response"]["reason"]
            for token in ("nonsense", forged, expired)
        ]
        assert reasons[0] == "MalformedJWT: The token provided is not a valid JWT"
        assert reasons[1] == "JwtSignatureError: Failed to validate JWT signature"
        assert reasons[2].startswith("InvalidJWTToken: Token has expired 6")


async def test_a_channel_ends_when_its_token_does(settings: Settings) -> None:
    async with talking(settings) as talk:
        await talk.join(ROOM, token=token(ADA, exp=int(time.time()) + 2))
        system, closed = await talk.hear(), await talk.hear()
        assert system.payload["message"].startswith("Token has expired")
        assert closed.event == "phx_close"


async def test_an_asking_that_cannot_work_is_told_why(settings: Settings, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("create table if not exists public.quiet (id int primary key)")
    async with talking(settings) as talk:
        await talk.join(ROOM, {"postgres_changes": [{"event": "*", "schema": "public", "table": "quiet"}]})
        heard = await talk.hear()
        assert (heard.payload["extension"], heard.payload["status"]) == ("postgres_changes", "error")
        assert heard.payload["message"].startswith("Unable to subscribe to changes with given parameters. Please check")
        assert heard.payload["message"].endswith("public.quiet is not in the publication supabase_realtime")


@pytest.mark.parametrize("data", ["not json", "[]", b"\x09binary"])
async def test_what_is_not_a_message_closes_the_socket_with_a_reason(settings: Settings, data: str | bytes) -> None:
    async with talking(settings) as talk:
        await talk.socket.send(data)
        code, reason = await talk.closed()
        assert code == 1008
        assert reason
