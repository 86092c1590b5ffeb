"""What an admin sees of the app: figures by the day, drawn and as tables, in both languages and looks; nobody else does."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.chromium import SMALL_PHONE, STEP_MS_MAX, Person, figure
from tests.process.sahne_up import SahneUp, sahne_up
from tests.webhook_receiver import receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EVENTS = """
insert into public.analytics_events (id, user_id, event_name, created_at)
select gen_random_uuid(), auth.users.id, step.name, now() - interval '2 days' + step.place * interval '1 minute'
  from auth.users,
       (values (1, 'opened', '%'), (2, 'scene_viewed', '[ab]%'), (3, '=shared', 'ada%')) as step (place, name, whose)
 where auth.users.email similar to step.whose
"""
FOLDED = "select private.fold_analytics_day()"
MAKERS = """
insert into private.remote_pictures
  (seed, status, providers, provider, cost_microdollars, created_at, sent_at, finished_at)
select 1, status, '{fal}', 'fal', 25000, now() - interval '5 seconds', now() - interval '4 seconds', now()
  from unnest('{done,done,done,failed}'::text[]) as status
"""
STOPPED = (
    "insert into private.image_circuits (provider, state, until) values ('fal', 'stop', now() + interval '9 minutes')"
)
REPORTED = """
insert into private.reports (reporter_id, kind, subject_id, profile_id, reason, note, evidence)
select bo.id, 'message', gen_random_uuid(), cem.id, 'harassment', 'Again', '{"content": "Go home"}'
  from auth.users as bo, auth.users as cem
 where bo.email = 'bo@example.com' and cem.email = 'cem@example.com'
"""
DRAWN = """
canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) colours.add(data.slice(at, at + 3).join());
  return colours.size;
}
"""

WEBHOOK_WORDS = {
    "en": {
        "add": "Add a webhook", "url": "Address", "every": "Every event", "kept": "I have kept it", "test": "Send a test",
        "answered": "answered 500", "sent": "Taken", "rotate": "Make a new secret", "told": "It is told",
        "off": "It is switched off", "remove": "Delete the webhook", "nobody": "Nobody is told yet.",
    },
    "tr": {
        "add": "Webhook ekle", "url": "Adres", "every": "Her olay", "kept": "Sakladım", "test": "Deneme gönder",
        "answered": "yanıt 500", "sent": "Alındı", "rotate": "Yeni anahtar yap", "told": "Ona bildirilir",
        "off": "Kapalı", "remove": "Webhook'u sil", "nobody": "Henüz kimseye bildirilmiyor.",
    },
}  # fmt: skip

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up(tmp_path_factory.mktemp("admin") / "data", "--no-livekit") as running:
        yield running


def is_drawn(shown: Locator) -> bool:
    """More than the lines and letters around it."""
    return bool(shown.locator("canvas").evaluate(DRAWN) > 1)


def test_whoever_is_no_admin_finds_no_way_there_and_nothing_there(app: SahneUp, browser: Browser) -> None:
    ada = Person(browser, app.url, phone=True)
    ada.comes_in_as("Ada")
    ada.page.goto("/#/me")
    expect(ada.page.get_by_role("link", name="Edit profile").first).to_be_visible()
    expect(ada.page.get_by_role("link", name="How the app is doing")).to_have_count(0)
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url))
    ada.page.goto("/#/admin/coins")
    expect(ada.page.get_by_role("heading", name="There is nothing here.")).to_be_visible()
    assert [url for url in asked if "/functions/v1/analytics" in url] == []
    ada.leaves()


def test_before_anything_happened_each_card_says_so(app: SahneUp, browser: Browser) -> None:
    ege = Person(browser, app.url, size=SMALL_PHONE, dark=True, language="tr")
    ege.comes_in_as("Ege")
    ege.page.goto("/#/me")
    ege.page.get_by_role("link", name="Uygulama nasıl gidiyor").click()
    expect(figure(ege, "Etkin kişiler")).to_contain_text("Bu günlerde bir şey olmadı.")
    expect(figure(ege, "Yeniden gelenler")).to_contain_text("ilk kez gelen olmadı")
    expect(figure(ege, "İnsanlar nereye kadar geliyor")).to_contain_text("iki tanesi olunca")
    ege.finds_nothing_wrong()
    ege.page.get_by_role("link", name="Görseller", exact=True).click()
    expect(figure(ege, "Başka yerdeki yapımcılar")).to_contain_text("Bütün görseller burada yapıldı.")
    ege.finds_nothing_wrong()
    ege.leaves()


def test_people_are_counted_come_again_and_go_a_way_that_is_chosen(app: SahneUp, browser: Browser) -> None:
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        conn.execute(EVENTS)
        while conn.execute(FOLDED).fetchone() != (None,):
            pass
    ege = Person(browser, app.url)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin")
    active = figure(ege, "Active people")
    expect(active).to_contain_text("5 in thirty days")
    assert is_drawn(active)
    active.get_by_text("As a table").click()
    expect(active.get_by_role("row")).to_have_count(29)
    ege.page.get_by_role("radio", name="7 days").check()
    expect(active.get_by_role("row")).to_have_count(8)
    retention = figure(ege, "Who came again")
    retention.get_by_role("radio", name="Days").check()
    expect(retention.get_by_role("row").nth(1)).to_contain_text("5")
    way = figure(ege, "How far people come")
    expect(way).to_contain_text("5 began")
    expect(way.get_by_role("listitem").nth(1)).to_contain_text("2")
    expect(way.get_by_role("listitem").nth(2)).to_contain_text("20% of those who began · half of them within 2 minutes")
    way.get_by_role("combobox", name="Step 1").select_option("scene_viewed")
    way.get_by_role("button", name="Without step 2").click()
    expect(way).to_contain_text("2 began, 50% came to the end.")
    ege.finds_nothing_wrong()
    with ege.page.expect_download() as kept:
        way.get_by_role("button", name="Save as CSV").click()
    assert kept.value.suggested_filename == "how-far-people-come.csv"
    lines = kept.value.path().read_text("utf-8-sig").splitlines()
    assert lines[1:] == ["scene_viewed,2,100,0", "'=shared,1,50,60"], "no spreadsheet takes a name for a formula"
    ege.pictured("70-admin-people")
    ege.leaves()


def test_a_maker_that_refuses_our_key_stands_out_with_what_it_cost(app: SahneUp, browser: Browser) -> None:
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        conn.execute(MAKERS)
        conn.execute(STOPPED)
    ege = Person(browser, app.url, phone=True, dark=True)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin/pictures")
    makers = figure(ege, "Makers elsewhere")
    expect(makers.get_by_role("paragraph")).to_have_text("fal Refuses the key or credit: look at it")
    expect(makers.get_by_role("row").nth(1)).to_contain_text("75")
    expect(figure(ege, "What makers elsewhere cost")).to_contain_text("$0.10 in these days.")
    assert is_drawn(figure(ege, "What makers elsewhere cost"))
    ege.finds_nothing_wrong()
    ege.pictured("71-admin-pictures")
    ege.leaves()


def test_coins_are_told_by_why_they_moved_and_what_cannot_be_read_is_asked_again(
    app: SahneUp, browser: Browser
) -> None:
    ege = Person(browser, app.url)
    ege.comes_in_as("Ege")
    ege.page.route("**/analytics/revenue?*", lambda route: route.fulfill(status=503, json={"code": "unavailable"}))
    ege.page.goto("/#/admin/coins")
    alert = ege.page.get_by_role("alert")
    expect(alert).to_be_visible()
    ege.page.unroute("**/analytics/revenue?*")
    ege.faults.clear()  # the browser logs the refusal
    alert.get_by_role("button", name="Try again").click()
    expect(figure(ege, "Coins that came in")).to_contain_text("5,000 coins bought or granted.")
    expect(figure(ege, "Everything that moved").get_by_role("row")).to_have_count(2)
    expect(figure(ege, "Coins spent")).to_contain_text("Nothing happened in these days.")
    ege.finds_nothing_wrong()
    ege.page.get_by_role("button", name="Name a product").click()
    ege.page.get_by_label("Its id in the app stores").fill("coins_500")
    ege.finds_nothing_wrong()
    ege.page.get_by_role("button", name="Save").click()
    product = ege.page.get_by_test_id("product")
    expect(product).to_contain_text("500 coins")
    product.get_by_role("button", name="Change").click()
    ege.page.get_by_role("radio", name="Premium").check()
    ege.page.get_by_role("switch", name="Sold").uncheck()
    ege.page.get_by_role("button", name="Save").click()
    expect(product).to_contain_text("Premium · Not sold any more")
    ege.leaves()


def test_a_report_is_taken_up_and_closed_with_what_came_of_it(app: SahneUp, browser: Browser) -> None:
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        conn.execute(REPORTED)
    ege = Person(browser, app.url, phone=True, dark=True)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin/reports")
    report = ege.page.get_by_test_id("report")
    expect(report).to_contain_text("Harassment · A line: Cem")
    expect(report).to_contain_text("Go home")
    ege.finds_nothing_wrong()
    report.get_by_role("button", name="Look at it").click()
    expect(ege.page.get_by_text("There is no report here.")).to_be_visible()
    ege.page.get_by_role("radio", name="Looked at").check()
    report.get_by_role("button", name="Resolve").click()
    ege.page.get_by_label("For whoever reported it").fill("They may not write for a week.")
    ege.finds_nothing_wrong()
    ege.page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(report).to_have_count(0)
    ege.page.get_by_role("radio", name="Resolved").check()
    expect(report).to_contain_text("They may not write for a week.")
    expect(report.get_by_role("button")).to_have_count(0)
    ege.pictured("74-admin-reports")
    ege.leaves()


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("tr", True)])
def test_accounts_are_found_suspended_and_let_back_in(
    app: SahneUp, browser: Browser, language: str, dark: bool
) -> None:
    find, suspend, why, lift = {
        "en": ("Address, username", "Suspend", "Why", "End the suspension"),
        "tr": ("Adres, kullanıcı", "Askıya al", "Neden", "Askıyı kaldır"),
    }[language]
    ege = Person(browser, app.url, phone=dark, dark=dark, language=language)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin/users")
    ege.page.get_by_label(find).fill("dilek@")
    found = ege.page.get_by_test_id("user")
    expect(found).to_have_count(1)
    ege.finds_nothing_wrong()
    ege.pictured(f"74-admin-accounts-{language}")
    found.get_by_role("button").click()
    summary = ege.page.get_by_test_id("user-summary")
    ege.finds_nothing_wrong()
    ege.pictured(f"75-admin-account-{language}")
    summary.get_by_role("button", name=suspend, exact=True).click()
    ege.page.get_by_label(why).fill("Spam")
    ege.page.locator("form").get_by_role("button", name=suspend, exact=True).click()
    expect(summary.get_by_role("button", name=lift)).to_be_visible()
    expect(summary).to_contain_text("Spam")
    ege.finds_nothing_wrong()
    summary.get_by_role("button", name=lift).click()
    expect(summary.get_by_role("button", name=suspend, exact=True)).to_be_visible()
    ege.leaves()


def test_who_wants_to_be_a_creator_asks_and_an_admin_says_yes(app: SahneUp, browser: Browser) -> None:
    bo, ege = Person(browser, app.url, phone=True), Person(browser, app.url)
    bo.comes_in_as("Bo")
    bo.page.goto("/#/me/account")
    asking = bo.page.get_by_test_id("creating")
    asking.get_by_label("What you would do").fill("I play the ney.")
    asking.get_by_role("button", name="Ask for it").click()
    expect(asking).to_contain_text("You have asked.")
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin/users")
    request = ege.page.get_by_test_id("creator-request")
    expect(request).to_contain_text("I play the ney.")
    ege.finds_nothing_wrong()
    ege.pictured("76-admin-creator-request")
    request.get_by_role("button", name="Approve").click()
    expect(request).to_have_count(0)
    ege.leaves()
    bo.page.reload()
    expect(bo.page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(asking).to_have_count(0)
    bo.leaves()


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("tr", True)])
def test_a_webhook_is_added_tried_looked_into_and_removed(
    app: SahneUp, browser: Browser, language: str, dark: bool
) -> None:
    words = WEBHOOK_WORDS[language]
    ege = Person(browser, app.url, phone=dark, dark=dark, language=language)
    ege.comes_in_as("Ege")
    page = ege.page
    page.goto("/#/admin/webhooks")
    with receiver() as told:
        page.get_by_role("button", name=words["add"]).click()
        form = page.get_by_role("dialog")
        form.get_by_label(words["url"]).fill(told.url)
        form.get_by_role("switch", name=words["every"]).uncheck()
        expect(form.get_by_role("button", name=words["add"])).to_be_disabled()
        form.get_by_label("session_live").check()
        ege.finds_nothing_wrong()
        ege.pictured(f"83-webhook-new-{language}")
        form.get_by_role("button", name=words["add"]).click()
        shown = page.get_by_test_id("webhook-secret")
        told.secret = shown.inner_text()
        assert told.secret.startswith("whsec_")
        ege.finds_nothing_wrong()
        ege.pictured(f"84-webhook-secret-{language}")
        page.get_by_role("button", name=words["kept"]).click()
        page.reload()
        expect(shown).to_have_count(0)
        ege.finds_nothing_wrong()
        ege.pictured(f"85-webhooks-{language}")
        page.get_by_test_id("webhook").get_by_role("link").click()
        messages = page.get_by_test_id("webhook-message")
        told.says = [500]
        page.get_by_role("button", name=words["test"]).click()
        messages.locator("summary").click()
        expect(messages).to_contain_text(words["answered"])
        ege.finds_nothing_wrong()
        ege.pictured(f"86-webhook-{language}")
        messages.get_by_role("button", name="webhook_test").click()
        expect(messages).to_contain_text(words["sent"])
        assert {each["type"] for each in told.read} == {"webhook_test"}
        assert len(told.read) >= 2
        page.get_by_role("button", name=words["rotate"]).click()
        assert shown.inner_text() not in ("", told.secret)
        page.get_by_role("button", name=words["kept"]).click()
        page.get_by_role("switch", name=words["told"]).click()
        page.get_by_role("button", name=words["test"]).click()
        expect(page.get_by_role("alert")).to_contain_text(words["off"])
        ege.faults.clear()  # the browser logs the refusal
        page.get_by_role("button", name=words["remove"]).click()
        page.get_by_role("alertdialog").get_by_role("button", name=words["remove"]).click()
        expect(page.get_by_text(words["nobody"])).to_be_visible()
    ege.leaves()
