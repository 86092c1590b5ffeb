"""Scenes as admins keep them: written, versioned, tried in ways, put in order; and appeals against what was refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, expect

from sahne.providers.images.memory import flat_png
from sahne.settings import Settings
from tests.browser.chromium import STEP_MS_MAX, Person, figure
from tests.process.sahne_up import SahneUp, sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

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

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up(tmp_path_factory.mktemp("scenes") / "data", "--no-livekit") as running:
        yield running


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
