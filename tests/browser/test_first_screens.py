"""The door and what is behind it: a new account, links that survive, a server that goes and comes back, a page kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import DESK, PHONE, SMALL_PHONE, STEP_MS_MAX, TABLET, Person
from tests.eventually import eventually
from tests.factors import Phone
from tests.letters import Inbox
from tests.portraits import portrait_bytes
from tests.process.sahne_up import SahneUp, sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

expect.set_options(timeout=STEP_MS_MAX)

LISTED = "/rest/v1/live_sessions"
COUNT_REMINDERS = "select count(*) from session_reminders where session_id = %s"
READ_AT_FIRST = 2  # when it is shown, and when changes of it are listened to
PULLED_TOO_LITTLE, PULLED_ENOUGH = 60, 200  # pixels; two thirds of it are followed

# The page's own clock says what came before something was seen: a browser that is slow to tell changes nothing
WHEN_SEEN = """
new MutationObserver((_, watching) => {
  if (!document.querySelector("%s")) return;
  window.seenAt = performance.now();
  watching.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
FETCHED_BEFORE = """
[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter((each) => each.responseEnd > 0 && each.responseEnd <= seenAt)
  .map((each) => each.transferSize)
"""
SLOW_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_500_000 / 8, "uploadThroughput": 750_000 / 8}
SENT_BYTES_MAX = 150_000  # of the first screen: the page itself and what it asks the server
ASKED_MAX = 20

PLACES = {
    "#/": "[data-testid=session-card]",
    "#/following": ".nothing",
    "#/studio": ".drop h2",
    "#/studio/scenes": "[data-testid=scene]",
    "#/studio/pictures": ".nothing",
    "#/me": "[data-testid=me]",
    "#/me/edit": "[name=username]",
    "#/me/tiers": "[data-testid=own-tier]",
    "#/me/calls": "form.call-prices",
    "#/me/security": ".security .panel",
    "#/wallet": ".nothing",
    "#/wallet/subscriptions": ".nothing",
}
"""Where one can go, and what is there once it stands."""


SECURITY_EN = {
    "sign in": "Sign in", "set up": "Set up an authenticator app", "go on": "Go on", "turn on": "Turn it on",
    "kept": "I have kept them", "use recovery": "Use a recovery code", "remove": "Remove",
    "wrong": "That code is not right, or was used. Wait for the next one.",
}  # fmt: skip
SECURITY_TR = {
    "sign in": "Giriş yap", "set up": "Doğrulama uygulaması kur", "go on": "Devam et", "turn on": "Aç",
    "kept": "Sakladım", "use recovery": "Kurtarma kodu kullan", "remove": "Kaldır",
    "wrong": "Kod yanlış ya da kullanılmış. Sonrakini bekle.",
}  # fmt: skip


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
    filiz.page.get_by_role("button", name="Sign out", exact=True).click()
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


@pytest.mark.parametrize(
    ("size", "dark", "language"), [(PHONE, False, "en"), (DESK, True, "tr")], ids=["phone-day-en", "desk-night-tr"]
)
def test_an_authenticator_app_is_set_up_asked_for_and_removed(
    stage: SahneUp, browser: Browser, size: tuple[int, int], dark: bool, language: str
) -> None:
    words = {"en": SECURITY_EN, "tr": SECURITY_TR}[language]
    account = {"email": f"hale-{language}@example.com", "password": "perde-arası"}
    assert httpx.post(f"{stage.url}/auth/v1/signup", json=account, timeout=30).status_code == 200
    hale = Person(browser, stage.url, size=size, dark=dark, language=language)
    page, picture = hale.page, f"factor-{language}"

    def press(name: str) -> None:
        page.get_by_role("button", name=words[name], exact=True).click()

    def sign_in() -> None:
        page.goto("/#/me/security")
        page.locator("[name=email]").fill(account["email"])
        page.locator("[name=password]").fill(account["password"])
        press("sign in")

    sign_in()
    press("set up")
    press("go on")
    expect(page.locator("img.scanned")).to_be_visible()
    assert page.locator("img.scanned").evaluate("each => each.decode().then(() => each.naturalWidth)") > 0
    hale.finds_nothing_wrong()
    hale.pictured(f"{picture}-scan")
    secret = page.get_by_test_id("secret").inner_text().replace(" ", "")
    phone = Phone(secret, "")
    page.locator("[name=code]").fill(phone.code())
    press("turn on")
    codes = page.get_by_test_id("codes").locator("li")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    hale.finds_nothing_wrong()
    hale.pictured(f"{picture}-codes")
    press("kept")
    expect(page.get_by_test_id("factor")).to_have_count(1)
    hale.finds_nothing_wrong()
    hale.pictured(f"{picture}-list")

    page.evaluate("localStorage.clear()")
    page.goto("/")
    page.reload()
    sign_in()
    expect(page.locator("[name=code]")).to_be_focused()
    hale.finds_nothing_wrong()
    hale.pictured(f"{picture}-asked")
    page.locator("[name=code]").fill(phone.wrong_code)
    press("go on")
    expect(page.get_by_role("alert")).to_have_text(words["wrong"])
    hale.pictured(f"{picture}-wrong")
    press("use recovery")
    page.locator("[name=code]").fill(recovery)
    press("go on")
    expect(page.get_by_test_id("codes-left")).to_contain_text("9")
    page.get_by_test_id("factor").get_by_role("button").click()
    page.get_by_role("alertdialog").get_by_role("button", name=words["remove"], exact=True).click()
    expect(page.get_by_test_id("factor")).to_have_count(0)
    expect(page.get_by_role("button", name=words["set up"], exact=True)).to_be_visible()
    hale.leaves()


def test_a_forgotten_password_is_chosen_anew_by_the_link_of_a_letter(stage: SahneUp, browser: Browser) -> None:
    account = {"email": "gul@example.com", "password": "forgotten soon"}
    assert httpx.post(f"{stage.url}/auth/v1/signup", json=account, timeout=30).status_code == 200
    gul = Person(browser, stage.url, phone=True)
    gul.page.goto("/")
    gul.page.get_by_role("button", name="Forgot your password?").click()
    gul.page.get_by_label("E-mail").fill(account["email"])
    gul.page.get_by_role("button", name="Send the link").click()
    expect(gul.page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    gul.page.get_by_role("button", name="Send it again").click()
    expect(gul.page.get_by_role("status").filter(has_text="Another letter")).to_be_visible()
    gul.finds_nothing_wrong()
    gul.pictured("forgotten-sent-again")
    link = Inbox(stage.url).newest(account["email"], 2).link
    gul.page.goto(str(link))
    expect(gul.page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    gul.page.get_by_label("Password").fill("perde-arası")
    gul.page.get_by_role("button", name="Save the password").click()
    expect(gul.page.get_by_test_id("session-card").first).to_be_visible()
    signed_in = httpx.post(
        f"{stage.url}/auth/v1/token?grant_type=password", json=account | {"password": "perde-arası"}, timeout=30
    )
    assert signed_in.status_code == 200
    gul.leaves()


def test_a_wrong_password_is_said_under_its_field_and_takes_the_focus(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True)
    bo.page.goto("/")
    bo.page.get_by_label("E-mail").fill("bo@example.com")
    bo.page.get_by_label("Password").fill("not-my-password")
    bo.page.get_by_role("button", name="Sign in").click()
    expect(bo.page.get_by_role("alert")).to_have_text("E-mail or password is wrong.")
    expect(bo.page.get_by_label("Password")).to_be_focused()
    bo.leaves()


@pytest.mark.parametrize(
    ("size", "dark", "language"),
    [(SMALL_PHONE, True, "tr"), (PHONE, False, "tr"), (TABLET, False, "en"), (DESK, True, "en")],
)
def test_the_first_screens_are_for_everybody(
    stage: SahneUp, browser: Browser, size: tuple[int, int], dark: bool, language: str
) -> None:
    ada = Person(browser, stage.url, size=size, dark=dark, language=language)
    ada.page.goto("/")
    ada.page.locator("button.person").first.wait_for()
    ada.finds_nothing_wrong()
    ada.comes_in_as("Ada")
    for place, seen in PLACES.items():
        ada.page.goto(f"/{place}")
        ada.page.locator(seen).first.wait_for()
        ada.finds_nothing_wrong()
    ada.leaves()


def test_with_keys_alone_one_comes_in_and_the_focus_is_where_one_was(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url)
    bo.page.goto("/")
    bo.page.locator("button.person").first.wait_for()
    bo.tabs_to("Bo")
    bo.page.keyboard.press("Enter")
    bo.page.get_by_test_id("session-card").first.wait_for()
    for way, seen in (("Studio", "Bring a photo of yourself"), ("Me", "Bo"), ("Wallet", "Wallet")):
        bo.tabs_to(way)
        bo.page.keyboard.press("Enter")
        expect(bo.page.get_by_role("heading", name=seen).first).to_be_visible()
    bo.tabs_to("Add coins")
    bo.page.keyboard.press("Enter")
    expect(bo.page.get_by_role("dialog", name="Add coins").locator("*:focus")).to_have_count(1)
    bo.finds_nothing_wrong()
    bo.page.keyboard.press("Escape")
    expect(bo.page.get_by_test_id("add-coins")).to_be_focused()
    bo.leaves()


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


def test_signing_out_elsewhere_leaves_this_browser_signed_in_and_no_other(stage: SahneUp, browser: Browser) -> None:
    here, elsewhere = Person(browser, stage.url), Person(browser, stage.url, phone=True)
    here.comes_in_as("Cem")
    elsewhere.comes_in_as("Cem")
    here.page.goto("/#/me")
    here.page.get_by_role("button", name="Sign out everywhere else").click()
    here.finds_nothing_wrong()
    here.page.get_by_role("button", name="Sign them out").click()
    expect(here.page.get_by_text("Signed out everywhere else.")).to_be_visible()
    elsewhere.page.goto("/#/wallet")
    elsewhere.page.reload()
    expect(elsewhere.page.get_by_role("button", name="Sign in")).to_be_visible()
    here.page.reload()
    expect(here.page.get_by_test_id("me")).to_have_text("Cem")
    here.leaves()
    elsewhere.leaves()


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


def test_pulling_the_list_down_far_enough_reads_it_anew(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True)
    asked: list[str] = []
    bo.page.on("request", lambda request: asked.append(request.url) if LISTED in request.url else None)
    bo.comes_in_as("Bo")
    eventually(lambda: bo.page.evaluate("1") and len(asked) >= READ_AT_FIRST)
    finger = bo.context.new_cdp_session(bo.page)
    finger.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def pull(pixels: int) -> None:
        for kind, points in (
            ("touchStart", [{"x": 200, "y": 300}]),
            ("touchMove", [{"x": 200, "y": 320}]),
            ("touchMove", [{"x": 200, "y": 300 + pixels}]),
            ("touchEnd", []),
        ):
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = len(asked)
    pull(PULLED_TOO_LITTLE)
    pull(PULLED_ENOUGH)
    eventually(lambda: bo.page.evaluate("1") and len(asked) > before)
    bo.page.get_by_test_id("session-card").first.wait_for()
    assert len(asked) == before + 1
    bo.leaves()


def test_people_and_sessions_are_found_by_what_they_are_called(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True)
    bo.comes_in_as("Bo")
    search = bo.page.get_by_role("searchbox", name="Search")
    search.fill("kitchen")
    expect(bo.page.get_by_test_id("session-card")).to_have_count(1)
    search.fill("100%_")
    expect(bo.page.get_by_text("Nothing found for “100%_”")).to_be_visible()
    search.fill("#acoustic")
    expect(bo.page.get_by_test_id("session-card")).to_have_count(1)
    search.fill("aDAa")
    bo.page.get_by_test_id("found-person").filter(has_text="@ada").wait_for()
    search.press("ArrowDown")
    bo.page.keyboard.press("Enter")
    expect(bo.page.get_by_role("heading", name="Ada")).to_be_visible()
    expect(bo.page.get_by_test_id("session-card")).to_have_count(2)
    bo.finds_nothing_wrong()
    bo.page.go_back()
    bo.page.get_by_test_id("found-person").first.wait_for()
    search.press("Escape")
    expect(bo.page.get_by_role("heading", name="Coming up")).to_be_visible()
    bo.leaves()


def test_the_list_is_narrowed_to_a_topic(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True, language="tr")
    bo.comes_in_as("Bo")
    bo.page.get_by_role("radio", name="Müzik").check()
    expect(bo.page.get_by_test_id("session-card")).to_have_count(1)
    expect(bo.page.get_by_test_id("session-card")).to_contain_text("Müzik · İngilizce · #acoustic · #songs")
    bo.page.get_by_role("radio", name="Gezi").check()
    expect(bo.page.get_by_text("Bu konuda şu an yayın yok")).to_be_visible()
    bo.page.get_by_role("button", name="Tümü").click()
    expect(bo.page.get_by_test_id("session-card")).to_have_count(2)
    bo.leaves()


def test_who_is_followed_stands_in_the_feed_and_a_refusal_takes_it_back(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True)
    bo.comes_in_as("Bo")
    bo.page.get_by_role("radio", name="Following").check()
    expect(bo.page.get_by_role("heading", name="Nobody you follow is on")).to_be_visible()
    bo.finds_nothing_wrong()
    bo.page.goto("/#/")
    bo.page.get_by_role("searchbox", name="Search").fill("ada")
    bo.page.get_by_test_id("found-person").click()
    follow = bo.page.get_by_test_id("follow")
    refusal = {"code": "too_many_follows", "message": "You follow as many creators as one can."}
    bo.page.route("**/profiles/*/follow", lambda route: route.fulfill(status=409, json=refusal))
    follow.click()
    expect(bo.page.get_by_role("status").get_by_text("You follow as many creators as one can.")).to_be_visible()
    expect(follow).to_have_text("Follow Ada")
    expect(bo.page.get_by_test_id("followers")).to_have_text("0 followers")
    bo.page.unroute("**/profiles/*/follow")
    bo.faults.clear()  # the browser logs the refusal
    follow.click()
    expect(follow).to_have_text("Following Ada")
    expect(bo.page.get_by_test_id("followers")).to_have_text("1 follower")
    bo.page.reload()
    expect(follow).to_have_text("Following Ada")
    bo.page.goto("/#/following")
    expect(bo.page.get_by_test_id("feed").get_by_test_id("session-card")).to_have_count(2)
    bo.page.go_back()
    follow.click()
    bo.page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(follow).to_have_text("Following Ada")
    follow.click()
    expect(bo.page.get_by_test_id("followers")).to_have_text("0 followers")
    bo.finds_nothing_wrong()
    bo.leaves()


def test_a_bell_reminds_and_leads_there(stage: SahneUp, browser: Browser, planned: str) -> None:
    bo = Person(browser, stage.url, phone=True)
    bo.comes_in_as("Bo")
    bell = bo.page.get_by_role("button", name="Remind me of Songs from the kitchen")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "true")
    expect(bo.page.get_by_text("You are told a day and 15 minutes before")).to_be_visible()
    with psycopg.connect(stage.db_url, autocommit=True) as conn:
        eventually(lambda: conn.execute(COUNT_REMINDERS, [planned]).fetchone() == (1,))
        conn.execute("update live_sessions set scheduled_at = now() + interval '10 minutes' where id = %s", [planned])
    status = bo.page.get_by_role("status")
    expect(status.get_by_text("Songs from the kitchen was moved")).to_be_visible()
    with psycopg.connect(stage.db_url, autocommit=True) as conn:
        conn.execute("update session_reminders set next_at = now() where session_id = %s", [planned])
    expect(status.get_by_text("Songs from the kitchen starts in 15 minutes")).to_be_visible()
    status.get_by_role("link", name="Go there").click()
    expect(bo.page.get_by_test_id("starts")).to_be_visible()
    big = bo.page.get_by_role("button", name="Reminder set")
    expect(big).to_be_visible()
    bo.finds_nothing_wrong()
    big.click()
    expect(bo.page.get_by_role("button", name="Remind me")).to_be_visible()
    with psycopg.connect(stage.db_url) as conn:
        eventually(lambda: conn.execute(COUNT_REMINDERS, [planned]).fetchone() == (0,))
    bo.leaves()


def test_a_profile_is_changed_with_its_picture_and_a_taken_name_is_refused(
    stage: SahneUp, browser: Browser, tmp_path: Path
) -> None:
    face = tmp_path / "me.jpg"
    face.write_bytes(portrait_bytes())
    dilek = Person(browser, stage.url, phone=True)
    dilek.comes_in_as("Dilek")
    dilek.page.goto("/#/me/edit")
    dilek.page.get_by_test_id("avatar").set_input_files(face)
    dilek.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(dilek.page.locator("img.face.huge")).to_be_visible()
    dilek.page.get_by_label("Username").fill("ada")
    dilek.page.get_by_role("button", name="Save").click()
    expect(dilek.page.get_by_role("alert")).to_have_text("Somebody has this username already.")
    dilek.page.get_by_label("Username").fill("dilek.sings")
    dilek.page.get_by_label("Your name").fill("Dilek Ş.")
    dilek.page.get_by_role("button", name="Save").click()
    expect(dilek.page.get_by_test_id("me")).to_have_text("Dilek Ş.")
    dilek.page.reload()
    expect(dilek.page.get_by_text("@dilek.sings")).to_be_visible()
    expect(dilek.page.locator("img.face.huge")).to_be_visible()
    dilek.leaves()


def test_the_statement_says_what_each_line_was(stage: SahneUp, browser: Browser) -> None:
    bo = Person(browser, stage.url, phone=True, dark=True, language="tr")
    bo.comes_in_as("Bo")
    bo.page.get_by_role("link", name="Cüzdan").click()
    line = bo.page.get_by_test_id("statement-line")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Jeton eklendi")
    expect(line).to_contain_text("+5.000")
    bo.page.get_by_role("radio", name="Giden").check()
    expect(bo.page.get_by_text("Bunlardan henüz yok")).to_be_visible()
    bo.finds_nothing_wrong()
    bo.leaves()


def test_on_a_slow_line_little_is_fetched_before_something_is_seen(
    stage: SahneUp, browser: Browser, record_property: Callable[[str, object], None]
) -> None:
    """1.5 Mbit/s and 150 ms, nothing kept from before. How long it took is told and not judged: other tests run beside."""
    bo = Person(browser, stage.url, phone=True)
    line = bo.context.new_cdp_session(bo.page)
    line.send("Network.enable")
    for name, seen in (("door", "button.person"), ("discover", "[data-testid=session-card]")):
        bo.page.add_init_script(WHEN_SEEN % seen)
        line.send("Network.setBypassServiceWorker", {"bypass": True})
        line.send("Network.clearBrowserCache")
        line.send("Network.emulateNetworkConditions", SLOW_LINE)
        bo.page.goto("/?" + name)
        bo.page.locator(seen).first.wait_for()
        record_property(f"{name}_ms", bo.page.evaluate("Math.round(seenAt)"))
        sent: list[int] = bo.page.evaluate(FETCHED_BEFORE)
        record_property(f"{name}_bytes", sum(sent))
        assert sum(sent) <= SENT_BYTES_MAX, sent
        assert len(sent) <= ASKED_MAX, sent
        line.send("Network.emulateNetworkConditions", {**SLOW_LINE, "latency": 0, "downloadThroughput": -1})
        bo.comes_in_as("Bo") if name == "door" else bo.leaves()
