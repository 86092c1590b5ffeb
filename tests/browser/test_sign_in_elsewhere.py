"""Signing in with another provider on the page, or with a phone number: there and back, another way in, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from sahne.settings import Settings
from tests.accounts import an_email
from tests.browser.chromium import DESK, PHONE, STEP_MS_MAX, Person
from tests.conftest import Running, free_port, running_server
from tests.letters import Inbox
from tests.openid import FakeProvider, provider, someone
from tests.sign_in_elsewhere import with_providers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

expect.set_options(timeout=STEP_MS_MAX)

NUMBER, CODE = "+905559999998", "246810"

WORDS_EN = {
    "google": "Continue with Google", "security": "Sign-in and security", "add": "Add Corp", "remove": "Remove Corp",
    "yes": "Remove", "no": "You did not sign in there.",
}  # fmt: skip
WORDS_TR = {
    "google": "Google ile devam et", "security": "Giriş ve güvenlik", "add": "Corp ekle", "remove": "Corp kaldır",
    "yes": "Kaldır", "no": "Orada giriş yapmadın.",
}  # fmt: skip

PHONE_EN = {
    "set up": "Use a phone number", "send": "Send the code", "again": "Send it again", "turn on": "Turn it on",
    "wrong": "That code is not right, or was used. Ask for another.", "kept": "I have kept them", "sign in": "Sign in",
    "go on": "Go on",
}  # fmt: skip
PHONE_TR = {
    "set up": "Telefon numarası kullan", "send": "Kodu gönder", "again": "Yeniden gönder", "turn on": "Aç",
    "wrong": "Kod yanlış ya da kullanılmış. Yenisini iste.", "kept": "Sakladım", "sign in": "Giriş yap",
    "go on": "Devam et",
}  # fmt: skip


@pytest.fixture(scope="module")
def corp() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture(scope="module")
def other() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture(scope="module")
def elsewhere(
    settings: Settings, corp: FakeProvider, other: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    key = tmp_path_factory.mktemp("apple") / "AuthKey.p8"
    phones: dict[str, Any] = {
        "phone_sign_in": True,
        "mfa_phone": True,
        "sms_countries": "90",
        "sms_test_numbers": f"{NUMBER}={CODE}",
    }
    with running_server(with_providers(replace(settings, port=free_port(), **phones), corp, other, key)) as running:
        yield running


@pytest.mark.parametrize(
    ("size", "dark", "language"), [(PHONE, False, "en"), (DESK, True, "tr")], ids=["phone-day-en", "desk-night-tr"]
)
def test_somebody_comes_by_google_adds_another_way_and_removes_it(
    elsewhere: Running,
    browser: Browser,
    corp: FakeProvider,
    other: FakeProvider,
    size: tuple[int, int],
    dark: bool,
    language: str,
) -> None:
    words = {"en": WORDS_EN, "tr": WORDS_TR}[language]
    corp.person, other.person = someone(), someone()
    ipek = Person(browser, elsewhere.url, size=size, dark=dark, language=language)
    page = ipek.page
    page.goto("/#/me/security")
    google = page.get_by_role("button", name=words["google"])
    expect(google).to_be_visible()
    ipek.finds_nothing_wrong()
    ipek.pictured(f"elsewhere-{language}-door")
    google.click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name=words["security"])).to_be_visible()
    ways = page.get_by_test_id("way")
    expect(ways).to_have_count(1)
    expect(ways).to_contain_text(other.person["email"])
    assert "code=" not in page.url
    ipek.finds_nothing_wrong()
    page.get_by_role("button", name=words["add"]).click()
    page.get_by_role("button", name="Sign in").click()
    expect(ways).to_have_count(2)
    ipek.finds_nothing_wrong()
    ipek.pictured(f"elsewhere-{language}-ways")
    page.get_by_role("button", name=words["remove"]).click()
    page.get_by_role("alertdialog").get_by_role("button", name=words["yes"], exact=True).click()
    expect(ways).to_have_count(1)
    page.reload()
    expect(ways).to_have_count(1)
    ipek.leaves()


def test_who_says_no_at_the_provider_is_told_so_at_the_door(elsewhere: Running, browser: Browser) -> None:
    ipek = Person(browser, elsewhere.url, phone=True)
    ipek.page.goto("/")
    ipek.page.get_by_role("button", name=WORDS_EN["google"]).click()
    ipek.page.get_by_role("button", name="Cancel").click()
    expect(ipek.page.get_by_role("alert")).to_contain_text(WORDS_EN["no"])
    assert "error" not in ipek.page.url
    ipek.finds_nothing_wrong()
    ipek.leaves()


def test_a_code_that_was_begun_in_another_browser_opens_nothing_here(elsewhere: Running, browser: Browser) -> None:
    ipek = Person(browser, elsewhere.url, phone=True)
    ipek.page.goto("/?code=oauth_of_somebody_else")
    expect(ipek.page.get_by_role("alert")).to_be_visible()
    expect(ipek.page.get_by_role("button", name=WORDS_EN["google"])).to_be_visible()
    ipek.leaves()


def test_somebody_comes_by_phone_number_and_is_told_what_was_wrong_with_it_or_the_code(
    elsewhere: Running, browser: Browser
) -> None:
    nur = Person(browser, elsewhere.url, phone=True)
    page = nur.page
    page.goto("/#/me")
    page.get_by_role("button", name="Continue with a phone number").click()
    number = page.get_by_label("Phone number")
    for wrong, words in (("0555 999 99 98", "with its country"), ("+1 212 555 01 00", "Nothing can be sent")):
        number.fill(wrong)
        page.get_by_role("button", name="Send the code").click()
        expect(page.get_by_role("alert")).to_contain_text(words)
    nur.pictured("phone-number-wrong")
    number.fill("+90 (555) 999-99 98")
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("status").filter(has_text=NUMBER)).to_be_visible()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("status").filter(has_text="Another code")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Come in").click()
    expect(page.get_by_role("alert")).to_contain_text("is not right")
    nur.faults.clear()  # the browser logs what was refused
    nur.finds_nothing_wrong()
    nur.pictured("phone-code-wrong")
    page.get_by_label("Code").fill(f"{CODE[:3]} {CODE[3:]}")
    page.get_by_role("button", name="Come in").click()
    expect(page.locator("section", has=page.get_by_test_id("me"))).to_contain_text(NUMBER)
    nur.finds_nothing_wrong()
    nur.leaves()


def test_the_way_in_by_phone_is_said_in_turkish_and_at_night(elsewhere: Running, browser: Browser) -> None:
    nur = Person(browser, elsewhere.url, dark=True, language="tr")
    nur.page.goto("/")
    nur.page.get_by_role("button", name="Telefon numarasıyla devam et").click()
    expect(nur.page.get_by_role("heading", name="Numaran")).to_be_visible()
    nur.finds_nothing_wrong()
    nur.pictured("phone-number-desk-night-tr")
    nur.page.get_by_role("button", name="Geri").click()
    expect(nur.page.get_by_role("button", name="Google ile devam et")).to_be_visible()
    nur.leaves()


def test_who_makes_an_account_follows_the_letter_or_another_one(elsewhere: Running, browser: Browser) -> None:
    lale, email = Person(browser, elsewhere.url, phone=True, dark=True, language="tr"), an_email()
    page = lale.page
    page.goto("/")
    page.get_by_role("button", name="Hesap aç").click()
    page.get_by_label("Adın").fill("Lale")
    page.get_by_label("E-posta").fill(email)
    page.get_by_label("Parola").fill("perde-arası")
    page.get_by_role("button", name="Hesabımı aç").click()
    page.get_by_role("button", name="Yeniden gönder").click()
    expect(page.get_by_role("status").filter(has_text="Başka bir ileti")).to_be_visible()
    lale.finds_nothing_wrong()
    lale.pictured("confirm-sent-again-tr")
    inbox = Inbox(elsewhere.url)
    page.goto(inbox.newest(email, 2).link)
    page.get_by_test_id("balance").wait_for()
    page.goto("/#/me")
    expect(page.get_by_test_id("me")).to_have_text("Lale")
    lale.leaves()


@pytest.mark.parametrize(
    ("size", "dark", "language"), [(PHONE, True, "en"), (DESK, False, "tr")], ids=["phone-night-en", "desk-day-tr"]
)
def test_a_phone_is_set_up_as_a_second_factor_and_asked_for(
    elsewhere: Running, browser: Browser, size: tuple[int, int], dark: bool, language: str
) -> None:
    words = {"en": PHONE_EN, "tr": PHONE_TR}[language]
    account = {"email": f"naz-{language}@example.com", "password": "perde-arası"}
    service = {"authorization": f"Bearer {elsewhere.settings.service_role_key}"}
    made = httpx.post(
        f"{elsewhere.url}/auth/v1/admin/users", json=account | {"email_confirm": True}, headers=service, timeout=30
    )
    assert made.status_code == 200, made.text
    naz = Person(browser, elsewhere.url, size=size, dark=dark, language=language)
    page = naz.page

    def press(name: str) -> None:
        page.get_by_role("button", name=words[name], exact=True).click()

    def sign_in() -> None:
        page.goto("/#/me/security")
        page.locator("[name=email]").fill(account["email"])
        page.locator("[name=password]").fill(account["password"])
        press("sign in")

    sign_in()
    expect(page.get_by_role("button", name=words["set up"], exact=True)).to_be_visible()
    naz.finds_nothing_wrong()
    naz.pictured(f"phone-factor-{language}-none")
    press("set up")
    page.locator("[name=phone]").fill(NUMBER)
    naz.finds_nothing_wrong()
    naz.pictured(f"phone-factor-{language}-number")
    press("send")
    page.locator("[name=code]").fill("000000")
    press("turn on")
    expect(page.get_by_role("alert")).to_have_text(words["wrong"])
    naz.faults.clear()  # the browser logs what was refused
    naz.finds_nothing_wrong()
    naz.pictured(f"phone-factor-{language}-wrong")
    press("again")
    page.locator("[name=code]").fill(CODE)
    press("turn on")
    press("kept")
    expect(page.get_by_test_id("factor")).to_contain_text(NUMBER)
    naz.finds_nothing_wrong()
    naz.pictured(f"phone-factor-{language}-list")

    page.evaluate("localStorage.clear()")
    page.goto("/")
    page.reload()
    sign_in()
    expect(page.get_by_role("button", name=words["send"], exact=True)).to_be_visible()
    naz.finds_nothing_wrong()
    naz.pictured(f"phone-factor-{language}-asked")
    press("send")
    expect(page.locator("[name=code]")).to_be_focused()
    naz.pictured(f"phone-factor-{language}-code")
    page.locator("[name=code]").fill(CODE)
    press("go on")
    expect(page.get_by_test_id("factor")).to_contain_text(NUMBER)
    naz.leaves()
