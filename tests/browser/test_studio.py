"""The studio on a phone: a photo comes in, a scene is chosen, the picture is looked at, kept, liked and deleted."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import STEP_MS_MAX, Person
from tests.portraits import portrait_bytes
from tests.process.sahne_up import SahneUp, sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PICTURE_MS_MAX = 120_000
NO_SUCH_PHOTOS = "Fotoğraf JPEG, PNG ya da WebP olmalı. iPhone'un HEIC dosyasını önce JPEG olarak kaydet."
UNREADABLE = "Bu fotoğraf okunamıyor. JPEG ya da PNG olarak başka birini dene."
SEES_NOBODY = "globalThis.FaceDetector = class { async detect() { return [] } }"
DROPPED = """
(place, bytes) => {
  const dropped = new DataTransfer();
  dropped.items.add(new File([new Uint8Array(bytes)], 'me.jpg', { type: 'image/jpeg' }));
  place.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, bubbles: true }));
}
"""

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    makers = {"SAHNE_IMAGE_PROVIDERS": "embedded,bfl", "SAHNE_BFL_API_KEY": "asked of nobody"}
    with sahne_up(tmp_path_factory.mktemp("studio") / "data", "--no-livekit", variables=makers) as running:
        yield running


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return written(tmp_path / "me.jpg", portrait_bytes())


def test_a_photo_becomes_pictures_that_are_compared_kept_liked_and_deleted(
    studio: SahneUp, browser: Browser, photo: Path
) -> None:
    bo = Person(browser, studio.url, phone=True)
    bo.comes_in_as("Bo")
    bo.page.goto("/#/studio")
    bo.page.get_by_test_id("photo").set_input_files(photo)
    bo.page.get_by_role("slider", name="Nearer or further").fill("1.5")
    bo.page.get_by_role("button", name="Move the photo").press("ArrowDown")
    bo.finds_nothing_wrong()
    bo.pictured("06-studio-photo")
    bo.page.get_by_role("link", name="Choose a scene").click()
    bo.page.get_by_role("radio", name="Outdoor").check()
    bo.page.get_by_test_id("scene").filter(has_text="Golden Hour").click()
    told = bo.page.locator(".who-makes")
    expect(told).to_contain_text("Made on this server. Your photo does not leave it.")
    expect(told).to_contain_text("It gives you the scene's backdrop and style. The face is your photo's own.")
    bo.page.get_by_role("button", name="More", exact=True).click()
    bo.pictured("06-studio-scenes")
    bo.page.get_by_role("button", name="Golden Hour, 2 pictures").click()
    expect(bo.page.get_by_test_id("result")).to_be_visible(timeout=PICTURE_MS_MAX)
    bo.waits_for("document.querySelector('[data-testid=result]').naturalHeight === 1024")
    expect(bo.page.get_by_test_id("quota")).to_have_text("8 left today")
    edge = bo.page.get_by_role("slider", name="Before and after")
    expect(edge).to_have_value("44")
    edge.press("ArrowRight")
    expect(edge).to_have_value("49")
    bo.finds_nothing_wrong()
    bo.pictured("06-studio-result")
    bo.page.get_by_role("button", name="Picture 2 of 2").click()
    bo.page.get_by_role("button", name="Like").click()
    with bo.page.expect_download() as kept:
        bo.page.get_by_role("link", name="Save").click()
    assert kept.value.path().stat().st_size > 1000
    bo.page.get_by_role("link", name="My pictures").click()
    finished = bo.page.get_by_test_id("finished")
    expect(finished).to_have_count(2)
    finished.first.click()
    large = bo.page.get_by_test_id("large")
    newest = large.get_attribute("src")
    bo.swipes_left()
    expect(large).not_to_have_attribute("src", newest or "")
    bo.page.get_by_role("button", name="Close").click()
    bo.page.get_by_role("radio", name="Liked").check()
    expect(finished).to_have_count(1)
    finished.click()
    bo.waits_for("document.querySelector('[data-testid=large]')?.naturalWidth > 100")
    bo.finds_nothing_wrong()
    bo.pictured("13-large-phone")
    dialog = bo.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    bo.page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(bo.page.get_by_text("None of these yet")).to_be_visible()
    bo.page.get_by_role("radio", name="All").check()
    expect(finished).to_have_count(1)
    bo.leaves()


def test_before_a_photo_is_sent_to_somebody_one_reads_to_whom(studio: SahneUp, browser: Browser, photo: Path) -> None:
    with psycopg.connect(studio.db_url, autocommit=True) as conn:
        conn.execute(
            "insert into private.scene_providers (scene_id, providers) "
            "select id, '{bfl,embedded}' from public.scenes where name = 'Watercolour'"
        )
    ada = Person(browser, studio.url, phone=True, dark=True, language="tr")
    ada.comes_in_as("Ada")
    ada.page.goto("/#/studio")
    ada.page.get_by_test_id("photo").set_input_files(photo)
    ada.page.get_by_role("link", name="Sahne seç").click()
    ada.page.get_by_test_id("scene").filter(has_text="Suluboya").first.click()
    told = ada.page.locator(".who-makes")
    expect(told).to_contain_text("Fotoğrafın, nerede ve ne zaman çekildiği olmadan, Black Forest Labs şirketine")
    expect(told).to_contain_text("Orada yapılamazsa burada yapılır. Sahnenin anlattığını çizer.")
    ada.finds_nothing_wrong()
    ada.pictured("06-studio-sent-to")
    ada.leaves()
    with psycopg.connect(studio.db_url, autocommit=True) as conn:
        conn.execute("delete from private.scene_providers")


def test_a_picture_is_made_again_from_the_same_photo(studio: SahneUp, browser: Browser, photo: Path) -> None:
    cem = Person(browser, studio.url)
    cem.comes_in_as("Cem")
    cem.page.goto("/#/studio")
    cem.page.locator(".drop").evaluate(DROPPED, list(photo.read_bytes()))
    cem.page.get_by_test_id("scene").first.click()
    cem.page.get_by_test_id("make").click()
    expect(cem.page.get_by_test_id("result")).to_be_visible(timeout=PICTURE_MS_MAX)
    first = cem.page.get_by_test_id("result").get_attribute("src")
    cem.page.get_by_role("button", name="Make it again").click()
    cem.page.get_by_role("button", name="Another take").click()
    expect(cem.page.get_by_test_id("result")).not_to_have_attribute("src", first or "", timeout=PICTURE_MS_MAX)
    expect(cem.page.get_by_test_id("quota")).to_have_text("8 left today")
    assert cem.faults == []
    cem.leaves()


def test_scenes_are_made_at_once_collected_and_shared_with_a_stranger_until_that_is_taken_back(
    studio: SahneUp, browser: Browser, photo: Path
) -> None:
    ada = Person(browser, studio.url, phone=True)
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.comes_in_as("Ada")
    page = ada.page
    page.goto("/#/studio")
    page.get_by_test_id("photo").set_input_files(photo)
    page.get_by_role("link", name="Choose a scene").click()
    page.get_by_role("button", name="Several scenes").click()
    for name in ("Golden Hour", "Watercolour"):
        page.get_by_test_id("scene").filter(has_text=name).first.click()
    ada.finds_nothing_wrong()
    ada.pictured("06-studio-several")
    with worker_held(studio):
        page.get_by_role("button", name="2 scenes, 2 pictures").click()
        expect(page.get_by_role("progressbar")).to_be_attached()
    expect(page.get_by_test_id("result")).to_be_visible(timeout=PICTURE_MS_MAX)
    expect(page.get_by_test_id("quota")).to_have_text("8 left today")
    page.get_by_role("link", name="My pictures").click()
    finished = page.get_by_test_id("finished")
    expect(finished).to_have_count(2)
    page.get_by_role("searchbox").fill("golden")
    expect(finished).to_have_count(1)
    finished.click()
    page.get_by_role("dialog").get_by_role("button", name="Share").click()
    page.get_by_role("radio", name="7 days").check()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_test_id("link").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == link
    ada.finds_nothing_wrong()
    ada.pictured("06-studio-share")
    stranger = Person(browser, studio.url, phone=True, dark=True, language="tr")
    stranger.page.goto(link)
    stranger.waits_for("document.images[0].naturalWidth === 576")
    stranger.finds_nothing_wrong()
    stranger.pictured("06-studio-shared")
    page.get_by_role("dialog").last.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").get_by_role("button", name="Share").click()
    expect(page.get_by_test_id("share")).to_contain_text("opened once")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_test_id("share")).to_have_count(0)
    stranger.page.reload()
    expect(stranger.page.get_by_role("heading")).to_have_text("Burada bir şey yok")
    stranger.faults.clear()  # the browser tells of the 404
    stranger.finds_nothing_wrong()
    stranger.leaves()
    page.get_by_role("dialog").last.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("searchbox").fill("")
    expect(finished).to_have_count(2)
    page.get_by_role("button", name="Select").click()
    finished.first.click()
    page.get_by_role("button", name="Collect").click()
    page.get_by_label("A new collection").fill("Summer")
    ada.finds_nothing_wrong()
    page.get_by_role("button", name="Create").click()
    page.get_by_role("radio", name="Summer").check()
    expect(finished).to_have_count(1)
    expect(page.get_by_role("button", name="Share the collection")).to_be_visible()
    ada.finds_nothing_wrong()
    ada.pictured("06-studio-collection")
    page.get_by_role("radio", name="All").check()
    expect(finished).to_have_count(2)
    page.get_by_role("button", name="Select").click()
    expect(page.get_by_text("In “Summer” now.")).to_have_count(0)
    for each in finished.all():
        each.click()
    ada.finds_nothing_wrong()
    ada.pictured("06-studio-chosen")
    page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Your pictures will hang here")).to_be_visible()
    assert ada.faults == []
    ada.leaves()


def test_who_waits_sees_their_place_and_may_call_it_off(studio: SahneUp, browser: Browser, photo: Path) -> None:
    dilek = Person(browser, studio.url)
    dilek.comes_in_as("Dilek")
    dilek.page.goto("/#/studio")
    dilek.page.get_by_test_id("photo").set_input_files(photo)
    dilek.page.get_by_test_id("scene").first.click()
    with worker_held(studio):
        dilek.page.get_by_test_id("make").click()
        expect(dilek.page.get_by_role("progressbar")).to_be_attached()
        dilek.finds_nothing_wrong()
        dilek.pictured("06-studio-waiting")
        dilek.page.get_by_role("button", name="Cancel").click()
        expect(dilek.page.get_by_test_id("make")).to_be_enabled()
        expect(dilek.page.get_by_test_id("quota")).to_have_text("10 left today")
    dilek.leaves()


def test_what_cannot_be_made_is_said_before_anything_is_sent(
    studio: SahneUp, browser: Browser, photo: Path, tmp_path: Path
) -> None:
    ege = Person(browser, studio.url, phone=True, language="tr")
    ege.comes_in_as("Ege")
    ege.page.goto("/#/studio")
    file = ege.page.get_by_test_id("photo")
    for wrong, words in (
        (written(tmp_path / "me.gif", b"GIF89a"), NO_SUCH_PHOTOS),
        (written(tmp_path / "bad.jpg", portrait_bytes()[:300]), UNREADABLE),
    ):
        file.set_input_files(wrong)
        expect(ege.page.get_by_role("alert")).to_have_text(words)
    file.set_input_files(photo)
    expect(ege.page.get_by_role("alert")).to_have_count(0)
    ege.page.get_by_role("link", name="Sahne seç").click()
    ege.page.get_by_role("radio", name="Gece", exact=True).check()
    ege.page.get_by_test_id("scene").filter(has_text="İstanbul geceleri").click()
    expect(ege.page.get_by_role("dialog", name="İstanbul geceleri")).to_contain_text("Taçlı bütün sahneler")
    ege.finds_nothing_wrong()
    ege.page.get_by_role("button", name="Başka sahne seç").click()
    expect(ege.page.get_by_test_id("make")).to_be_disabled()
    assert photos_of(studio, "ege@example.com") == 0
    ege.leaves()


def test_where_consent_is_wanted_it_is_asked_for_once_and_can_be_taken_back(
    studio: SahneUp, browser: Browser, photo: Path
) -> None:
    bo = Person(browser, studio.url, phone=True, dark=True)
    with consent_wanted(studio):
        before = photos_of(studio, "bo@example.com")
        bo.comes_in_as("Bo")
        bo.page.goto("/#/studio")
        bo.page.get_by_test_id("photo").set_input_files(photo)
        bo.page.get_by_role("link", name="Choose a scene").click()
        bo.page.get_by_test_id("scene").first.click()
        make = bo.page.get_by_test_id("make")
        make.click()
        question = bo.page.get_by_role("alertdialog", name="May your photo be kept?")
        expect(question).to_be_visible()
        bo.finds_nothing_wrong()
        bo.pictured("06-studio-consent")
        question.get_by_role("button", name="No").click()
        assert photos_of(studio, "bo@example.com") == before
        make.click()
        question.get_by_role("button", name="Yes, keep it").click()
        expect(bo.page.get_by_test_id("result")).to_be_visible(timeout=PICTURE_MS_MAX)
        assert photos_of(studio, "bo@example.com") == before + 1
        bo.page.goto("/#/me")
        back = bo.page.get_by_role("button", name="Take it back")
        expect(back).to_be_visible()
        bo.finds_nothing_wrong()
        bo.pictured("06-me-kept-photos")
        back.click()
        bo.page.get_by_role("alertdialog").get_by_role("button", name="Take it back").click()
        expect(bo.page.get_by_text("Your photos are being removed.")).to_be_visible()
        expect(bo.page.get_by_role("button", name="Take it back")).to_have_count(0)
    bo.leaves()


def test_a_photo_without_a_face_is_asked_about(studio: SahneUp, browser: Browser, photo: Path) -> None:
    ege = Person(browser, studio.url)
    ege.page.add_init_script(SEES_NOBODY)
    ege.comes_in_as("Ege")
    ege.page.goto("/#/studio")
    ege.page.get_by_test_id("photo").set_input_files(photo)
    expect(ege.page.get_by_text("We see no face.")).to_be_visible()
    ege.page.get_by_test_id("scene").first.click()
    ege.page.get_by_test_id("make").click()
    ege.page.get_by_role("alertdialog").get_by_role("button", name="No").click()
    assert photos_of(studio, "ege@example.com") == 0
    ege.leaves()


def test_the_camera_takes_a_photo(studio: SahneUp, browser: Browser) -> None:
    dilek = Person(browser, studio.url, phone=True, dark=True)
    dilek.comes_in_as("Dilek")
    dilek.page.goto("/#/studio")
    dilek.page.get_by_role("button", name="Camera").click()
    dilek.page.get_by_role("button", name="Take the photo").click()
    expect(dilek.page.get_by_role("button", name="Take the photo away")).to_be_visible()
    assert dilek.faults == []
    dilek.leaves()


def test_every_scene_of_the_demo_world_shows_what_it_makes(studio: SahneUp) -> None:
    with psycopg.connect(studio.db_url) as conn:
        pictures = [url for (url,) in conn.execute("select thumbnail_url from scenes").fetchall()]
    assert len(pictures) == 24
    for url in pictures:
        answer = httpx.get(studio.url + url)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp"), url


@contextmanager
def consent_wanted(studio: SahneUp) -> Iterator[None]:
    """Whoever runs the app names a text."""
    name = "update private.settings set photo_consent_version = %s"
    with psycopg.connect(studio.db_url, autocommit=True) as conn:
        conn.execute(name, ["2026-11"])
        yield
        conn.execute(name, [None])


@contextmanager
def worker_held(studio: SahneUp) -> Iterator[None]:
    """Nothing is made meanwhile."""
    children = Path(f"/proc/{studio.process.pid}/task/{studio.process.pid}/children").read_text().split()
    (worker,) = (int(pid) for pid in children if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"))
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


def photos_of(studio: SahneUp, email: str) -> int:
    with psycopg.connect(studio.db_url) as conn:
        row = conn.execute(
            "select count(*) from storage.objects join auth.users on users.id::text = objects.owner_id "
            "where bucket_id = 'photos' and email = %s",
            (email,),
        ).fetchone()
        assert row
        return int(row[0])


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
