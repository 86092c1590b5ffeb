"""A room with a portrait camera: what who watches sees on a phone and at a desk, what is said, given and switched off."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.camera import write_camera
from tests.browser.chromium import STEP_MS_MAX, Person, chromium
from tests.eventually import eventually
from tests.process.sahne_up import SahneUp, sahne_up_with_livekit

pytestmark = [pytest.mark.slow, pytest.mark.story, pytest.mark.timeout(300)]

FOUND_AGAIN_MS_MAX = 60_000
CAMERA = (360, 640)
HEIGHT = "document.querySelector('.stage video').videoHeight"
CARD = "[data-testid=session-card][data-status=live]"
# what is shown for a moment is looked for as it comes, not when somebody looks
WATCH_COMBOS = """
window.combos = new Set();
new MutationObserver(() => {
  for (const each of document.querySelectorAll('[data-testid=combo] em, [data-testid=goal] b'))
    window.combos.add(each.textContent);
}).observe(document.body, {subtree: true, childList: true, characterData: true});
"""
LOST = "Yeniden bağlanıyor"
WATCH_LOST = f"""
window.wasLost = false;
new MutationObserver(() => {{
  for (const each of document.querySelectorAll('[role=status]'))
    window.wasLost ||= each.textContent.includes('{LOST}');
}}).observe(document.body, {{subtree: true, childList: true, characterData: true}});
"""
PLAYS = "document.querySelector('.stage video')?.videoHeight > document.querySelector('.stage video')?.videoWidth"

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up_with_livekit(tmp_path_factory.mktemp("room")) as running:
        yield running


@pytest.fixture(scope="module")
def people(stage: SahneUp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, Person, Person]]:
    """Ada plays with a phone, Bo watches at a desk, Cem with a phone and in Turkish."""
    camera: Path = write_camera(tmp_path_factory.mktemp("camera") / "portrait.mjpeg", *CAMERA)
    with chromium(f"--use-file-for-fake-video-capture={camera}") as browser:
        ada = Person(browser, stage.url, phone=True)
        bo = Person(browser, stage.url, dark=True)
        cem = Person(browser, stage.url, phone=True, language="tr")
        for person, name in ((ada, "Ada"), (bo, "Bo"), (cem, "Cem")):
            person.comes_in_as(name)
        yield ada, bo, cem
        for person in (ada, bo, cem):
            person.leaves()


def test_a_portrait_fills_the_phone_and_lies_whole_on_the_desk(people: tuple[Person, Person, Person]) -> None:
    ada, bo, cem = people
    ada.goes_live("Songs from the kitchen")
    for person in (bo, cem):
        person.page.locator(CARD).first.click()
        person.waits_for(PLAYS)
    expect(cem.page.locator(".moving.filling")).to_be_visible()
    expect(bo.page.locator(".moving:not(.filling)")).to_be_visible()
    expect(cem.page.get_by_role("button", name="Ayrıl", exact=True)).to_be_in_viewport(ratio=1)


def test_a_line_is_there_at_once_and_one_that_did_not_arrive_can_be_said_again(
    people: tuple[Person, Person, Person],
) -> None:
    ada, _, cem = people
    line = cem.page.get_by_label("Bir şey yaz")
    cem.page.route("**/rest/v1/live_messages*", lambda route: route.abort())
    line.fill("O ay şarkısını söyler misin?")
    line.press("Enter")
    expect(line).to_have_value("")
    expect(cem.page.locator(".line.refused")).to_contain_text("Gönderilemedi")
    cem.page.unroute("**/rest/v1/live_messages*")
    cem.page.locator(".line.refused").get_by_role("button", name="Yeniden dene").click()
    expect(ada.page.get_by_test_id("chat")).to_contain_text("O ay şarkısını söyler misin?")
    expect(cem.page.locator(".line.own")).to_have_count(0)
    expect(cem.page.get_by_test_id("chat").get_by_text("O ay şarkısını")).to_have_count(1)


def test_a_goal_is_set_by_the_host_and_seen_by_all(people: tuple[Person, Person, Person]) -> None:
    ada, bo, cem = people
    expect(cem.page.locator(".goal")).to_have_count(0)
    ada.page.get_by_role("button", name="Set a goal").click()
    sheet = ada.page.get_by_role("dialog", name="Goals")
    for title, coins in (("Once more", "999"), ("An encore", "30")):
        sheet.get_by_label("What for").fill(title)
        sheet.get_by_label("Coins", exact=True).fill(coins)
        sheet.get_by_role("button", name="Set a goal").click()
        expect(sheet.get_by_text(title)).to_be_visible()
    sheet.get_by_role("button", name="Take Once more back").click()
    expect(sheet.get_by_text("Once more")).to_have_count(0)
    ada.finds_nothing_wrong()
    ada.page.keyboard.press("Escape")
    for person in (bo, cem):
        expect(person.page.get_by_test_id("goal")).to_contain_text("An encore")


def test_a_combo_counts_up_on_one_banner_and_in_one_line_and_fills_the_goal(
    people: tuple[Person, Person, Person],
) -> None:
    ada, bo, cem = people
    cem.page.evaluate(WATCH_COMBOS)
    rose = bo.page.locator("[data-testid=gift][data-price='10']")
    for _ in range(3):
        rose.click()  # as soon as the one before it is answered
    expect(bo.page.get_by_test_id("balance")).to_have_text("4,970")
    cem.waits_for("window.combos.has('×3')")
    cem.waits_for("window.combos.has('Ulaşıldı: An encore')")
    expect(cem.page.locator(".line.gift")).to_have_count(1)
    expect(cem.page.locator(".line.gift")).to_contain_text("Gül gönderdi ×3")
    expect(ada.page.get_by_test_id("takings")).to_contain_text("30")
    bo.page.get_by_role("radio", name="Supporters").check()
    expect(bo.page.locator(".supporters li").first).to_contain_text("Bo")
    bo.page.get_by_role("radio", name="Chat").check()


def test_who_gave_most_is_told_since_when_one_likes(people: tuple[Person, Person, Person]) -> None:
    _, bo, _ = people
    bo.page.get_by_role("radio", name="Supporters").check()
    board = bo.page.get_by_test_id("board")
    for span in ("Now", "Today", "Week", "Ever"):
        bo.page.get_by_role("radio", name=span, exact=True).check()
        expect(board).to_contain_text("Bo")
        expect(board).to_contain_text("30")
    bo.finds_nothing_wrong()
    bo.page.get_by_role("radio", name="Chat").check()


def test_a_chat_that_is_switched_off_says_so(people: tuple[Person, Person, Person]) -> None:
    ada, bo, cem = people
    ada.page.get_by_role("button", name="More", exact=True).click()
    ada.page.get_by_role("button", name="Order in this room").click()
    ada.page.get_by_role("switch", name="Chat").click()
    expect(cem.page.get_by_text("Sohbet kapalı")).to_be_visible()
    expect(bo.page.get_by_label("Say something")).to_be_disabled()
    ada.page.get_by_role("switch", name="Chat").click()
    expect(bo.page.get_by_label("Say something")).to_be_enabled()
    ada.page.keyboard.press("Escape")


def test_a_camera_that_is_off_is_off_for_everybody_and_comes_back(people: tuple[Person, Person, Person]) -> None:
    ada, _, cem = people
    ada.page.get_by_test_id("camera").click()
    expect(cem.page.locator(".stage video")).to_have_count(0)
    expect(cem.page.get_by_text("Kamera kapalı")).to_be_visible()
    ada.page.get_by_test_id("camera").click()
    cem.waits_for(PLAYS)


def test_less_of_a_picture_is_asked_for_and_comes(people: tuple[Person, Person, Person]) -> None:
    _, bo, _ = people
    bo.page.get_by_role("button", name="More", exact=True).click()
    bo.page.get_by_role("radio", name="Save data").check()
    bo.page.keyboard.press("Escape")
    bo.waits_for(f"{HEIGHT} > 0 && {HEIGHT} <= {CAMERA[1] // 2}")


def test_a_picture_goes_on_in_a_small_window_of_its_own(people: tuple[Person, Person, Person]) -> None:
    _, bo, _ = people
    for is_small in (True, False):
        bo.page.get_by_role("button", name="Small window").click()
        bo.waits_for(f"(document.pictureInPictureElement !== null) === {str(is_small).lower()}")


def test_who_is_here_is_told(people: tuple[Person, Person, Person]) -> None:
    _, _, cem = people
    cem.page.get_by_role("button", name="izliyor").click()
    here = cem.page.get_by_test_id("present")
    expect(here).to_have_count(3)
    expect(here.first).to_contain_text("Yayıncı")
    cem.page.keyboard.press("Escape")


def test_a_room_is_for_everybody(people: tuple[Person, Person, Person]) -> None:
    for person in people:
        person.faults = [fault for fault in person.faults if "ERR_FAILED" not in fault]  # the line that did not arrive
        person.finds_nothing_wrong()
    _, _, cem = people
    cem.page.set_viewport_size({"width": 320, "height": 568})
    cem.finds_nothing_wrong()
    cem.page.get_by_role("button", name="Hediyeler", exact=True).click()
    expect(cem.page.get_by_role("radio", name="Alkış 1")).to_be_checked()
    cem.finds_nothing_wrong()
    cem.page.keyboard.press("Escape")


def test_a_live_server_that_falls_over_is_waited_for(people: tuple[Person, Person, Person], stage: SahneUp) -> None:
    _, _, cem = people
    cem.page.set_viewport_size({"width": 390, "height": 844})
    cem.page.evaluate(WATCH_LOST)
    os.kill(stage.state()["processes"]["livekit"], signal.SIGKILL)
    eventually(lambda: cem.page.evaluate("window.wasLost"), STEP_MS_MAX / 1000)
    lost = cem.page.get_by_role("status").filter(has_text=LOST)
    expect(lost).to_have_count(0, timeout=FOUND_AGAIN_MS_MAX)
    cem.waits_for(PLAYS)
