"""The bell and what is behind it: a number that comes by itself, a list that is read, and what one wants to be told of."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import SMALL_PHONE, STEP_MS_MAX, Person
from tests.process.sahne_up import SahneUp, sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOLD = """
select private.tell(ada.id, told.code, bo.id, told.details::jsonb)
  from auth.users ada, auth.users bo,
       (values (1, 'subscribed', '{}'), (2, 'gift_received', '{"session_id": "s"}'), (3, 'new_device', '{}'),
               (4, 'picture_ready', '{}'), (5, 'kettle_boils', '{}')) told (place, code, details)
 where ada.email = 'ada@example.com' and bo.email = 'bo@example.com'
 order by told.place
"""
FOLLOWED = """
select private.tell(ada.id, 'follower_gained', bo.id)
  from auth.users ada, auth.users bo where ada.email = 'ada@example.com' and bo.email in ('bo@example.com', 'cem@example.com')
"""
UNREAD = """
select count(*) from public.notifications join auth.users on users.id = user_id
 where email = 'ada@example.com' and read_at is null
"""

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up(tmp_path_factory.mktemp("notices") / "data", "--no-livekit") as running:
        yield running


def test_what_one_was_told_is_counted_at_once_listed_and_read(app: SahneUp, browser: Browser) -> None:
    ada = Person(browser, app.url, phone=True)
    ada.comes_in_as("Ada")
    bell = ada.page.get_by_role("link", name="Notices")
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        conn.execute(TOLD)
        expect(bell.locator("em")).to_have_text("5")
        conn.execute(FOLLOWED)
        expect(bell.locator("em")).to_have_text("6")  # two followers are one line
    bell.click()
    lines = ada.page.get_by_test_id("notices").get_by_role("listitem")
    expect(lines).to_have_count(6)
    expect(lines.first).to_contain_text("2 people follow you now")
    expect(lines.filter(has_text="There is news for you")).to_have_count(1)
    ada.finds_nothing_wrong()
    ada.pictured("notices-phone-light")
    lines.first.get_by_role("link").click()
    expect(bell.locator("em")).to_have_text("5")
    ada.page.goto("/#/notices")
    ada.page.get_by_role("button", name="Mark all as read").click()
    expect(bell.locator("em")).to_have_count(0)
    with psycopg.connect(app.db_url) as conn:
        assert conn.execute(UNREAD).fetchone() == (0,)
    ada.page.reload()
    expect(ada.page.get_by_test_id("notices").locator("li.unread")).to_have_count(0)
    ada.leaves()


def test_what_one_is_told_of_is_kept_and_shown_in_both_languages_and_looks(app: SahneUp, browser: Browser) -> None:
    bo = Person(browser, app.url, phone=True, dark=True, language="tr")
    bo.comes_in_as("Bo")
    bo.page.goto("/#/notices/settings")
    push = bo.page.get_by_role("checkbox", name="Hediyeler: Bildirim")
    expect(push).to_be_checked()
    push.uncheck()
    expect(bo.page.get_by_role("checkbox", name="Hesap güvenliği: E-posta")).to_be_disabled()
    bo.page.get_by_role("switch", name="Sessiz saatler").check()
    expect(bo.page.get_by_label("Başlangıç")).to_have_value("23:00")
    bo.finds_nothing_wrong()
    bo.pictured("notices-settings-phone-dark")
    bo.page.reload()
    expect(push).not_to_be_checked()
    expect(bo.page.get_by_label("Bitiş")).to_have_value("08:00")
    bo.leaves()


@pytest.mark.parametrize(("name", "size", "dark"), [("small", SMALL_PHONE, True), ("desk", None, False)])
def test_it_holds_on_a_small_phone_and_on_a_desk(
    app: SahneUp, browser: Browser, name: str, size: tuple[int, int] | None, dark: bool
) -> None:
    ada = Person(browser, app.url, size=size, dark=dark)
    ada.comes_in_as("Ada")
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        conn.execute(TOLD)
    for place, words in (("notices", "Notices"), ("notices/settings", "What you are told")):
        ada.page.goto(f"/#/{place}")
        expect(ada.page.get_by_role("heading", name=words)).to_be_visible()
        expect(ada.page.locator(".skeleton")).to_have_count(0)
        ada.finds_nothing_wrong()
        ada.pictured(f"{place.replace('/', '-')}-{name}")
    ada.leaves()
