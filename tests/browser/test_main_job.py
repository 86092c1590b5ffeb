"""The main job end to end: unmodified supabase-js and livekit-client in Chromium, a real livekit-server, real pictures.

Ada goes live, Bo watches, chats and sends a gift, makes a picture; Ada ends it and Bo is told. Each step is a test of
its own and leaves a screenshot; together they are one story on one stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.browser.chromium import Person, chromium
from tests.eventually import eventually
from tests.portraits import portrait_bytes
from tests.process.sahne_up import SahneUp, sahne_up_with_livekit

pytestmark = [pytest.mark.slow, pytest.mark.story, pytest.mark.timeout(300)]

MEMORY_MAX_MB = 150
PICTURE_MS_MAX = 120_000


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up_with_livekit(tmp_path_factory.mktemp("main_job")) as running:
        yield running


@pytest.fixture(scope="module")
def people(stage: SahneUp) -> Iterator[tuple[Person, Person]]:
    with chromium() as browser:
        ada, bo = Person(browser, stage.url), Person(browser, stage.url)
        yield ada, bo
        ada.leaves()
        bo.leaves()


def wallet(stage: SahneUp, email: str) -> int:
    with psycopg.connect(stage.db_url) as conn:
        row = conn.execute("select private.coin_balance(id) from auth.users where email = %s", (email,)).fetchone()
        assert row
        return int(row[0])


def test_ada_signs_in_and_goes_live_with_camera_and_microphone(people: tuple[Person, Person]) -> None:
    ada, _ = people
    ada.comes_in_as("Ada")
    ada.pictured("01-ada-is-in")
    ada.goes_live("Evening on the Bosphorus")
    ada.waits_for("document.querySelector('[data-testid=picture] video')?.videoWidth > 0")
    ada.pictured("02-ada-is-live")


def test_bo_receives_video_frames(people: tuple[Person, Person]) -> None:
    _, bo = people
    bo.comes_in_as("Bo")
    bo.page.locator("[data-testid=session-card][data-status=live]").first.click()
    bo.waits_for("document.querySelector('[data-testid=picture] video')?.videoWidth > 0")
    frames = "document.querySelector('[data-testid=picture] video').getVideoPlaybackQuality().totalVideoFrames"
    first = bo.page.evaluate(frames)
    bo.waits_for(f"{frames} > {first} + 10")


def test_bo_receives_sound(people: tuple[Person, Person]) -> None:
    _, bo = people
    heard = (
        "[...document.querySelectorAll('[data-testid=picture] audio')].some(a => a.srcObject?.getAudioTracks().length)"
    )
    bo.waits_for(heard)


def test_what_bo_says_ada_reads_without_reloading(people: tuple[Person, Person]) -> None:
    ada, bo = people
    bo.page.get_by_label("Say something").fill("Merhaba Ada!")
    bo.page.get_by_role("button", name="Send", exact=True).click()
    ada.page.get_by_test_id("chat").get_by_text("Merhaba Ada!").wait_for()
    bo.page.get_by_test_id("chat").get_by_text("Merhaba Ada!").wait_for()


def test_a_gift_moves_coins_and_shows_its_line(people: tuple[Person, Person], stage: SahneUp) -> None:
    ada, bo = people
    bo_before, ada_before = wallet(stage, "bo@example.com"), wallet(stage, "ada@example.com")
    gift = bo.page.get_by_test_id("gift").nth(1)
    price = int(gift.get_attribute("data-price") or 0)
    assert price > 0
    gift.click()
    for person in (ada, bo):
        person.page.locator("[data-testid=chat] .line.gift").first.wait_for()
    shown = f"{bo_before - price:,}"
    bo.page.locator("[data-testid=balance]", has_text=shown).wait_for()
    bo.pictured("03-bo-watches-chats-and-gives")
    ada.pictured("04-ada-sees-the-gift")
    assert wallet(stage, "bo@example.com") == bo_before - price
    assert ada_before < wallet(stage, "ada@example.com") <= ada_before + price


def test_ada_ends_it_and_bo_is_told(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.ends()
    bo.page.get_by_test_id("ended").wait_for()
    bo.pictured("05-bo-is-told-it-ended")
    bo.waits_for("document.querySelectorAll('[data-testid=picture] video').length === 0")


def test_bo_makes_a_picture(people: tuple[Person, Person], tmp_path: Path) -> None:
    _, bo = people
    photo = tmp_path / "me.jpg"
    photo.write_bytes(portrait_bytes())
    bo.page.get_by_role("link", name="Studio").click()
    bo.page.get_by_test_id("photo").set_input_files(photo)
    bo.page.get_by_test_id("scene").first.click()
    before = bo.page.get_by_test_id("quota").inner_text()
    bo.page.get_by_test_id("make").click()
    bo.page.get_by_test_id("result").wait_for(timeout=PICTURE_MS_MAX)
    bo.waits_for("document.querySelector('[data-testid=result]').naturalWidth > 100")
    eventually(lambda: bo.page.get_by_test_id("quota").inner_text() != before)
    bo.pictured("06-bo-has-a-picture")


def test_the_page_threw_nothing(people: tuple[Person, Person]) -> None:
    assert [fault for person in people for fault in person.faults] == []


def test_the_server_stayed_small(stage: SahneUp) -> None:
    status = Path(f"/proc/{stage.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    assert int(found[1]) / 1024 <= MEMORY_MAX_MB


@pytest.mark.parametrize(
    ("name", "phone", "dark", "language"), [("desktop-dark", False, True, "en"), ("phone-tr", True, False, "tr")]
)
def test_it_looks_right_elsewhere(
    stage: SahneUp, people: tuple[Person, Person], name: str, phone: bool, dark: bool, language: str
) -> None:
    browser = people[0].context.browser
    assert browser
    dilek = Person(browser, stage.url, phone=phone, dark=dark, language=language)
    dilek.page.goto("/")
    dilek.page.locator("button.person").first.wait_for()
    dilek.pictured(f"07-{name}-door")
    dilek.comes_in_as("Dilek")
    dilek.pictured(f"08-{name}-stage")
    dilek.page.goto("/#/studio")
    dilek.page.get_by_test_id("photo").wait_for(state="attached")
    dilek.pictured(f"09-{name}-studio")
    wide = dilek.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "the page scrolls sideways"
    assert dilek.faults == []
    dilek.leaves()
