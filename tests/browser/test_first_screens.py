"""The door and what is behind it: a new account, links that survive, a server that goes and comes back, a page kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import STEP_MS_MAX, Person
from tests.process.sahne_up import SahneUp, sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up(tmp_path_factory.mktemp("first_screens") / "data", "--no-livekit") as running:
        yield running


@pytest.fixture
def planned(stage: SahneUp) -> str:
    """The id of Ada's first planned session."""
    with psycopg.connect(stage.db_url) as conn:
        row = conn.execute("select id from live_sessions where status = 'scheduled' order by scheduled_at limit 1")
        found = row.fetchone()
        assert found
        return str(found[0])


def test_a_new_account_is_made_and_lands_where_the_link_leads(stage: SahneUp, browser: Browser, planned: str) -> None:
    filiz = Person(browser, stage.url, phone=True)
    filiz.page.goto(f"/#/session/{planned}")
    expect(filiz.page.get_by_text("You will go straight to")).to_be_visible()
    filiz.page.get_by_role("button", name="Create an account").click()
    filiz.page.get_by_label("Your name").fill("Filiz")
    filiz.page.get_by_label("E-mail").fill("filiz@example.com")
    password = filiz.page.get_by_label("Password")
    password.fill("abc")
    expect(filiz.page.get_by_text("At least 6 characters")).to_be_visible()
    password.fill("perde-arası")
    expect(filiz.page.get_by_text("Strong enough")).to_be_visible()
    filiz.page.get_by_role("button", name="Show what is typed").click()
    expect(password).to_have_attribute("type", "text")
    filiz.page.get_by_role("button", name="Create my account").click()
    expect(filiz.page.get_by_test_id("starts")).to_be_visible()
    filiz.page.goto("/#/me")
    expect(filiz.page.get_by_test_id("me")).to_have_text("Filiz")
    filiz.page.get_by_role("button", name="Sign out").click()
    expect(filiz.page.get_by_role("button", name="Sign in")).to_be_visible()
    filiz.leaves()


def test_an_account_that_is_there_already_is_not_made_again(stage: SahneUp, browser: Browser) -> None:
    somebody = Person(browser, stage.url, language="tr")
    somebody.page.goto("/")
    somebody.page.get_by_role("button", name="Hesap aç").click()
    somebody.page.get_by_label("Adın").fill("Bo")
    somebody.page.get_by_label("E-posta").fill("bo@example.com")
    somebody.page.get_by_label("Parola").fill("perde-arası")
    somebody.page.get_by_role("button", name="Hesabımı aç").click()
    expect(somebody.page.get_by_role("alert")).to_have_text("Bu e-postayla bir hesap var. Giriş yap.")
    somebody.leaves()


def test_a_wrong_password_is_said_under_its_field_and_takes_the_focus(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True)
    bo.page.goto("/")
    bo.page.get_by_label("E-mail").fill("bo@example.com")
    bo.page.get_by_label("Password").fill("not-my-password")
    bo.page.get_by_role("button", name="Sign in").click()
    expect(bo.page.get_by_role("alert")).to_have_text("E-mail or password is wrong.")
    expect(bo.page.get_by_label("Password")).to_be_focused()
    bo.leaves()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("phone", "language"), [(True, "tr"), (False, "en")])
def test_the_first_screens_are_for_everybody(
    stage: SahneUp, browser: Browser, dark: bool, phone: bool, language: str
) -> None:
    ada = Person(browser, stage.url, phone=phone, dark=dark, language=language)
    ada.page.goto("/")
    ada.page.locator("button.person").first.wait_for()
    ada.finds_nothing_wrong()
    ada.comes_in_as("Ada")
    for place, seen in (("#/", "session-card"), ("#/studio", "scene"), ("#/me", "me")):
        ada.page.goto(f"/{place}")
        ada.page.get_by_test_id(seen).first.wait_for()
        ada.finds_nothing_wrong()
    ada.leaves()


def test_an_address_that_leads_nowhere_says_so_and_leads_back(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url)
    bo.comes_in_as("Bo")
    bo.page.goto("/#/nonsense")
    expect(bo.page.get_by_role("heading", name="There is nothing here.")).to_be_visible()
    bo.page.get_by_role("link", name="Back to the stage").click()
    expect(bo.page.get_by_test_id("session-card").first).to_be_visible()
    bo.leaves()


def test_a_chosen_look_and_language_are_kept(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url)
    bo.comes_in_as("Bo")
    bo.page.goto("/#/me")
    bo.page.get_by_role("radio", name="Night").check()
    bo.page.get_by_role("radio", name="Türkçe").check()
    bo.page.reload()
    expect(bo.page.get_by_role("radio", name="Gece")).to_be_checked()
    expect(bo.page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(bo.page.locator("html")).to_have_attribute("lang", "tr")
    bo.leaves()


def test_without_a_network_what_was_known_stays_and_comes_back_by_itself(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True)
    bo.comes_in_as("Bo")
    cards = bo.page.get_by_test_id("session-card")
    cards.first.wait_for()
    bo.waits_for("navigator.serviceWorker.controller !== null")
    bo.page.reload()  # now every file of the page has come by the worker's hands
    cards.first.wait_for()
    bo.context.set_offline(True)
    expect(bo.page.get_by_text("Cannot reach the server. Trying again …")).to_be_visible()
    expect(cards.first).to_be_visible()
    bo.page.reload()
    expect(bo.page.get_by_role("navigation")).to_be_visible()
    expect(bo.page.get_by_text("Cannot reach the server. Trying again …")).to_be_visible()
    bo.context.set_offline(False)
    expect(bo.page.get_by_text("Cannot reach")).to_have_count(0)
    expect(cards.first).to_be_visible()
    thrown = [fault for fault in bo.faults if not re.search("Failed to load resource|ERR_INTERNET_DISCONNECTED", fault)]
    assert thrown == []
    bo.leaves()
