"""What an admin sees of the app: figures by the day, drawn and as tables, in both languages and looks; nobody else does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Locator, expect

from sahne.providers.images.memory import flat_png
from sahne.settings import Settings
from tests.browser.chromium import SMALL_PHONE, STEP_MS_MAX, Person
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
APPEALED = """
with asked as (
  insert into public.generations (user_id, scene_id, status, error_code, moderation_stage, idempotency_key, requested_count)
  select ada.id, scenes.id, 'moderated', 'moderated', 'photo', gen_random_uuid()::text, 1
    from auth.users as ada, (select id from public.scenes limit 1) as scenes
   where ada.email = 'ada@example.com'
  returning id
), judged as (
  insert into private.picture_verdicts (sha256, md5, bytes, is_refused) values (sha256('x'), md5('x'), 1, true)
  returning sha256
), refused as (
  insert into private.refused_pictures (generation_id, stage, sha256, object_name, score)
  select asked.id, 'photo', judged.sha256, %(name)s, 0.93 from asked, judged
)
insert into private.appeals (generation_id, message) select id, 'It is me at the beach.' from asked
"""
OF_VARIANTS = """
insert into public.generations (user_id, scene_id, status, idempotency_key, scene_variant_id, scene_version_id)
select ada.id, experiments.scene_id, 'storing', 'of the rain', variants.id, variants.version_id
  from auth.users as ada, private.scene_variants as variants
  join private.scene_experiments as experiments on experiments.id = variants.experiment_id
 where ada.email = 'ada@example.com' and variants.label = 'rain';
insert into public.generated_images (user_id, scene_id, generation_id, image_url, prompt, is_favorite)
select user_id, scene_id, id, '/x.png', 'A wet person', true from public.generations where idempotency_key = 'of the rain';
update public.generations set status = 'done' where idempotency_key = 'of the rain';
insert into private.image_shares (user_id, image_id, token_hash, expires_at)
select user_id, id, sha256('a link'), now() + interval '1 day' from public.generated_images where image_url = '/x.png';
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


def figure(person: Person, name: str) -> Locator:
    return person.page.get_by_role("article", name=name, exact=True)


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


def test_a_scene_is_written_with_what_makers_would_be_told_beside_it(app: SahneUp, browser: Browser) -> None:
    ege = Person(browser, app.url, phone=True)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin/scenes")
    ege.page.get_by_role("link", name="New scene").click()
    ege.page.get_by_label("Name").fill("Golden shore")
    ege.page.get_by_label("Template").fill("A {gander} by the sea, ")
    ege.page.get_by_role("button", name="Insert {style}").click()
    ege.page.get_by_label("Style, with commas between").fill("sunset, waves")
    preview = ege.page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("does not know {gander}")
    expect(preview).to_contain_text("A {gander} by the sea, sunset, waves")
    ege.finds_nothing_wrong()
    ege.page.get_by_role("button", name="Save").click()
    expect(ege.page.get_by_role("alert").last).to_contain_text("braces hold gender, style or category")
    ege.faults.clear()  # the browser logs the refusal
    ege.page.get_by_label("Template").fill("A {gender} by the sea, {style}")
    expect(preview).to_contain_text("A woman by the sea, sunset, waves")
    expect(preview).not_to_contain_text("braces hold gender, style or category")
    ege.page.get_by_role("button", name="One more language").click()
    ege.page.get_by_label("Language, as in tr or pt-BR").fill("tr")
    ege.page.get_by_role("group", name="tr").get_by_label("Name").fill("Altın kıyı")
    ege.page.get_by_role("button", name="Save").click()
    expect(ege.page.get_by_role("region", name="Versions")).to_contain_text("This is the first.")
    ege.finds_nothing_wrong()
    ege.pictured("72-admin-scene")
    ege.leaves()


def test_a_scene_has_versions_that_come_back_and_a_place_among_the_others(app: SahneUp, browser: Browser) -> None:
    ege = Person(browser, app.url)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin/scenes")
    scenes = ege.page.get_by_test_id("kept-scene")
    first = scenes.first.get_by_role("link")
    name = first.locator("b").inner_text()
    ege.page.get_by_role("button", name=f"Further down: {name}", exact=True).click()
    expect(scenes.nth(1)).to_contain_text(name)
    expect(ege.page.get_by_role("button", name=f"Further up: {name}", exact=True)).to_be_enabled()
    ege.page.reload()
    expect(scenes.nth(1)).to_contain_text(name)
    ege.finds_nothing_wrong()
    scenes.nth(1).get_by_role("link").click()
    template = ege.page.get_by_label("Template")
    before = template.input_value()
    template.fill("Only a {gender}")
    ege.page.get_by_role("switch", name="Offered").uncheck()
    ege.page.get_by_label("What is new in this version").fill("Less of everything")
    ege.page.get_by_role("button", name="Save").click()
    versions = ege.page.get_by_test_id("scene-version")
    expect(versions.first).to_contain_text("Version 2 · is now")
    expect(versions.first).to_contain_text("Less of everything")
    versions.nth(1).get_by_role("button", name="Compare with now").click()
    expect(versions.nth(1)).to_contain_text(before)
    expect(versions.nth(1)).to_contain_text("Only a {gender}")
    ege.finds_nothing_wrong()
    ege.pictured("73-admin-versions")
    versions.nth(1).get_by_role("button", name="Make it like this again").click()
    ege.page.get_by_role("alertdialog").get_by_role("button", name="Make it like this again").click()
    expect(versions.first).to_contain_text("Version 3 · is now")
    expect(template).to_have_value(before)
    ege.page.get_by_role("link", name="Back").click()
    expect(scenes.nth(1)).to_contain_text("Retired")
    ege.leaves()


def test_ways_are_tried_at_once_told_apart_by_what_came_of_them_and_the_one_that_wins_is_kept(
    app: SahneUp, browser: Browser
) -> None:
    ege = Person(browser, app.url, phone=True, dark=True)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin/scenes")
    ege.page.get_by_test_id("kept-scene").last.get_by_role("link").click()
    ege.page.get_by_role("button", name="Try several ways").click()
    form = ege.page.get_by_role("dialog")
    form.get_by_label("What is tried").fill("Rain")
    second = form.get_by_role("group", name="Way 2")
    second.get_by_label("Name of this way").fill("now")
    second.get_by_label("Its share beside the others").fill("3")
    second.get_by_label("Template").fill("A wet {gender}, {style}")
    ege.finds_nothing_wrong()
    ege.pictured("75-admin-new-trial")
    form.get_by_role("button", name="Try several ways").click()
    expect(form.get_by_role("alert")).to_contain_text("Each variant has a label of its own.")
    ege.faults.clear()  # the browser logs the refusal
    second.get_by_label("Name of this way").fill("rain")
    form.get_by_role("button", name="Try several ways").click()
    trials = ege.page.get_by_role("region", name="Several ways at once")
    expect(trials.get_by_role("button", name="End it")).to_be_visible()
    expect(trials.get_by_role("button", name="Try several ways")).to_have_count(0)
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        conn.execute(OF_VARIANTS)
    ege.page.reload()
    rows = figure(ege, "Rain").get_by_role("row")
    expect(rows.nth(1)).to_have_text("now250000000")
    expect(rows.nth(2)).to_have_text("rain751101111")
    ege.finds_nothing_wrong()
    figure(ege, "Rain").scroll_into_view_if_needed()
    ege.pictured("76-admin-trial")
    trials.get_by_role("button", name="End it").click()
    ege.page.get_by_role("radio", name="rain").check()
    ege.finds_nothing_wrong()
    ege.page.get_by_role("dialog").get_by_role("button", name="End it").click()
    expect(figure(ege, "Rain")).to_contain_text("rain has won")
    expect(ege.page.get_by_label("Template").first).to_have_value("A wet {gender}, {style}")
    ege.leaves()


def test_categories_are_named_in_two_languages_and_put_in_order_and_what_was_done_is_written_down(
    app: SahneUp, browser: Browser
) -> None:
    ege = Person(browser, app.url, phone=True)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/admin/scenes")
    ege.page.get_by_role("link", name="Categories").click()
    ege.page.get_by_role("button", name="New category").click()
    form = ege.page.get_by_role("dialog")
    form.get_by_label("Name").fill("By the sea")
    form.get_by_label("Word in addresses").fill("By the sea")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_be_visible()
    ege.faults.clear()  # the browser logs the refusal
    form.get_by_label("Word in addresses").fill("sea")
    form.get_by_role("button", name="One more language").click()
    form.get_by_label("Language, as in tr or pt-BR").fill("tr")
    form.get_by_role("group", name="tr").get_by_label("Name").fill("Deniz kıyısı")
    ege.finds_nothing_wrong()
    form.get_by_role("button", name="Save").click()
    categories = ege.page.get_by_test_id("kept-category")
    sea = categories.filter(has_text="By the sea")
    expect(sea).to_contain_text("sea · tr: Deniz kıyısı · 0 scenes")
    name = categories.first.locator("b").inner_text()
    ege.page.get_by_role("button", name=f"Further down: {name}", exact=True).click()
    expect(categories.nth(1)).to_contain_text(name)
    expect(ege.page.get_by_role("button", name=f"Further up: {name}", exact=True)).to_be_enabled()
    ege.page.reload()
    expect(categories.nth(1)).to_contain_text(name)
    sea.get_by_role("button", name="Change: By the sea").click()
    form.get_by_role("switch", name="Offered").uncheck()
    form.get_by_role("button", name="Save").click()
    expect(sea).to_contain_text("Retired")
    ege.finds_nothing_wrong()
    ege.pictured("77-admin-categories")
    ege.page.get_by_role("link", name="Back").click()
    ege.page.get_by_role("link", name="What was done").click()
    acts = ege.page.get_by_test_id("studio-act")
    expect(acts.first).to_have_text(re.compile(r"Category changed: By the seaEge · Today \d\d:\d\d · Offered"))
    expect(acts.filter(has_text="New category")).to_have_count(1)
    ege.finds_nothing_wrong()
    ege.pictured("78-admin-log")
    ege.leaves()


def test_an_appeal_is_looked_at_only_when_one_wants_to_see_it_and_decided_with_a_word(
    app: SahneUp, browser: Browser
) -> None:
    name = "pictures/refused.png"
    answer = httpx.post(
        f"{app.url}/storage/v1/object/quarantine/{name}",
        content=flat_png(0xB3224F), headers={"content-type": "image/png", "authorization": f"Bearer {Settings().service_role_key}"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        conn.execute(APPEALED, {"name": name})
    ege = Person(browser, app.url, language="tr")
    ege.comes_in_as("Ege")
    asked: list[str] = []
    ege.page.on("request", lambda request: asked.append(request.url))
    ege.page.goto("/#/admin/appeals")
    appeal = ege.page.get_by_test_id("appeal")
    expect(appeal).to_contain_text("Fotoğraf reddedildi: Ada")
    expect(appeal).to_contain_text("It is me at the beach.")
    assert not [url for url in asked if "quarantine" in url]
    ege.finds_nothing_wrong()
    appeal.get_by_role("button", name="Reddedileni göster").click()
    expect(appeal.get_by_role("img", name="Reddedilen")).to_be_visible()
    expect(appeal).to_contain_text("%93 emin")
    ege.finds_nothing_wrong()
    ege.pictured("79-admin-appeal")
    appeal.get_by_role("button", name="Geçsin").click()
    ege.page.get_by_label("İtiraz eden kişiye").fill("Bir şey yok.")
    ege.finds_nothing_wrong()
    ege.page.get_by_role("dialog").get_by_role("button", name="Geçsin").click()
    expect(ege.page.get_by_text("Burada itiraz yok.")).to_be_visible()
    ege.page.get_by_role("radio", name="Geçti").check()
    expect(appeal).to_contain_text("Bir şey yok.")
    expect(appeal.get_by_role("button", name="Geçsin")).to_have_count(0)
    with psycopg.connect(app.db_url, autocommit=True) as conn:
        assert conn.execute("select is_refused from private.picture_verdicts where md5 = md5('x')").fetchone() == (
            False,
        )
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
