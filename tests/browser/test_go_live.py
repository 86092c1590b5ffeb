"""Before one goes live: the camera, what can be chosen, and that nothing is left of what was not to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import STEP_MS_MAX, Person
from tests.process.sahne_up import SahneUp, sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NOT_ALLOWED = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
PICTURE = "document.querySelector('.moving video')?.videoWidth > 0"

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    """Without LiveKit: whoever goes live here is refused at the last step."""
    with sahne_up(tmp_path_factory.mktemp("go_live") / "data", "--no-livekit") as running:
        yield running


@pytest.fixture
def ada(stage: SahneUp, browser: Browser) -> Iterator[Person]:
    ada = Person(browser, stage.url, phone=True)
    ada.comes_in_as("Ada")
    yield ada
    ada.leaves()


def rows(stage: SahneUp, question: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(stage.db_url) as conn:
        return conn.execute(question).fetchall()


def test_who_waits_in_the_countdown_leaves_nothing(ada: Person, stage: SahneUp) -> None:
    before = rows(stage, "select count(*) from live_sessions")
    ada.page.get_by_role("link", name="Go live").first.click()
    ada.waits_for(PICTURE)
    ada.finds_nothing_wrong()
    go = ada.page.get_by_role("button", name="Go live", exact=True)
    go.click()
    expect(ada.page.get_by_role("alert")).to_have_text("A title needs a word.")
    expect(ada.page.get_by_label("Title")).to_be_focused()
    ada.page.get_by_label("Title").fill("Second thoughts")
    go.click()
    ada.page.get_by_role("button", name="Wait, not yet").click()
    expect(ada.page.get_by_role("timer")).to_have_count(0)
    ada.page.get_by_role("link", name="Close").click()
    expect(ada.page.get_by_role("heading", name="Coming up")).to_be_visible()
    assert rows(stage, "select count(*) from live_sessions") == before


def test_what_cannot_start_is_said_and_called_off_with_its_cover(ada: Person, stage: SahneUp) -> None:
    ada.page.goto("/#/go-live")
    ada.waits_for(PICTURE)
    ada.page.get_by_role("button", name="Take a cover from the camera").click()
    expect(ada.page.get_by_test_id("cover")).to_be_visible()
    ada.page.get_by_label("Title").fill("Without a room")
    ada.page.get_by_role("button", name="Go live", exact=True).click()
    ada.page.get_by_role("button", name="Go live at once").click()
    expect(ada.page.get_by_role("alert")).to_have_text("Live rooms are not available right now.")
    assert rows(stage, "select status from live_sessions where title = 'Without a room'") == [("cancelled",)]
    assert rows(stage, "select name from storage.objects where bucket_id = 'thumbnails'") == []


def test_a_plan_has_its_date_its_ticket_and_its_cover(ada: Person, stage: SahneUp) -> None:
    ada.page.goto("/#/go-live")
    ada.waits_for(PICTURE)
    ada.page.get_by_role("button", name="Take a cover from the camera").click()
    ada.page.get_by_role("button", name="Everybody").click()
    ada.page.get_by_role("radio", name="With a ticket").check()
    ada.page.get_by_label("Price in coins").fill("75")
    ada.finds_nothing_wrong()
    ada.page.get_by_role("button", name="Done").click()
    ada.page.get_by_role("button", name="Now").click()
    ada.page.get_by_role("radio", name="On a date").check()
    ada.page.get_by_role("radio", name="Every week").check()
    ada.page.keyboard.press("Escape")
    ada.page.get_by_role("button", name="Topic and tags").click()
    ada.page.get_by_role("radio", name="Art and craft").check()
    ada.page.get_by_label("Tags").fill("#night, ink, x")
    ada.page.get_by_label("Spoken").select_option("tr")
    ada.finds_nothing_wrong()
    ada.page.get_by_role("button", name="Done").click()
    expect(ada.page.get_by_role("button", name="Art and craft · Turkish · #night · #ink")).to_be_visible()
    ada.page.get_by_label("Title").fill("Midnight studio")
    ada.page.get_by_role("button", name="Plan for Tomorrow 20:00").click()
    expect(ada.page.get_by_text("Planned. It stands in Coming up.")).to_be_visible()
    ada.page.get_by_role("button", name="Every week").click()
    ada.page.get_by_role("radio", name="Once").check()
    expect(ada.page.get_by_text("It takes place this once.")).to_be_visible()
    ada.page.get_by_role("button", name="Done").click()
    expect(ada.page.get_by_role("button", name="Comes again")).to_be_visible()
    assert rows(stage, "select every from session_series where stopped_at is not null") == [("weekly",)]
    ada.page.goto("/#/")
    card = ada.page.get_by_test_id("session-card").filter(has_text="Midnight studio")
    expect(card).to_contain_text("Tomorrow 20:00")
    expect(card).to_contain_text("75")
    expect(card).to_contain_text("#night")
    ada.waits_for("[...document.querySelectorAll('img.cover')].some(cover => cover.naturalWidth === 720)")


def test_without_a_camera_the_page_says_what_to_do(ada: Person) -> None:
    ada.page.add_init_script(NOT_ALLOWED)
    ada.page.reload()
    ada.page.goto("/#/go-live")
    expect(ada.page.get_by_role("alert")).to_contain_text("does not let the page use")
    expect(ada.page.get_by_role("button", name="Go live", exact=True)).to_be_disabled()
    ada.page.get_by_role("button", name="Audio instead").click()
    expect(ada.page.get_by_role("radio", name="Audio")).to_be_checked()
    ada.finds_nothing_wrong()


def test_a_picture_fills_its_place_only_where_nobody_is_beheaded(ada: Person) -> None:
    ada.page.goto("/#/go-live")
    ada.waits_for(PICTURE)
    ada.waits_for(
        "document.querySelector('.moving video').videoWidth > document.querySelector('.moving video').videoHeight"
    )
    expect(ada.page.locator(".moving:not(.filling)")).to_be_visible()
    ada.page.set_viewport_size({"width": 844, "height": 475})
    expect(ada.page.locator(".moving.filling")).to_be_visible()


def test_going_live_is_for_creators(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True)
    bo.comes_in_as("Bo")
    expect(bo.page.get_by_role("link", name="Go live")).to_have_count(0)
    bo.page.goto("/#/go-live")
    expect(bo.page.get_by_role("heading", name="Going live is for creators")).to_be_visible()
    bo.finds_nothing_wrong()
    bo.leaves()
