"""Passkeys on the page: added under security, used at the door, by Chromium's own authenticator; and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from sahne.settings import Settings
from tests.accounts import an_email
from tests.browser.chromium import DESK, PHONE, STEP_MS_MAX, Person
from tests.conftest import Running, free_port, running_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

expect.set_options(timeout=STEP_MS_MAX)

PASSWORD = "perde-arası"
WORDS_EN = {
    "by passkey": "Sign in with a passkey", "email": "E-mail", "password": "Password", "sign in": "Sign in",
    "security": "Sign-in and security", "add": "Add a passkey", "another": "Add another passkey", "added": "The passkey was added.",
    "rename": "Rename Passkey", "name": "Name of the passkey", "save": "Save", "mine": "My phone", "remove": "Remove My phone",
    "yes": "Remove", "sign out": "Sign out", "nothing": "Nothing was chosen", "here": "This device has a passkey of yours already.",
    "not good": "This passkey does not open an account here.",
}  # fmt: skip
WORDS_TR = {
    "by passkey": "Geçiş anahtarıyla giriş yap", "email": "E-posta", "password": "Parola", "sign in": "Giriş yap",
    "security": "Giriş ve güvenlik", "add": "Geçiş anahtarı ekle", "another": "Bir tane daha ekle", "added": "Geçiş anahtarı eklendi.",
    "rename": "Yeniden adlandır: Passkey", "name": "Geçiş anahtarının adı", "save": "Kaydet", "mine": "Telefonum", "remove": "Telefonum kaldır",
    "yes": "Kaldır", "sign out": "Çıkış yap", "nothing": "Bir şey seçilmedi", "here": "Bu cihazda zaten bir geçiş anahtarın var.",
    "not good": "Bu geçiş anahtarı burada bir hesap açmıyor.",
}  # fmt: skip


@pytest.fixture(scope="module")
def bound(settings: Settings) -> Iterator[Running]:
    with running_server(replace(settings, port=free_port(), passkeys=True)) as running:
        yield running


@dataclass
class Device:
    """The authenticator in somebody's browser."""

    cdp: CDPSession
    id: str

    @classmethod
    def of(cls, person: Person) -> Device:
        cdp = person.context.new_cdp_session(person.page)
        cdp.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        return cls(cdp, cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])

    def knows_its_person(self, knows: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": knows})

    @property
    def keys(self) -> list[dict[str, Any]]:
        return self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]


def named(running: Running) -> str:
    """By the name that browsers take for a domain."""
    return f"http://localhost:{running.settings.port}"


@pytest.mark.parametrize(
    ("size", "dark", "language"), [(PHONE, False, "en"), (DESK, True, "tr")], ids=["phone-day-en", "desk-night-tr"]
)
def test_a_passkey_is_added_opens_the_page_and_is_removed(
    bound: Running, browser: Browser, size: tuple[int, int], dark: bool, language: str
) -> None:
    words = {"en": WORDS_EN, "tr": WORDS_TR}[language]
    email = an_email()
    httpx.post(f"{bound.url}/auth/v1/signup", json={"email": email, "password": PASSWORD}).raise_for_status()
    ipek = Person(browser, named(bound), size=size, dark=dark, language=language)
    page, device = ipek.page, Device.of(ipek)

    page.goto("/#/me/security")
    by_passkey = page.get_by_role("button", name=words["by passkey"])
    by_passkey.click()
    expect(page.get_by_role("alert")).to_contain_text(words["nothing"])
    ipek.finds_nothing_wrong()
    ipek.pictured(f"passkeys-{language}-door")
    signs_in(page, email, words)

    expect(page.get_by_role("heading", name=words["security"])).to_be_visible()
    page.get_by_role("button", name=words["add"]).click()
    keys = page.get_by_test_id("passkey")
    expect(keys).to_have_count(1)
    expect(page.get_by_text(words["added"])).to_be_visible()
    assert [key["rpId"] for key in device.keys] == ["localhost"]
    page.get_by_role("button", name=words["another"]).click()
    expect(page.get_by_role("alert")).to_contain_text(words["here"])
    page.get_by_role("button", name=words["rename"]).click()
    page.get_by_label(words["name"]).fill(words["mine"])
    ipek.finds_nothing_wrong()
    ipek.pictured(f"passkeys-{language}-name")
    page.get_by_role("button", name=words["save"]).click()
    expect(keys).to_contain_text(words["mine"])
    ipek.finds_nothing_wrong()
    ipek.pictured(f"passkeys-{language}-security")

    signs_out(page, words)
    device.knows_its_person(False)
    by_passkey.click()
    expect(page.get_by_role("alert")).to_contain_text(words["nothing"])
    device.knows_its_person(True)
    by_passkey.click()
    expect(by_passkey).to_have_count(0)
    page.goto("/#/me/security")
    page.get_by_role("button", name=words["remove"]).click()
    page.get_by_role("alertdialog").get_by_role("button", name=words["yes"], exact=True).click()
    expect(keys).to_have_count(0)

    signs_out(page, words)
    by_passkey.click()
    expect(page.get_by_role("alert")).to_contain_text(words["not good"])
    ipek.leaves()


def test_where_a_browser_would_make_none_none_are_offered(bound: Running, browser: Browser) -> None:
    ipek = Person(browser, bound.url, phone=True)
    ipek.page.goto("/")
    expect(ipek.page.get_by_role("button", name=WORDS_EN["sign in"], exact=True)).to_be_visible()
    expect(ipek.page.get_by_role("button", name=WORDS_EN["by passkey"])).to_have_count(0)
    ipek.leaves()


def signs_in(page: Page, email: str, words: dict[str, str]) -> None:
    page.get_by_label(words["email"]).fill(email)
    page.get_by_label(words["password"]).fill(PASSWORD)
    page.get_by_role("button", name=words["sign in"], exact=True).click()


def signs_out(page: Page, words: dict[str, str]) -> None:
    page.goto("/#/me")
    page.get_by_role("button", name=words["sign out"], exact=True).click()
