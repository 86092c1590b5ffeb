"""What happens beside the main job: reloads, refusals, second thoughts, long lines, small screens, rooms without a picture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.chromium import SIDEWAYS, STEP_MS_MAX, Person, chromium
from tests.process.sahne_up import SahneUp, sahne_up_with_livekit

pytestmark = [pytest.mark.slow, pytest.mark.story, pytest.mark.timeout(300)]

VIDEOS = "[...document.querySelectorAll('[data-testid=picture] video')].map(video => video.videoWidth > 0)"
ONE_PICTURE = f"JSON.stringify({VIDEOS}) === '[true]'"

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up_with_livekit(tmp_path_factory.mktemp("accidents")) as running:
        yield running


@pytest.fixture(scope="module")
def people(stage: SahneUp) -> Iterator[tuple[Person, Person]]:
    """Ada at a desk, Bo with a phone; both are in."""
    with chromium() as browser:
        ada, bo = Person(browser, stage.url), Person(browser, stage.url, phone=True)
        ada.comes_in_as("Ada")
        bo.comes_in_as("Bo")
        yield ada, bo
        ada.leaves()
        bo.leaves()


def enters(bo: Person) -> None:
    """What is open to everybody is entered by its card."""
    bo.page.goto("/#/")
    bo.page.locator("[data-testid=session-card][data-status=live]").first.click()
    expect(bo.page.get_by_role("button", name="Leave", exact=True)).to_be_visible()


def test_an_audio_room_shows_who_speaks_and_whose_microphone_is_off(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.goes_live("Night talk", "Audio")
    enters(bo)
    for person in (ada, bo):
        expect(person.page.locator(".seat.speaking", has_text="Ada")).to_be_visible()
        person.pictured(f"10-audio-room-{'host' if person is ada else 'phone'}")
    ada.page.get_by_test_id("microphone").click()
    silent = bo.page.locator(".seat:not(.speaking)", has_text="host")
    expect(silent.locator("em.muted")).to_be_visible()
    expect(bo.page.get_by_test_id("microphone")).to_have_count(0)
    assert ada.page.evaluate(VIDEOS) == []


def test_the_end_says_how_it_was_and_leads_back(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.ends()
    for person in (ada, bo):
        expect(person.page.get_by_test_id("ended")).to_have_text("The curtain is down")
    expect(ada.page.locator(".tally", has_text="1viewer")).to_be_visible()
    expect(ada.page.get_by_test_id("brought")).to_contain_text("0")
    ada.page.reload()
    expect(ada.page.locator(".tally", has_text="1at once")).to_be_visible()
    ada.finds_nothing_wrong()
    bo.pictured("11-closing-phone")
    bo.page.get_by_role("link", name="Back to the stage").click()
    expect(bo.page.get_by_text("The stage is empty for now")).to_be_visible()


def test_on_a_phone_nothing_sticks_out_and_all_is_at_hand(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.goes_live("Evening on the Bosphorus")
    enters(bo)
    bo.waits_for(ONE_PICTURE)
    bo.pictured("12-watching-phone")
    assert bo.page.evaluate(SIDEWAYS) == 0
    for name in ("Leave", "Like", "Share", "More", "Send", "Gifts"):
        expect(bo.page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)


def test_a_host_who_reloads_finds_the_session_again_and_viewers_are_told(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.page.goto("/#/")
    expect(bo.page.get_by_test_id("away")).to_be_visible()
    ada.page.reload()
    ada.page.get_by_test_id("own-session").click()
    expect(ada.page.get_by_role("button", name="End", exact=True)).to_be_visible()
    expect(ada.page.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    ada.page.get_by_role("button", name="Go on").click()
    ada.waits_for(ONE_PICTURE)
    expect(bo.page.get_by_test_id("away")).to_have_count(0)
    bo.waits_for(ONE_PICTURE)


def test_a_viewer_who_reloads_is_in_the_room_again_and_who_left_is_not(people: tuple[Person, Person]) -> None:
    _, bo = people
    bo.page.reload()
    bo.waits_for(ONE_PICTURE)
    bo.page.get_by_role("button", name="Leave", exact=True).click()
    bo.page.get_by_test_id("session-card").first.wait_for()
    assert bo.page.evaluate("sessionStorage.getItem('seat')") is None
    enters(bo)
    bo.waits_for(ONE_PICTURE)


def test_a_dear_gift_asks_first_and_what_cannot_be_paid_says_why(people: tuple[Person, Person]) -> None:
    ada, bo = people
    bo.page.get_by_role("button", name="Gifts", exact=True).click()
    bo.page.get_by_test_id("gift").first.wait_for()
    prices = [int(gift.get_attribute("data-price") or 0) for gift in bo.page.get_by_test_id("gift").all()]
    assert prices == sorted(prices)
    give = bo.page.get_by_test_id("give")
    bo.page.get_by_role("radio", name="Ferry").check()
    give.click()
    bo.page.get_by_role("button", name="No", exact=True).click()
    expect(bo.page.get_by_test_id("too-expensive")).to_have_count(0)
    expect(bo.page.get_by_test_id("balance")).to_have_text("5,000")
    give.click()
    bo.page.get_by_role("button", name="Send the gift").click()
    expect(bo.page.get_by_test_id("balance")).to_have_text("4,000")
    expect(ada.page.get_by_test_id("moment")).to_be_visible()
    expect(ada.page.get_by_test_id("takings")).to_contain_text("1,000")
    bo.page.get_by_role("radio", name="Palace").check()
    expect(give).to_be_disabled()
    expect(bo.page.get_by_test_id("too-expensive")).to_have_text("1,000 coins are missing")
    bo.page.keyboard.press("Escape")
    expect(give).to_have_count(0)


def test_a_line_that_is_too_long_is_counted_not_cut(people: tuple[Person, Person]) -> None:
    _, bo = people
    line, send = bo.page.get_by_label("Say something"), bo.page.get_by_role("button", name="Send", exact=True)
    line.fill("a" * 510)
    expect(bo.page.get_by_test_id("count")).to_have_text("10 characters too many")
    expect(send).to_be_disabled()
    assert len(line.input_value()) == 510
    line.fill("ğ" * 500)
    expect(bo.page.get_by_test_id("count")).to_have_text("0 left")
    send.click()
    expect(line).to_have_value("")
    said = bo.page.locator(".line:not(.own) .said", has_text="ğğğ")  # the server's line takes the place of one's own
    expect(said).to_be_visible()
    assert said.evaluate("line => line.clientHeight < line.scrollHeight")
    assert bo.page.evaluate(SIDEWAYS) == 0


def test_a_plan_can_be_renamed_with_words_and_called_off(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.ends()
    expect(bo.page.get_by_test_id("ended")).to_be_visible()
    for person in (ada, bo):
        person.page.goto("/#/")
        person.page.locator("[data-testid=session-card][data-status=scheduled]").first.click()
        expect(person.page.get_by_test_id("starts")).to_contain_text("Starts: ")
    expect(bo.page.get_by_role("button", name="Cancel session")).to_have_count(0)
    ada.page.get_by_role("button", name="Edit title").click()
    ada.page.get_by_label("Title").fill("   ")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_role("alert")).to_have_text("A title needs a word.")
    ada.page.get_by_label("Title").fill("Songs from the balcony")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_role("alert")).to_have_count(0)
    for person in (ada, bo):
        expect(person.page.get_by_test_id("title")).to_have_text("Songs from the balcony")
    ada.page.get_by_role("button", name="Change date").click()
    ada.page.get_by_label("Date and time").fill(f"{date.today() + timedelta(days=1)}T21:15")
    ada.page.get_by_role("button", name="Save").click()
    for person in (ada, bo):
        expect(person.page.get_by_test_id("starts")).to_contain_text("21:15")
    ada.page.get_by_role("button", name="Cancel session").click()
    ada.page.get_by_role("alertdialog").get_by_role("button", name="Cancel session").click()
    expect(ada.page.get_by_test_id("ended")).to_have_text("This session was cancelled.")
    expect(bo.page.get_by_test_id("ended")).to_be_visible()


def test_nothing_was_thrown_so_far(people: tuple[Person, Person]) -> None:
    assert [fault for person in people for fault in person.faults] == []


def test_a_ticket_is_bought_at_the_door(people: tuple[Person, Person], stage: SahneUp) -> None:
    ada, bo = people
    with psycopg.connect(stage.db_url) as conn:
        conn.execute(
            "update live_sessions set access_type = 'pay_per_view', ppv_coin_price = 150 where status = 'scheduled'"
        )
    ada.page.goto("/#/")
    ada.page.locator("[data-testid=session-card][data-status=scheduled]").first.click()
    ada.page.get_by_role("button", name="Start", exact=True).click()
    bo.page.goto("/#/")
    bo.page.locator("[data-testid=session-card][data-status=live]").first.click()
    expect(bo.page.get_by_test_id("balance-after")).to_contain_text("4,000")
    expect(bo.page.get_by_test_id("balance-after")).to_contain_text("3,850")
    bo.page.get_by_role("button", name="Buy a ticket for 150 coins").click()
    expect(bo.page.locator(".seat", has_text="Ada")).to_be_visible()
    bo.page.get_by_role("button", name="Gifts", exact=True).click()
    expect(bo.page.get_by_test_id("balance")).to_have_text("3,850")
    ada.ends()
    expect(bo.page.get_by_test_id("ended")).to_be_visible()
