"""Whatever a client sends, it is answered, or its socket is closed with words: never an error of ours, never silence."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import orjson
import pytest
import websockets
from hypothesis import example, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from sahne.settings import Settings
from tests.conftest import Running
from tests.gateway.realtime_socket import ANSWER_SECONDS_MAX, talking
from tests.world import token

pytestmark = pytest.mark.anyio

TALKS, TALKS_PROVEN = 60, 3_000
ROOM, LAST = "realtime:room", "the last one"
ADA = token(UUID(int=0xADA))
OURS = ("Unknown Error on Channel", "Traceback", "object at 0x", "{'", "None")

odd = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**18,
        "",
        "x",
        "\0",
        "é" * 300,
        "true",
        [],
        [[]],
        {},
        {"a": None},
        [None, 5, "x"],
        ADA,
    ]
)
anything = st.recursive(
    odd,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "event", "id"]), inner, max_size=2)
    ),
    max_leaves=5,
)


def part(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object that has each of the fields or not, or something else in its place."""
    return st.fixed_dictionaries({}, optional=fields) | anything


flag = anything
binding = part(
    event=st.sampled_from(["*", "INSERT", "x"]) | anything,
    schema=st.sampled_from(["public", "*", "auth"]) | anything,
    table=st.sampled_from(["live_messages", "*", "profiles"]) | anything,
    filter=st.sampled_from(["id=eq.x", "content=match.(", "id=in.(", "content=eq.\0", "a=is.true"]) | anything,
    select=st.lists(st.sampled_from(["id", "x"]) | anything, max_size=2) | anything,
    id=anything,
)
config = part(
    broadcast=part(ack=flag, self=flag, replay=anything, replication_ready=flag),
    presence=part(key=anything, enabled=flag),
    private=flag,
    postgres_changes=st.lists(binding, max_size=3) | anything,
    postgres_changes_options=part(wait=flag, timeout=st.just(1) | anything),
)
join = part(config=config, access_token=st.just(ADA) | anything, user_token=anything)
pushes = st.one_of(
    st.tuples(st.just("access_token"), part(access_token=anything)),
    st.tuples(
        st.just("presence"),
        part(event=st.sampled_from(["track", "untrack", "x"]) | anything, payload=anything, type=anything),
    ),
    st.tuples(st.just("broadcast"), part(event=anything, payload=anything, type=anything, persist=anything)),
    st.tuples(st.sampled_from(["phx_leave", "heartbeat", "x" * 5_000]), anything),
)
refs = st.sampled_from([None, "1", "2", 1, 0, "", "é" * 255]) | st.sampled_from(
    [True, 1.5, "x" * 256, {"a": 1}, [], 2**64 - 1]
)
topics = st.sampled_from([ROOM, ROOM, ROOM, "phoenix", "realtime:", "x", "realtime:\0"]) | anything


def framed(version: str, join_ref: object, ref: object, topic: object, event: object, payload: object) -> object:
    if version == "2.0.0":
        return [join_ref, ref, topic, event, payload]
    return {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}


@st.composite
def talks(draw: st.DrawFn) -> tuple[str, list[object]]:
    """A serializer, a join, and what is sent then."""
    version = draw(st.sampled_from(["1.0.0", "2.0.0"]))
    frames = [framed(version, "1", "1", ROOM, "phx_join", draw(join))]
    for event, payload in draw(st.lists(pushes, max_size=4)):
        join_ref = draw(st.sampled_from(["1", "1", "1", None]) | refs)
        frames.append(framed(version, join_ref, draw(refs), draw(topics), event, payload))
    return version, frames + draw(st.lists(anything, max_size=1))


@pytest.mark.prove
@pytest.mark.timeout(1_200)
def test_nothing_that_a_client_sends_is_an_error_of_ours(server: Running, pytestconfig: pytest.Config) -> None:
    tries = TALKS_PROVEN if pytestconfig.getoption("--prove") else TALKS

    @trying(max_examples=tries, derandomize=True, deadline=None)
    @given(talks())
    @example(("2.0.0", [[{"a": 1}, None, ROOM, "phx_join", {}]]))
    @example(("1.0.0", [framed("1.0.0", 1, 1, ROOM, "phx_join", {}), framed("1.0.0", 1, {}, ROOM, "phx_leave", {})]))
    def hold(talk: tuple[str, list[object]]) -> None:
        asyncio.run(answered(server.settings, *talk))

    hold()


async def answered(settings: Settings, version: str, frames: list[object]) -> None:
    """Everything is sent, and then a heartbeat, whose answer ends it; or the socket was closed before, with words."""
    heard: list[str] = []
    async with talking(settings, version) as talk:
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                for frame in frames:
                    await talk.socket.send(orjson.dumps(frame).decode())
                await talk.send("phoenix", "heartbeat", {}, ref=LAST)
                while LAST not in (text := str(await talk.socket.recv())):
                    heard.append(text)
        except websockets.ConnectionClosed as end:
            assert end.rcvd is not None, frames
            assert end.rcvd.code == 1008, frames
            assert end.rcvd.reason, frames
    for text in heard:
        assert not any(word in text for word in OURS), (frames, text)


async def test_a_ref_is_given_back_as_it_was_written(settings: Settings, server: Running) -> None:
    for ref in ("7", 7, 0, ""):
        async with talking(settings) as talk:
            await talk.socket.send(orjson.dumps([ref, ref, ROOM, "phx_join", {}]).decode())
            heard = await talk.hear()
            assert (heard.join_ref, heard.ref, heard.event) == (ref, ref, "phx_reply")
            await talk.socket.send(orjson.dumps([ref, ref, ROOM, "phx_leave", {}]).decode())
            assert (await talk.hear()).payload["status"] == "ok"
    async with talking(settings) as talk:
        await talk.socket.send(orjson.dumps([None, {"a": 1}, ROOM, "phx_join", {}]).decode())
        code, reason = await talk.closed()
    assert code == 1008
    assert "A ref is a string of at most 255 characters, or a whole number." in reason


@pytest.mark.parametrize("payload", [{"access_token": 5}, {"access_token": {"a": 1}}, [], "x", 5])
async def test_a_token_that_is_no_text_is_refused(settings: Settings, server: Running, payload: object) -> None:
    async with talking(settings) as talk:
        joined = await talk.join(ROOM)
        await talk.send(ROOM, "access_token", payload, join_ref=joined.ref)
        answer = (await talk.hear()).payload
        assert answer["response"]["reason"] == "MalformedJWT: The token provided is not a valid JWT"
        if isinstance(payload, dict):
            await talk.send("realtime:other", "phx_join", payload, join_ref="9")
            assert (await talk.hear()).payload["response"]["reason"].startswith("MalformedJWT: ")


async def test_a_topic_that_is_oddly_private_is_private(settings: Settings, server: Running) -> None:
    async with talking(settings) as talk:
        for private in (1, "yes", {}, "TRUE"):
            answer = (await talk.join(ROOM, {"private": private})).payload
            assert answer["response"]["reason"].startswith("Unauthorized: ")
        for number, public in enumerate((None, False, "", "false", "False")):
            assert (await talk.join(f"{ROOM}{number}", {"private": public})).payload["status"] == "ok"


@pytest.mark.parametrize(("key", "shown"), [("ada", "ada"), (5, "5"), (True, "true"), (1.5, "1.5")])
async def test_a_presence_key_is_shown_as_it_would_stand_in_an_object(
    settings: Settings, server: Running, key: object, shown: str
) -> None:
    async with talking(settings) as talk:
        room = f"realtime:{shown}"
        await talk.join(room, {"presence": {"key": key, "enabled": True}})
        assert (await talk.hear()).event == "presence_state"
        await talk.send(room, "presence", {"type": "presence", "event": "track", "payload": {}})
        heard = [await talk.hear(), await talk.hear()]
        assert [list(one.payload["joins"]) for one in heard if one.event == "presence_diff"] == [[shown]]
