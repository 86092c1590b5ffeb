"""Private channels by the policies of realtime.messages, broadcasts over HTTP and from SQL."""

from __future__ import annotations

from uuid import UUID

import httpx
import psycopg
import pytest

from sahne.settings import Settings
from tests.conftest import Running
from tests.gateway.realtime_socket import talking
from tests.world import token

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("server", "policies")]

ADA, BO, CEM = UUID(int=0xADA), UUID(int=0xB0), UUID(int=0xCE)
PRIVATE = {"private": True}
ROOM = "realtime:club"


@pytest.fixture(scope="module")
def policies(database_url: str) -> None:
    """In the club Ada may read and send, Bo only read, nobody else anything; presence is Ada's alone to tell."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(f"""
            create policy club_read on realtime.messages for select to authenticated
              using (realtime.topic() = 'club' and (select auth.uid()) in ('{ADA}', '{BO}'));
            create policy club_write on realtime.messages for insert to authenticated
              with check (realtime.topic() = 'club' and (select auth.uid()) = '{ADA}');
        """)


async def test_a_private_topic_is_read_by_those_its_policies_name(settings: Settings) -> None:
    async with talking(settings) as talk:
        refused = await talk.join(ROOM, PRIVATE, token(CEM))
        reason = "Unauthorized: You do not have permissions to read from this Channel topic: club"
        assert refused.payload == {"status": "error", "response": {"reason": reason}}
        assert (await talk.join("realtime:other", PRIVATE, token(ADA))).payload["status"] == "error"
        assert (await talk.join(ROOM, PRIVATE)).payload["status"] == "error"
        assert (await talk.join(ROOM, PRIVATE, token(BO))).payload["status"] == "ok"


async def test_a_reader_who_may_not_send_is_not_heard(settings: Settings) -> None:
    async with talking(settings) as ada, talking(settings) as bo:
        await ada.join(ROOM, PRIVATE, token(ADA))
        await bo.join(ROOM, PRIVATE, token(BO))
        body = {"type": "broadcast", "event": "e", "payload": {"from": "bo"}}
        await bo.send(ROOM, "broadcast", body)
        await bo.silent()
        await ada.silent()
        await ada.send(ROOM, "broadcast", body)
        assert (await bo.hear()).payload == body


async def test_the_public_and_the_private_topic_of_one_name_do_not_meet(settings: Settings) -> None:
    async with talking(settings) as ada, talking(settings) as stranger:
        await ada.join(ROOM, PRIVATE, token(ADA))
        await stranger.join(ROOM)
        await stranger.send(ROOM, "broadcast", {"type": "broadcast", "event": "e", "payload": {}})
        await stranger.silent()
        await ada.silent()
        await ada.send(ROOM, "broadcast", {"type": "broadcast", "event": "e", "payload": {}})
        await ada.silent()
        await stranger.silent()


async def test_a_new_token_without_the_right_to_read_ends_the_channel(settings: Settings) -> None:
    async with talking(settings) as talk:
        joined = await talk.join(ROOM, PRIVATE, token(ADA))
        await talk.send(ROOM, "access_token", {"access_token": token(CEM)}, join_ref=joined.ref)
        system, closed = await talk.hear(), await talk.hear()
        assert system.payload["message"] == "You no longer have permission to read from this Channel topic: club"
        assert closed.event == "phx_close"


async def test_the_probes_leave_no_rows(settings: Settings, database_url: str) -> None:
    async with talking(settings) as talk:
        await talk.join(ROOM, PRIVATE, token(ADA))
    with psycopg.connect(database_url) as conn:
        assert conn.execute("select count(*) from realtime.messages where event = 'probe'").fetchone() == (0,)


async def test_a_batch_over_http_reaches_its_topics_and_skips_what_is_not_allowed(server: Running) -> None:
    settings = server.settings
    async with talking(settings) as ada, talking(settings, "1.0.0") as anyone, httpx.AsyncClient() as http:
        await ada.join(ROOM, PRIVATE, token(ADA))
        await anyone.join("realtime:open")
        messages = [
            {"topic": "club", "event": "e", "payload": {"n": 1}, "private": True},
            {"topic": "open", "event": "e", "payload": {"n": 2}},
        ]
        url = f"{server.url}/realtime/v1/api/broadcast"
        for user in (BO, ADA):  # Bo may not send to the club
            headers = {"apikey": settings.anon_key, "authorization": f"Bearer {token(user)}"}
            answer = await http.post(url, json={"messages": messages}, headers=headers)
            assert (answer.status_code, answer.content) == (202, b"")
            assert (await anyone.hear()).payload == {"type": "broadcast", "event": "e", "payload": {"n": 2}}
        assert (await ada.hear_bytes()).endswith(b"club" + b'e{"n":1}')
        await ada.silent()


async def test_one_event_over_http_json_or_bytes(server: Running) -> None:
    settings = server.settings
    async with talking(settings) as talk, httpx.AsyncClient(base_url=server.url) as http:
        await talk.join("realtime:a b")
        url, headers = "/realtime/v1/api/broadcast/a%20b/events/new", {"apikey": settings.anon_key}
        assert (await http.post(url, json={"x": 1}, headers=headers)).status_code == 202
        assert (await talk.hear_bytes()).endswith(b'\x01realtime:a bnew{"x":1}')
        octets = headers | {"content-type": "application/octet-stream"}
        assert (await http.post(url, content=b"\x00\x01", headers=octets)).status_code == 202
        assert (await talk.hear_bytes()).endswith(b"\x00realtime:a bnew\x00\x01")
        assert (await http.post(url, content=b"{", headers=headers)).status_code == 422
        refused = await http.post("/realtime/v1/api/broadcast/club/events/e?private=true", json={}, headers=headers)
        assert (refused.status_code, refused.json()) == (403, {"message": "Unauthorized"})


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"messages": 3}', b'{"messages": [{"topic": "", "event": "e", "payload": {}}]}']
)
async def test_a_batch_that_is_none_is_unprocessable_and_needs_a_key(server: Running, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        headers = {"apikey": server.settings.anon_key}
        answer = await http.post("/realtime/v1/api/broadcast", content=body, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"]
        assert (await http.post("/realtime/v1/api/broadcast", content=body)).status_code == 401


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
async def test_a_broadcast_from_sql_reaches_the_topic_it_names(
    settings: Settings, database_url: str, version: str
) -> None:
    async with talking(settings, version) as ada, talking(settings, version) as anyone:
        await ada.join(ROOM, PRIVATE, token(ADA))
        await anyone.join(ROOM)
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute("""select realtime.send('{"n": 1}', 'counted', 'club')""")
        heard = await ada.hear()
        assert (heard.event, heard.payload["event"], heard.payload["payload"]["n"]) == ("broadcast", "counted", 1)
        assert heard.payload["meta"]["id"] == heard.payload["payload"]["id"]
        await anyone.silent()


async def test_bytes_from_sql_reach_serializer_2(settings: Settings, database_url: str) -> None:
    async with talking(settings) as talk:
        await talk.join("realtime:raw")
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute(r"select realtime.send_binary('\x00ff', 'bytes', 'raw', false)")
        assert (await talk.hear_bytes()).endswith(b"\x00\xff")
