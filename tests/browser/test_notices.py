"""The bell and what is behind it: a number that comes by itself, a list that is read, and what one wants to be told of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import psycopg
import pytest
from playwright.sync_api import Browser, expect

from sahne.providers.push.vapid import new_keys
from tests.browser.chromium import SMALL_PHONE, STEP_MS_MAX, Person
from tests.eventually import eventually
from tests.process.sahne_up import SahneUp, sahne_up
from tests.push_services import FakeBrowser, fake_browser

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
PICTURED = "select private.tell(id, 'picture_ready') from auth.users where email = 'ada@example.com'"
RINGS = """
insert into calls (caller_id, callee_id, call_type)
select caller.id, callee.id, 'audio_call' from auth.users caller, auth.users callee
 where caller.email = 'bo@example.com' and callee.email = 'ada@example.com'
returning id
"""
UNREAD = """
select count(*) from public.notifications join auth.users on users.id = user_id
 where email = 'ada@example.com' and read_at is null
"""

expect.set_options(timeout=STEP_MS_MAX)

ENDPOINT = "https://fcm.googleapis.com/fcm/send/of-the-tests"
# What a browser's push service answers, which Chromium reaches over the Internet alone; kept as a browser keeps it.
SUBSCRIBES = """
const made = {endpoint: '%s', keys: %s};
const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), each => each.charCodeAt(0)).buffer;
const subscription = key => ({
  options: {applicationServerKey: bytes(key)},
  toJSON: () => made,
  unsubscribe: async () => (localStorage.removeItem('subscribed'), true),
});
PushManager.prototype.getSubscription = async () =>
  localStorage.subscribed ? subscription(localStorage.subscribed) : null;
PushManager.prototype.subscribe = async ({userVisibleOnly, applicationServerKey: key}) => {
  if (!userVisibleOnly) throw new Error('to be shown');
  localStorage.subscribed = key;
  return subscription(key);
};
"""
DEVICES = """
select token, locale from private.devices join auth.users on users.id = user_id where email = 'ada@example.com'
"""
SHOWN = """
navigator.serviceWorker.ready.then(worker => worker.getNotifications())
  .then(shown => shown.map(each => [each.title, each.body]))
"""
TAPPED = """
registration.getNotifications().then(([shown]) => {
  self.dispatchEvent(new NotificationEvent('notificationclick', {notification: shown}));
})
"""
PRIVATE_KEY, PUBLIC_KEY = new_keys()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    key = {"SAHNE_VAPID_PRIVATE_KEY": PRIVATE_KEY, "SAHNE_VAPID_SUBJECT": "mailto:admin@example.com"}
    with sahne_up(tmp_path_factory.mktemp("notices") / "data", "--no-livekit", variables=key) as running:
        yield running


@pytest.fixture
def service() -> Iterator[FakeBrowser]:
    with fake_browser(PUBLIC_KEY) as fake:
        yield fake


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


def test_a_browser_is_asked_after_it_was_told_why_and_shows_what_is_pushed_until_its_person_leaves(
    app: SahneUp, browser: Browser, service: FakeBrowser
) -> None:
    ada = Person(browser, app.url, phone=True)
    ada.context.grant_permissions(["notifications"])
    ada.context.add_init_script(SUBSCRIBES % (ENDPOINT, orjson.dumps(service.subscription["keys"]).decode()))
    ada.comes_in_as("Ada")
    ada.page.goto("/#/notices/settings")
    here = ada.page.get_by_test_id("push-here")
    expect(here).to_contain_text("Your browser will ask you once")
    ada.finds_nothing_wrong()
    ada.pictured("push-off-phone")
    expect(ada.page.get_by_test_id("devices")).to_have_count(0)
    here.get_by_role("switch").click()
    expect(here).to_contain_text("also while Sahne is closed")
    expect(ada.page.get_by_test_id("devices").get_by_text("This one")).to_be_visible()
    ada.finds_nothing_wrong()
    ada.pictured("push-on-phone")
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        assert conn.execute(DEVICES).fetchall() == [(ENDPOINT, "en")]
        conn.execute("update private.devices set subscription = %s", [orjson.dumps(service.subscription).decode()])
        conn.execute("update public.notifications set read_at = now()")
        conn.execute(PICTURED)
        eventually(lambda: service.read)
        delivers(ada, service.read[-1])
        ada.waits_for(f"{SHOWN}.then(shown => shown.length === 1)")
        assert ada.page.evaluate(SHOWN) == [["Your pictures are ready", "Have a look."]]
        (call,) = conn.execute(RINGS).fetchone() or ()
        expect(ada.page.get_by_role("alertdialog")).to_contain_text("Bo")
        eventually(lambda: service.read[-1]["data"]["code"] == "call_rings")
        delivers(ada, service.read[-1])
        ada.waits_for(f"{SHOWN}.then(shown => shown.length === 2)")
        conn.execute("update calls set status = 'rejected', ended_at = now() where id = %s", [call])
        ada.waits_for(f"{SHOWN}.then(shown => shown.length === 1)")  # what rang on the page is over, and so is the push
        conn.execute("delete from private.devices")
        ada.page.reload()  # at each start the server hears of the browser anew
        eventually(lambda: conn.execute(DEVICES).fetchall())
        ada.context.service_workers[0].evaluate(TAPPED)
        expect(ada.page).to_have_url(f"{app.url}/#/studio/pictures")
        eventually(lambda: conn.execute(UNREAD).fetchone() == (0,))
        ada.page.goto("/#/me")
        ada.page.get_by_role("button", name="Sign out", exact=True).click()
        ada.page.locator("button.person").first.wait_for()
        eventually(lambda: not conn.execute(DEVICES).fetchall())
    ada.waits_for("localStorage.subscribed === undefined && localStorage.push === undefined")
    assert ada.page.evaluate(SHOWN) == []
    ada.leaves()


def test_a_browser_that_was_told_not_to_says_so_and_offers_nothing(app: SahneUp, browser: Browser) -> None:
    bo = Person(browser, app.url, phone=True, dark=True, language="tr")
    bo.context.add_init_script("Object.defineProperty(Notification, 'permission', {value: 'denied'})")
    bo.comes_in_as("Bo")
    bo.page.goto("/#/notices/settings")
    here = bo.page.get_by_test_id("push-here")
    expect(here).to_contain_text("izin ver")
    expect(here.get_by_role("switch")).to_be_disabled()
    bo.finds_nothing_wrong()
    bo.pictured("push-refused-phone-dark")
    bo.leaves()


def delivers(person: Person, content: dict[str, Any]) -> None:
    """As the push service hands it to the service worker."""
    line = person.context.new_cdp_session(person.page)
    found: list[str] = []
    line.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"] if not each["isDeleted"]),
    )
    line.send("ServiceWorker.enable")
    person.waits_for("navigator.serviceWorker.ready.then(() => true)")
    origin = person.page.evaluate("location.origin")
    data = orjson.dumps(content).decode()
    line.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": found[-1], "data": data})
