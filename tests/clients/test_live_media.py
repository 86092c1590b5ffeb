"""Sahne, a real livekit-server and real clients: a picture arrives, people are counted, bans and ends are felt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from livekit import rtc

from supabase import create_client
from tests.clients.conftest import Packages
from tests.clients.live_media import Live, Seat, live_stage, painting, seated
from tests.clients.viewer_page import PLAYS, viewer_page
from tests.eventually import eventually_async

PASSWORD = "long enough"

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def live(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_stage(database_url, tmp_path_factory.mktemp("live")) as live:
        yield live


async def viewers(live: Live, session: str) -> int:
    return int((await asyncio.to_thread(live.world.row, UUID(session)))["viewer_count"])


async def test_an_evening_on_the_stage(live: Live) -> None:
    ada, bo, cem = live.world.person(creator=True), live.world.person(), live.world.person()
    session = (await live.do(ada, "live/sessions", {"session_type": "video_live"}))["session"]["id"]
    path = f"live/sessions/{session}"
    async with (
        seated(await live.do(ada, f"{path}/start")) as host,
        painting(host),
        seated(await live.do(bo, f"{path}/join")) as watching,
    ):
        old = await live.do(cem, f"{path}/join")
        async with seated(old) as banned:
            await eventually_async(lambda: counted(live, session, 2), seconds=20)
            await eventually_async(lambda: has_seen(watching, 5), seconds=20)
            named = "select count(*) from private.live_intervals where livekit_sid like 'PA_%%' and left_at is null"
            await eventually_async(lambda: gives(live, named, 3), seconds=20)

            await live.do(ada, f"{path}/bans", {"profile_id": str(cem)})
            reason = await asyncio.wait_for(banned.gone, 5)
            assert reason == rtc.DisconnectReason.PARTICIPANT_REMOVED
        await eventually_async(lambda: counted(live, session, 1), seconds=20)

        async with seated(old) as again:  # his token lives on, LiveKit knows no bans
            assert await asyncio.wait_for(again.gone, 10) == rtc.DisconnectReason.PARTICIPANT_REMOVED

        await live.do(ada, f"{path}/end")
        assert await asyncio.wait_for(watching.gone, 5) == rtc.DisconnectReason.ROOM_DELETED
    row = live.world.row(UUID(session))
    assert (row["status"], row["peak_viewers"], row["total_viewers"]) == ("ended", 2, 2)


async def test_the_example_of_a_viewer_watches_and_chats(live: Live, packages: Packages) -> None:
    ada, bo = live.world.person(creator=True), await asyncio.to_thread(somebody_with_a_password, live)
    session = (await live.do(ada, "live/sessions", {"session_type": "video_live", "title": "Songs"}))["session"]["id"]
    async with seated(await live.do(ada, f"live/sessions/{session}/start")) as host, painting(host):
        await asyncio.to_thread(watches_and_chats, live, packages, bo)
        await live.do(ada, f"live/sessions/{session}/end")
    assert "Hello from a page" in live.world.chat(ada, UUID(session))


def somebody_with_a_password(live: Live) -> str:
    """The address of a new user."""
    email = f"{uuid4().hex}@example.com"
    client = create_client(live.settings.api_url, live.settings.publishable_key)
    client.auth.sign_up({"email": email, "password": PASSWORD})
    return email


def watches_and_chats(live: Live, packages: Packages, email: str) -> None:
    """As a person does it."""
    with viewer_page(packages, live.settings.api_url) as (person, page):
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill("wrong password")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("status").get_by_text("Invalid login credentials").wait_for()
        person.faults.clear()  # the browser's own line of a 400
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Songs by").click()
        person.waits_for(PLAYS)
        page.get_by_label("Say something").fill("Hello from a page")
        page.get_by_role("button", name="Send").click()
        page.get_by_role("listitem").get_by_text("Hello from a page").wait_for()
        person.finds_nothing_wrong()


async def counted(live: Live, session: str, number: int) -> bool:
    return await viewers(live, session) == number


async def has_seen(seat: Seat, frames: int) -> bool:
    return seat.frames >= frames


async def gives(live: Live, query: str, number: int) -> bool:
    return bool(await asyncio.to_thread(live.world.one, query) == number)
