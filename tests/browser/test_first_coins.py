"""A new creator's walk with a real LiveKit: sign up, a profile, prices for calls, a call that is paid, the first coins.

Somebody becomes a creator, and gets coins to spend, by the commands an operator has. docs/guides/first-coins.md tells the walk
with these pictures.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import STEP_MS_MAX, Person
from tests.process.sahne_up import SahneUp, run_sahne, sahne_up_with_livekit

pytestmark = [pytest.mark.slow, pytest.mark.story, pytest.mark.timeout(300)]

PASSWORD = "perde-arası"
PRICE, GRANTED = 50, 1000
MINUTES_AGO = """
with talked as (
  update private.call_intervals set joined_at = joined_at - interval '58 seconds'
)
update calls set answered_at = answered_at - interval '58 seconds' where status = 'accepted'
"""
"""As if they had talked for almost a minute: nobody waits for a clock here."""
THEIR_PICTURE = "document.querySelector('[data-testid=call] > .moving video')?.videoWidth > 0"

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up_with_livekit(tmp_path_factory.mktemp("first_coins")) as running:
        yield running


@pytest.fixture(scope="module")
def people(stage: SahneUp, browser: Browser) -> Iterator[tuple[Person, Person]]:
    """Filiz is about to earn, Can to call; neither has an account yet."""
    filiz, can = Person(browser, stage.url, phone=True), Person(browser, stage.url, phone=True, dark=True)
    yield filiz, can
    filiz.leaves()
    can.leaves()


def signs_up(person: Person, name: str) -> None:
    person.page.goto("/")
    person.page.get_by_role("button", name="Create an account").click()
    person.page.get_by_label("Your name").fill(name)
    person.page.get_by_label("E-mail").fill(f"{name.lower()}@example.com")
    person.page.get_by_label("Password").fill(PASSWORD)


def operated(stage: SahneUp, *command: str) -> None:
    done = run_sahne(*command, "--data", str(stage.data), cwd=stage.data.parent)
    assert done.returncode == 0, done.stderr


def test_somebody_signs_up_and_says_who_they_are(people: tuple[Person, Person]) -> None:
    filiz, _ = people
    signs_up(filiz, "Filiz")
    filiz.pictured("60-sign-up")
    filiz.page.get_by_role("button", name="Create my account").click()
    filiz.page.get_by_test_id("balance").wait_for()
    filiz.page.goto("/#/me/edit")
    filiz.page.get_by_label("Username").fill("filiz")
    filiz.pictured("61-profile")
    filiz.page.get_by_role("button", name="Save").click()
    expect(filiz.page.get_by_text("@filiz")).to_be_visible()
    expect(filiz.page.get_by_role("link", name="Prices for calls")).to_have_count(0)


def test_as_a_creator_they_set_what_a_minute_costs(people: tuple[Person, Person], stage: SahneUp) -> None:
    filiz, _ = people
    operated(stage, "user", "promote", "filiz@example.com", "creator")
    filiz.page.reload()
    filiz.page.get_by_role("link", name="Prices for calls").click()
    video = filiz.page.get_by_role("region", name="Video calls")
    video.get_by_label("Coins a minute").fill(str(PRICE))
    filiz.page.get_by_role("switch", name="Audio calls").uncheck()
    filiz.page.get_by_role("switch", name="Quiet hours").check()
    expect(filiz.page.get_by_label("Until")).to_have_value("08:00")
    filiz.finds_nothing_wrong()
    filiz.page.get_by_role("switch", name="Quiet hours").uncheck()
    filiz.page.get_by_role("button", name="Save").click()
    expect(filiz.page.get_by_text("Saved.")).to_be_visible()
    filiz.page.reload()
    expect(video).to_contain_text(f"{PRICE} coins a minute")
    expect(filiz.page.get_by_role("region", name="Audio calls")).to_contain_text("Not taken")
    filiz.pictured("62-prices")


def test_somebody_else_finds_them_and_is_asked_before_it_rings(people: tuple[Person, Person], stage: SahneUp) -> None:
    _, can = people
    signs_up(can, "Can")
    can.page.get_by_role("button", name="Create my account").click()
    can.page.get_by_test_id("balance").wait_for()
    operated(stage, "coins", "grant", "can@example.com", str(GRANTED), "--key", "first-coins")
    can.page.reload()
    can.page.get_by_role("searchbox", name="Search").fill("filiz")
    can.page.get_by_test_id("found-person").filter(has_text="@filiz").click()
    can.page.get_by_role("button", name="Video call", exact=True).click()
    asked = can.page.get_by_role("alertdialog", name="Call Filiz?")
    expect(asked).to_contain_text(f"{PRICE} coins a minute")
    expect(asked).to_contain_text("20 minutes")
    can.finds_nothing_wrong()
    can.pictured("63-asked")
    asked.get_by_role("button", name="Call", exact=True).click()


def test_it_rings_and_says_what_it_will_bring(people: tuple[Person, Person]) -> None:
    filiz, _ = people
    expect(filiz.page.get_by_test_id("paid-by-them")).to_have_text(f"They pay {PRICE} coins a minute")
    filiz.pictured("64-rings")
    filiz.page.get_by_role("button", name="Answer").click()


def test_past_a_minute_the_second_one_is_paid(people: tuple[Person, Person], stage: SahneUp) -> None:
    filiz, can = people
    for person in people:
        person.waits_for(THEIR_PICTURE)
    expect(can.page.get_by_test_id("call-cost")).to_have_text(f"{PRICE} coins so far")
    with psycopg.connect(stage.db_url) as conn:
        conn.execute(MINUTES_AGO)
    expect(can.page.get_by_test_id("call-cost")).to_have_text(f"{2 * PRICE} coins so far")
    can.pictured("65-talking")
    expect(filiz.page.get_by_test_id("call-cost")).to_have_text(f"{PRICE} coins a minute")


def test_who_hangs_up_has_earned_the_first_coins(people: tuple[Person, Person]) -> None:
    filiz, can = people
    can.page.get_by_role("button", name="End", exact=True).click()
    for person in people:
        expect(person.page.get_by_test_id("call-ended")).to_contain_text("Call ended")
    filiz.page.goto("/#/wallet")
    line = filiz.page.get_by_test_id("statement-line")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Call with you")
    expect(line).to_contain_text("Can")
    expect(line).to_contain_text("+80")  # two minutes, less the fifth that the house keeps
    filiz.finds_nothing_wrong()
    filiz.pictured("66-first-coins")
    can.page.goto("/#/wallet")
    expect(can.page.get_by_test_id("balance")).to_contain_text(str(GRANTED - 2 * PRICE))
    assert [fault for person in people for fault in person.faults] == []
