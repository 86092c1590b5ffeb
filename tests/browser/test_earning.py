"""What a creator earns. By the month: tiers, a session for who subscribes, the mark in the chat, what a subscriber does with a
subscription. By the minute: a newcomer's walk from signing up to the first coins of a call, which docs/guides/first-coins.md
tells with these pictures; who becomes a creator, and gets coins to spend, does by the commands an operator has.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import STEP_MS_MAX, Person
from tests.eventually import eventually
from tests.process.sahne_up import SahneUp, run_sahne, sahne_up_with_livekit

pytestmark = [pytest.mark.slow, pytest.mark.story, pytest.mark.timeout(300)]

UNPAID = """
update creator_subscriptions
   set expires_at = now() - interval '1 hour', renews_at = now() + interval '23 hours', renewal_tries = 1
"""

PRICE, GRANTED = 50, 1000
OVER_A_MINUTE = """
with talked as (
  update private.call_intervals set joined_at = joined_at - interval '70 seconds'
)
update calls set answered_at = answered_at - interval '70 seconds' where status = 'accepted'
"""
"""As if they had talked for that long: nobody waits for a clock here."""
MINUTES_PAID = "select minutes_paid from private.call_bills"

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up_with_livekit(tmp_path_factory.mktemp("earning")) as running:
        yield running


@pytest.fixture(scope="module")
def people(stage: SahneUp, browser: Browser) -> Iterator[tuple[Person, Person]]:
    """Ada earns, on a phone; Bo pays, on another by night."""
    ada, bo = Person(browser, stage.url, phone=True), Person(browser, stage.url, phone=True, dark=True)
    ada.comes_in_as("Ada")
    bo.comes_in_as("Bo")
    yield ada, bo
    ada.leaves()
    bo.leaves()


@pytest.fixture(scope="module")
def newcomers(stage: SahneUp, browser: Browser) -> Iterator[tuple[Person, Person]]:
    """Filiz is about to earn, Can to call; neither has an account yet."""
    filiz, can = Person(browser, stage.url, phone=True), Person(browser, stage.url, phone=True, dark=True)
    yield filiz, can
    filiz.leaves()
    can.leaves()


def test_a_creator_offers_tiers_in_an_order_of_their_own(people: tuple[Person, Person]) -> None:
    ada, _ = people
    ada.page.goto("/#/me")
    ada.page.get_by_role("link", name="What I offer by the month").click()
    ada.page.get_by_role("button", name="New tier").click()
    ada.page.get_by_label("Name").fill("Front row")
    ada.page.get_by_label("Coins a month").fill("100")
    ada.page.get_by_label("What it brings").fill("\n".join(f"Line {number}" for number in range(11)))
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_role("alert")).to_contain_text("At most 10 lines")
    ada.page.get_by_label("What it brings").fill("Your tier beside what you write\n\nFirst answers")
    ada.finds_nothing_wrong()
    ada.page.get_by_role("button", name="Save").click()
    tiers = ada.page.get_by_test_id("own-tier")
    expect(tiers.nth(1)).to_contain_text("First answers")
    ada.page.get_by_role("button", name="Further up: Front row").click()
    expect(tiers.first).to_contain_text("Front row")
    expect(tiers.first).to_contain_text("Nobody yet")
    ada.finds_nothing_wrong()
    ada.pictured("50-tiers")


def test_a_session_is_for_subscribers_of_a_least_tier(people: tuple[Person, Person]) -> None:
    ada, _ = people
    ada.page.goto("/#/go-live")
    ada.page.get_by_role("radio", name="Audio").check()
    ada.page.get_by_role("button", name="Who may come").click()
    ada.page.get_by_role("radio", name="Subscribers").check()
    ada.page.get_by_label("The least tier").select_option("Backstage")
    ada.finds_nothing_wrong()
    ada.page.get_by_role("button", name="Done").click()
    expect(ada.page.get_by_role("button", name="Who may come")).to_contain_text("From Backstage")
    ada.page.get_by_label("Title").fill("Rehearsal")
    ada.page.get_by_role("button", name="Go live", exact=True).click()
    ada.page.get_by_role("button", name="End", exact=True).wait_for()


def test_who_has_too_few_coins_to_subscribe_is_told_how_many_are_missing(stage: SahneUp, browser: Browser) -> None:
    dilek = Person(browser, stage.url, size=(320, 568), language="tr")
    dilek.comes_in_as("Dilek")
    dilek.page.locator("[data-testid=session-card][data-status=live]").first.click()
    tiers = dilek.page.get_by_test_id("tier")
    expect(tiers.filter(has_text="Front row")).to_contain_text("Bu yayını açmaz")
    expect(dilek.page.get_by_role("radio", name="Front row")).to_be_disabled()
    expect(tiers.filter(has_text="Backstage")).to_contain_text("Bu yayını açan en küçük kademe")
    dilek.finds_nothing_wrong()
    dilek.page.get_by_test_id("subscribe").click()
    expect(dilek.page.get_by_test_id("missing")).to_contain_text("300 jeton eksik")
    expect(dilek.page.get_by_role("button", name="300 jeton öde")).to_be_disabled()
    dilek.finds_nothing_wrong()
    dilek.leaves()


def test_who_subscribes_after_a_yes_to_the_price_is_let_in(people: tuple[Person, Person]) -> None:
    _, bo = people
    bo.page.locator("[data-testid=session-card][data-status=live]").first.click()
    for answer in ("No", "Pay 300 coins"):
        bo.page.get_by_test_id("subscribe").click()
        expect(bo.page.get_by_test_id("to-pay")).to_contain_text("renews each 30 days for 300 coins")
        expect(bo.page.get_by_test_id("balance-after")).to_contain_text("4,700")
        bo.finds_nothing_wrong()
        bo.page.get_by_role("button", name=answer, exact=True).click()
    expect(bo.page.get_by_role("button", name="Leave", exact=True)).to_be_visible()


def test_a_subscriber_has_a_mark_beside_the_name_and_the_host_has_none(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.page.get_by_role("button", name="Chat").click()
    for person, line in ((bo, "Good evening"), (ada, "Welcome")):
        person.page.get_by_label("Say something").fill(line)
        person.page.keyboard.press("Enter")
    chat = ada.page.get_by_test_id("chat").locator(".line")
    expect(chat.filter(has_text="Good evening").locator(".of-tier")).to_have_text("Backstage")
    expect(chat.filter(has_text="Welcome")).to_be_visible()
    expect(chat.filter(has_text="Welcome").locator(".of-tier")).to_have_count(0)
    ada.finds_nothing_wrong()
    ada.pictured("51-mark")
    ada.ends()
    expect(bo.page.get_by_test_id("ended")).to_be_visible()


def test_the_statement_names_the_tier_and_leads_to_the_subscriptions(people: tuple[Person, Person]) -> None:
    _, bo = people
    bo.page.goto("/#/wallet")
    line = bo.page.get_by_test_id("statement-line").first
    expect(line).to_contain_text("Subscription")
    expect(line).to_contain_text("Ada · Backstage")
    bo.page.get_by_role("link", name="Subscriptions").click()
    expect(bo.page.get_by_test_id("subscription")).to_contain_text("300 coins")
    bo.finds_nothing_wrong()


def test_a_cheaper_tier_waits_for_the_next_month_and_a_dearer_one_asks_first(people: tuple[Person, Person]) -> None:
    _, bo = people
    subscription = bo.page.get_by_test_id("subscription")
    bo.page.get_by_role("button", name="Change tier").click()
    bo.page.get_by_role("radio", name="Front row").check()
    expect(bo.page.get_by_text("Nothing is paid now.")).to_be_visible()
    bo.finds_nothing_wrong()
    bo.page.get_by_role("button", name="Change with the next month").click()
    expect(subscription).to_contain_text("Then it becomes Front row, 100 coins a month.")
    bo.page.get_by_role("button", name="Change tier").click()
    bo.page.get_by_role("radio", name="Backstage").check()
    bo.page.get_by_role("button", name="Stay with it").click()
    expect(subscription).not_to_contain_text("becomes")


def test_a_subscription_pauses_goes_on_and_is_cancelled_until_its_day(people: tuple[Person, Person]) -> None:
    _, bo = people
    subscription = bo.page.get_by_test_id("subscription")
    for act, yes, state in (
        ("Pause", "Pause", "paused"),
        ("Resume", "Resume", "running"),
        ("Cancel", "Cancel it", "ending"),
        ("Let it go on", "Resume", "running"),
    ):
        bo.page.get_by_role("button", name=act, exact=True).click()
        bo.page.get_by_role("alertdialog").get_by_role("button", name=yes, exact=True).click()
        expect(subscription).to_have_attribute("data-state", state)
    expect(bo.page.get_by_test_id("balance")).to_contain_text("4,700")
    bo.finds_nothing_wrong()


def test_a_renewal_that_was_not_paid_says_how_often_it_is_tried_again(
    people: tuple[Person, Person], stage: SahneUp
) -> None:
    _, bo = people
    with psycopg.connect(stage.db_url) as conn:
        conn.execute(UNPAID)
    bo.page.reload()
    expect(bo.page.get_by_test_id("subscription")).to_contain_text("Tried 2 more times")
    bo.finds_nothing_wrong()
    bo.pictured("52-unpaid")


def test_a_retired_tier_is_offered_to_nobody_new_and_kept_by_who_has_it(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.page.goto("/#/me/tiers")
    expect(ada.page.get_by_test_id("own-tier").filter(has_text="Backstage")).to_contain_text("1 subscriber")
    ada.page.get_by_test_id("own-tier").filter(has_text="Backstage").get_by_role("button", name="Retire").click()
    expect(ada.page.get_by_role("alertdialog")).to_contain_text("Who is subscribed keeps it")
    ada.page.get_by_role("alertdialog").get_by_role("button", name="Retire").click()
    expect(ada.page.get_by_role("button", name="Offer again")).to_be_visible()
    bo.page.reload()
    expect(bo.page.get_by_test_id("subscription")).to_contain_text("Backstage")
    assert [fault for person in people for fault in person.faults] == []


def signs_up(person: Person, name: str) -> None:
    person.page.goto("/")
    person.page.get_by_role("button", name="Create an account").click()
    person.page.get_by_label("Your name").fill(name)
    person.page.get_by_label("E-mail").fill(f"{name.lower()}@example.com")
    person.page.get_by_label("Password").fill("perde-arası")


def operated(stage: SahneUp, *command: str) -> None:
    done = run_sahne(*command, "--data", str(stage.data), cwd=stage.data.parent)
    assert done.returncode == 0, done.stderr


def test_somebody_signs_up_and_says_who_they_are(newcomers: tuple[Person, Person]) -> None:
    filiz, _ = newcomers
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


def test_as_a_creator_they_set_what_a_minute_costs(newcomers: tuple[Person, Person], stage: SahneUp) -> None:
    filiz, _ = newcomers
    operated(stage, "user", "promote", "filiz@example.com", "creator")
    filiz.page.reload()
    filiz.page.get_by_role("link", name="Prices for calls").click()
    audio = filiz.page.get_by_role("region", name="Audio calls")
    audio.get_by_label("Coins a minute").fill(str(PRICE))
    filiz.page.get_by_role("switch", name="Video calls").uncheck()
    filiz.page.get_by_role("switch", name="Quiet hours").check()
    expect(filiz.page.get_by_label("Until")).to_have_value("08:00")
    filiz.finds_nothing_wrong()
    filiz.page.get_by_role("switch", name="Quiet hours").uncheck()
    filiz.page.get_by_role("button", name="Save").click()
    expect(filiz.page.get_by_text("Saved.")).to_be_visible()
    filiz.page.reload()
    expect(audio).to_contain_text(f"{PRICE} coins a minute")
    expect(filiz.page.get_by_role("region", name="Video calls")).to_contain_text("Not taken")
    filiz.pictured("62-prices")


def test_somebody_else_finds_them_and_is_asked_before_it_rings(
    newcomers: tuple[Person, Person], stage: SahneUp
) -> None:
    _, can = newcomers
    signs_up(can, "Can")
    can.page.get_by_role("button", name="Create my account").click()
    can.page.get_by_test_id("balance").wait_for()
    operated(stage, "coins", "grant", "can@example.com", str(GRANTED), "--key", "first-coins")
    can.page.reload()
    can.page.get_by_role("searchbox", name="Search").fill("filiz")
    can.page.get_by_test_id("found-person").filter(has_text="@filiz").click()
    can.page.get_by_role("button", name="Audio call", exact=True).click()
    asked = can.page.get_by_role("alertdialog", name="Call Filiz?")
    expect(asked).to_contain_text(f"{PRICE} coins a minute")
    expect(asked).to_contain_text("20 minutes")
    can.finds_nothing_wrong()
    can.pictured("63-asked")
    asked.get_by_role("button", name="Call", exact=True).click()


def test_it_rings_and_says_what_it_will_bring(newcomers: tuple[Person, Person]) -> None:
    filiz, _ = newcomers
    expect(filiz.page.get_by_test_id("paid-by-them")).to_have_text(f"They pay {PRICE} coins a minute")
    filiz.pictured("64-rings")
    filiz.page.get_by_role("button", name="Answer").click()


def test_past_a_minute_the_second_one_is_paid(newcomers: tuple[Person, Person], stage: SahneUp) -> None:
    filiz, can = newcomers
    expect(can.page.get_by_test_id("call-cost")).to_have_text(f"{PRICE} coins so far")
    with psycopg.connect(stage.db_url, autocommit=True) as conn:
        eventually(lambda: conn.execute(MINUTES_PAID).fetchall() == [(1,)])
        conn.execute(OVER_A_MINUTE)
        eventually(lambda: conn.execute(MINUTES_PAID).fetchall() == [(2,)])
    expect(can.page.get_by_test_id("call-cost")).to_have_text(f"{2 * PRICE} coins so far")
    can.pictured("65-talking")
    expect(filiz.page.get_by_test_id("call-cost")).to_have_text(f"{PRICE} coins a minute")


def test_who_hangs_up_has_earned_the_first_coins(newcomers: tuple[Person, Person]) -> None:
    filiz, can = newcomers
    can.page.get_by_role("button", name="End", exact=True).click()
    for person in newcomers:
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
    assert [fault for person in newcomers for fault in person.faults] == []
