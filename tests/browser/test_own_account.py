"""One's own account: a copy of it and its end, the faces one has, and what one agrees to."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import STEP_MS_MAX, Person
from tests.process.sahne_up import SahneUp, sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up(tmp_path_factory.mktemp("account") / "data", "--no-livekit") as running:
        yield running


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("tr", True)])
def test_somebody_asks_for_a_copy_and_deletes_the_account_and_stays_after_all(
    app: SahneUp, browser: Browser, language: str, dark: bool
) -> None:
    copy, waits, delete, password, toast, stays = {
        "en": (
            "Make a copy",
            "waits for its turn",
            "Delete the account",
            "Your password",
            "Your account is deleted on",
            "Your account stays.",
        ),
        "tr": ("Kopya hazırla", "Sırasını bekliyor", "Hesabı sil", "Parolan", "siliniyor", "Hesabın duruyor."),
    }[language]
    who = "Cem" if dark else "Dilek"
    person = Person(browser, app.url, phone=True, dark=dark, language=language)
    person.comes_in_as(who)
    person.page.goto("/#/me/account")
    person.page.get_by_role("button", name=copy).click()
    expect(person.page.get_by_test_id("copy")).to_contain_text(waits)
    expect(person.page.get_by_test_id("signed-in").first).to_be_visible()
    person.finds_nothing_wrong()
    person.pictured(f"77-account-{language}")
    person.page.get_by_role("button", name=delete).click()
    form = person.page.get_by_role("dialog")
    form.get_by_label(password).fill("not the password")
    form.get_by_role("button", name=delete).click()
    expect(form.get_by_role("alert")).to_be_visible()
    person.faults.clear()  # the browser logs the refusal
    person.finds_nothing_wrong()
    person.pictured(f"78-account-end-{language}")
    form.get_by_label(password).fill("sahne-demo")
    form.get_by_role("button", name=delete).click()
    expect(person.page.get_by_text(toast)).to_be_visible()
    person.comes_in_as(who)
    expect(person.page.get_by_text(stays, exact=True)).to_be_visible()
    person.pictured(f"79-account-stays-{language}")
    person.leaves()
    with psycopg.connect(app.db_url) as conn:
        assert conn.execute("select count(*) from private.account_deletions").fetchone() == (0,)


@pytest.mark.parametrize(("language", "dark"), [("en", True), ("tr", False)])
def test_shadows_are_made_edited_and_deleted_and_a_name_that_is_taken_is_refused(
    app: SahneUp, browser: Browser, language: str, dark: bool
) -> None:
    make, name, username, save, taken, edit, delete, yes = {
        "en": (
            "Make a shadow",
            "Your name",
            "Username",
            "Save",
            "has this username already",
            "Edit",
            "Delete",
            "Delete it",
        ),
        "tr": ("Gölge yap", "Adın", "Kullanıcı adı", "Kaydet", "alınmış", "Düzenle", "Sil", "Sil"),
    }[language]
    bo = Person(browser, app.url, phone=dark, dark=dark, language=language)
    bo.comes_in_as("Bo")
    bo.page.goto("/#/me/faces")
    faces = bo.page.get_by_test_id("face")
    expect(faces.first).to_be_visible()
    before = faces.count()
    bo.page.get_by_role("button", name=make).click()
    form = bo.page.get_by_role("dialog")
    form.get_by_label(name).fill("Gece Kuşu")
    form.get_by_label(username).fill("ada")
    form.get_by_role("button", name=save).click()
    expect(form.get_by_role("alert")).to_contain_text(taken)
    bo.faults.clear()  # the browser logs the refusal
    bo.finds_nothing_wrong()
    bo.pictured(f"80-shadow-taken-{language}")
    form.get_by_label(username).fill(f"gece.{language}")
    form.get_by_role("button", name=save).click()
    expect(faces).to_have_count(before + 1)
    bo.finds_nothing_wrong()
    bo.pictured(f"81-shadows-{language}")
    shadow = faces.filter(has_text="Gece Kuşu")
    shadow.get_by_role("button", name=edit).click()
    form.get_by_label(name).fill("Gündüz")
    form.get_by_role("button", name=save).click()
    faces.filter(has_text="Gündüz").get_by_role("button", name=delete).click()
    bo.page.get_by_role("alertdialog").get_by_role("button", name=yes, exact=True).click()
    expect(faces).to_have_count(before)
    bo.leaves()


def test_what_one_agrees_to_is_said_by_version_and_taken_back(app: SahneUp, browser: Browser) -> None:
    bo = Person(browser, app.url, phone=True)
    bo.comes_in_as("Bo")
    bo.page.goto("/#/me/account")
    expect(bo.page.get_by_test_id("signed-in").first).to_be_visible()
    consents = bo.page.get_by_test_id("consents")
    expect(consents).to_have_count(0)
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        conn.execute(
            "insert into private.consent_texts (kind, version, is_required) values ('terms', '1', true), ('tea_club', '1', false)"
        )
        bo.page.reload()
        expect(consents).to_contain_text("Tea club")
        terms = consents.get_by_role("switch", name="Terms of use")
        expect(terms).not_to_be_checked()
        terms.click()
        expect(consents).to_contain_text("You agreed: Today")
        conn.execute("update private.consent_texts set version = '2' where kind = 'terms'")
        terms.click()  # the text that was shown is not today's any more
        expect(consents.get_by_role("alert")).to_contain_text("changed just now")
        expect(consents).to_contain_text("Changed since you agreed")
        bo.faults.clear()  # the browser logs the refusal
        bo.finds_nothing_wrong()
        bo.pictured("82-consents")
        terms.click()
        expect(consents).to_contain_text("Version 2 · You agreed: Today")
        terms.click()
        expect(consents).to_contain_text("Version 2 · Needed to use everything here")
        said = conn.execute("select version, is_given from private.account_consents order by id").fetchall()
        assert said == [("1", True), ("2", True), ("2", False)]
        conn.execute("delete from private.consent_texts")
    bo.leaves()
