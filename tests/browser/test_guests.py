"""A stage of several: asking, being let up, invitations, what a tap on a name may do, the seats of an audio room, gates."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import APIResponse, Route, expect

from tests.browser.chromium import STEP_MS_MAX, Person, chromium
from tests.eventually import eventually
from tests.process.sahne_up import SahneUp, sahne_up_with_livekit

pytestmark = [pytest.mark.slow, pytest.mark.story, pytest.mark.timeout(300)]

PICTURES = "[...document.querySelectorAll('[data-testid=tile] video')].filter(video => video.videoWidth > 0).length"
PICTURE_SECONDS_MAX = 60

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up_with_livekit(tmp_path_factory.mktemp("guests")) as running:
        yield running


@pytest.fixture(scope="module")
def people(stage: SahneUp) -> Iterator[tuple[Person, Person]]:
    """Ada plays, on a phone; Bo watches, on another."""
    with chromium() as browser:
        ada, bo = Person(browser, stage.url, phone=True), Person(browser, stage.url, phone=True)
        ada.comes_in_as("Ada")
        bo.comes_in_as("Bo")
        ada.goes_live("Songs for two")
        comes_to_the_room(bo)
        yield ada, bo
        ada.leaves()
        bo.leaves()


def comes_to_the_room(bo: Person) -> None:
    bo.page.goto("/#/")
    bo.page.locator("[data-testid=session-card][data-status=live]").first.click()
    expect(bo.page.get_by_role("button", name="Leave", exact=True)).to_be_visible()


def asks(bo: Person, word: str) -> None:
    bo.page.get_by_test_id("ask").click()
    bo.page.get_by_label("A word to the host").fill("I have my violin here")
    bo.page.get_by_role("dialog").get_by_role("button", name=word).click()


def sees(person: Person, pictures: int) -> None:
    """Two cameras are a lot for a small machine that also encodes both."""
    eventually(lambda: person.page.evaluate(PICTURES) == pictures, PICTURE_SECONDS_MAX)


def opens_the_sheet_of_bo(ada: Person) -> None:
    ada.page.locator("[data-testid=chat] button.name", has_text="Bo").first.click()
    expect(ada.page.get_by_role("dialog", name="Bo").locator("*:focus")).to_have_count(1)  # it comes a frame later


def test_who_asks_waits_and_may_take_it_back(people: tuple[Person, Person]) -> None:
    ada, bo = people
    asks(bo, "Ask to join")
    expect(ada.page.get_by_test_id("first-request")).to_contain_text("I have my violin here")
    bo.finds_nothing_wrong()
    ada.finds_nothing_wrong()
    ada.pictured("30-first-request")
    bo.page.get_by_test_id("take-back").click()
    expect(ada.page.get_by_test_id("first-request")).to_have_count(0)


def test_who_is_let_in_sees_themselves_and_goes_up(people: tuple[Person, Person]) -> None:
    ada, bo = people
    asks(bo, "Ask to join")
    ada.page.get_by_test_id("guests").click()
    ada.page.get_by_test_id("request").get_by_role("button", name="Let in").click()
    expect(ada.page.get_by_test_id("request")).to_have_count(0)
    ada.page.get_by_role("button", name="Close").click()
    bo.page.get_by_test_id("go-up-now").wait_for()
    bo.finds_nothing_wrong()
    bo.page.get_by_test_id("go-up-now").click()
    for person in (ada, bo):
        sees(person, 2)
    bo.finds_nothing_wrong()
    bo.pictured("31-two-on-stage")


def test_a_host_mutes_a_guest_and_takes_them_down(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.page.get_by_role("button", name="Bo", exact=True).click()
    ada.page.get_by_role("button", name="Mute", exact=True).click()
    expect(bo.page.get_by_test_id("own-controls")).to_contain_text("The host has muted you")
    ada.page.get_by_role("button", name="Unmute", exact=True).click()
    expect(bo.page.get_by_test_id("own-controls")).not_to_contain_text("muted you")
    ada.page.get_by_role("button", name="Take down").click()
    expect(bo.page.get_by_test_id("own-controls")).to_have_count(0)
    expect(bo.page.get_by_text("You are in the audience again.")).to_be_visible()
    ada.page.get_by_role("button", name="Close").click()
    sees(ada, 1)


def test_a_line_is_pinned_and_deleted_from_the_sheet_of_who_wrote_it(people: tuple[Person, Person]) -> None:
    ada, bo = people
    bo.page.get_by_label("Say something").fill("Is that a cedar top?")
    bo.page.keyboard.press("Enter")
    opens_the_sheet_of_bo(ada)
    ada.finds_nothing_wrong()
    ada.pictured("32-name-sheet")
    ada.page.get_by_role("button", name="Pin", exact=True).click()
    expect(bo.page.locator(".pinned")).to_contain_text("cedar")
    bo.page.get_by_label("Say something").fill("Never mind")
    bo.page.keyboard.press("Enter")
    ada.page.locator("[data-testid=chat] .line", has_text="Never mind").get_by_role("button", name="Bo").click()
    ada.page.get_by_role("button", name="Delete").click()
    expect(bo.page.get_by_test_id("chat").get_by_text("Never mind")).to_have_count(0)


def test_somebody_is_timed_out_and_told_so_where_they_write(people: tuple[Person, Person]) -> None:
    ada, bo = people
    opens_the_sheet_of_bo(ada)
    ada.page.get_by_role("button", name="Time out").click()
    ada.pictured("38-timeout")
    ada.page.get_by_role("dialog").get_by_role("button", name="Time out", exact=True).click()
    expect(ada.page.get_by_text("Bo writes nothing for a while.")).to_be_visible()
    bo.page.get_by_label("Say something").fill("Still here?")
    bo.page.keyboard.press("Enter")
    expect(bo.page.get_by_text("You cannot write here for a while.")).to_be_visible()
    bo.faults = [fault for fault in bo.faults if "403" not in fault]  # the line that was refused
    ada.page.get_by_role("button", name="Undo").click()


def test_a_chats_rules_are_changed_told_and_logged(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.page.get_by_role("button", name="More", exact=True).click()
    ada.page.get_by_role("button", name="Order in this room").click()
    rules = ada.page.get_by_role("dialog")
    rules.get_by_role("radio", name="5 s", exact=True).click()
    expect(bo.page.get_by_test_id("chat").get_by_text("Slow mode: one line every 5 s")).to_be_visible()
    rules.get_by_role("radio", name="Followers", exact=True).click()
    expect(bo.page.get_by_test_id("chat").get_by_text("Followers write now")).to_be_visible()
    ada.pictured("39-chat-rules")
    ada.finds_nothing_wrong()
    rules.get_by_role("button", name="What was done").click()
    expect(ada.page.get_by_role("dialog").get_by_text("changed the chat's rules").first).to_be_visible()
    ada.pictured("40-log")
    ada.page.get_by_role("button", name="Close").click()
    ada.page.get_by_role("button", name="Close").click()


def test_a_line_is_reported_by_who_did_not_write_it(people: tuple[Person, Person]) -> None:
    ada, bo = people
    bo.page.locator("[data-testid=chat] button.name", has_text="Bo").first.click()
    expect(bo.page.get_by_role("button", name="Block")).to_have_count(0)
    bo.page.get_by_role("button", name="Close").click()
    opens_the_sheet_of_bo(ada)
    ada.pictured("41-name-sheet-of-host")
    ada.page.get_by_role("button", name="Report").click()
    ada.pictured("42-report")
    ada.finds_nothing_wrong()
    ada.page.get_by_role("radio", name="Harassment").check()
    ada.page.get_by_role("button", name="Send", exact=True).last.click()
    expect(ada.page.get_by_text("You will be told what came of it.")).to_be_visible()


def test_an_invitation_rings_elsewhere_and_is_taken(people: tuple[Person, Person]) -> None:
    ada, bo = people
    opens_the_sheet_of_bo(ada)
    ada.page.get_by_role("button", name="Moderator").click()
    expect(ada.page.get_by_role("button", name="Moderator")).to_have_attribute("aria-pressed", "true")
    ada.page.get_by_role("button", name="Moderator").click()
    expect(ada.page.get_by_role("button", name="Moderator")).to_have_attribute("aria-pressed", "false")
    ada.page.get_by_role("button", name="Invite up").click()
    ringing = bo.page.get_by_test_id("invitation")
    expect(ringing).to_contain_text("Songs for two")
    bo.finds_nothing_wrong()
    bo.pictured("33-invitation")
    late: list[tuple[Route, APIResponse]] = []
    bo.page.route("**/live/invitations/*/accept", lambda route: late.append((route, route.fetch())))
    ringing.get_by_role("button", name="Accept").click()
    expect(bo.page.get_by_test_id("go-up-now")).to_be_visible()  # LiveKit's word is here before the answer is
    [(route, answer)] = late
    route.fulfill(response=answer)
    expect(ringing).to_have_count(0)
    bo.page.get_by_test_id("go-up-now").click()
    ada.page.get_by_role("button", name="Close").click()
    sees(ada, 2)
    bo.page.get_by_role("button", name="Leave the stage").click()
    sees(ada, 1)
    expect(bo.page.get_by_test_id("ask")).to_be_visible()  # the role is given back with the place


def test_a_moderator_who_is_not_the_host_lets_somebody_in(people: tuple[Person, Person], stage: SahneUp) -> None:
    ada, bo = people
    browser = ada.context.browser
    assert browser
    opens_the_sheet_of_bo(ada)
    ada.page.get_by_role("button", name="Moderator").click()
    expect(ada.page.get_by_role("button", name="Moderator")).to_have_attribute("aria-pressed", "true")
    dilek = Person(browser, stage.url, phone=True)
    dilek.comes_in_as("Dilek")
    comes_to_the_room(dilek)
    asks(dilek, "Ask to join")
    bo.page.get_by_role("button", name="More", exact=True).click()
    bo.page.get_by_role("button", name="Who wants to come up").click()
    bo.finds_nothing_wrong()
    bo.page.get_by_test_id("request").get_by_role("button", name="Let in").click()
    expect(dilek.page.get_by_test_id("go-up-now")).to_be_visible()
    dilek.leaves()
    bo.page.get_by_role("button", name="Close").click()
    ada.page.get_by_role("button", name="Moderator").click()
    expect(ada.page.get_by_role("button", name="Moderator")).to_have_attribute("aria-pressed", "false")
    ada.page.get_by_role("button", name="Close").click()


def test_who_is_removed_from_a_room_is_told_and_may_come_back(people: tuple[Person, Person]) -> None:
    ada, bo = people
    opens_the_sheet_of_bo(ada)
    ada.page.get_by_role("button", name="Remove from this room").click()
    expect(ada.page.get_by_text("Removed: Bo")).to_be_visible()
    expect(bo.page.get_by_role("alert")).to_have_text("You were put out of this session.")
    comes_to_the_room(bo)


def test_who_is_banned_is_out_and_comes_again_when_the_ban_is_lifted(people: tuple[Person, Person]) -> None:
    ada, bo = people
    opens_the_sheet_of_bo(ada)
    ada.page.get_by_role("button", name="Ban from my rooms").click()
    expect(ada.page.get_by_role("dialog", name="Ban Bo")).to_be_visible()
    expect(ada.page.get_by_role("status").filter(has_text="Invited")).to_have_count(0)
    ada.finds_nothing_wrong()
    ada.page.get_by_role("radio", name="1 hour").check()
    ada.page.get_by_role("button", name="Ban", exact=True).click()
    expect(bo.page.get_by_role("alert")).to_be_visible()
    ada.page.get_by_role("button", name="More", exact=True).click()
    ada.page.get_by_role("button", name="Order in this room").click()
    ada.finds_nothing_wrong()
    ada.page.get_by_role("button", name="Lift").click()
    expect(ada.page.get_by_text("Nobody is banned.")).to_be_visible()
    ada.page.get_by_role("button", name="Close").click()
    comes_to_the_room(bo)
    ada.ends()


def test_in_an_audio_room_a_free_seat_is_asked_for(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.goes_live("Night tea", "Audio")
    comes_to_the_room(bo)
    bo.page.locator(".seat.free").first.click()
    bo.page.get_by_role("dialog").get_by_role("button", name="Ask to speak").click()
    ada.page.get_by_role("button", name="Let in").click()
    bo.page.get_by_test_id("go-up-now").click()
    for person in (ada, bo):
        expect(person.page.locator(".seat.speaking", has_text="Bo")).to_be_visible()
        person.finds_nothing_wrong()
    bo.pictured("34-audio-room")
    ada.ends()


def test_a_ticket_is_seen_before_it_is_paid_and_can_be_bought_ahead(
    people: tuple[Person, Person], stage: SahneUp
) -> None:
    _, bo = people
    with psycopg.connect(stage.db_url) as conn:
        conn.execute(
            "update live_sessions set access_type = 'pay_per_view', ppv_coin_price = 150 where status = 'scheduled'"
        )
    bo.page.goto("/#/")
    bo.page.locator("[data-testid=session-card][data-status=scheduled]").first.click()
    expect(bo.page.get_by_test_id("balance-after")).to_contain_text("4,850")
    bo.finds_nothing_wrong()
    bo.pictured("35-gate")
    bo.page.get_by_test_id("buy").click()
    expect(bo.page.get_by_text("You have a ticket.")).to_be_visible()
    bo.page.reload()
    expect(bo.page.get_by_text("You have a ticket.")).to_be_visible()
    bo.finds_nothing_wrong()


def test_who_has_too_few_coins_is_told_how_many_are_missing(stage: SahneUp, people: tuple[Person, Person]) -> None:
    browser = people[0].context.browser
    assert browser
    dilek = Person(browser, stage.url, language="tr")
    dilek.comes_in_as("Dilek")
    dilek.page.locator("[data-testid=session-card][data-status=scheduled]").first.click()
    expect(dilek.page.get_by_test_id("missing")).to_contain_text("150 jeton eksik")
    expect(dilek.page.get_by_test_id("buy")).to_have_count(0)
    dilek.finds_nothing_wrong()
    dilek.leaves()
