"""Calls between two browsers: they ring wherever one is, are answered with or without a picture, go on in a small window."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.chromium import STEP_MS_MAX, Person, chromium
from tests.process.sahne_up import SahneUp, sahne_up_with_livekit

pytestmark = [pytest.mark.slow, pytest.mark.story, pytest.mark.timeout(300)]

MISSED = """
insert into calls (caller_id, callee_id, call_type, status, initiated_at, ended_at, end_reason)
select caller.id, callee.id, 'video_call', 'missed', now() - interval '1 hour', now() - interval '59 minutes', 'no_answer'
  from auth.users caller, auth.users callee
 where caller.email = 'ada@example.com' and callee.email = 'bo@example.com'
"""
PRICED = """
insert into private.call_prices (creator_id, video_coin_per_minute)
select id, 50 from auth.users where email = 'ada@example.com'
"""
THEIR_PICTURE = "document.querySelector('[data-testid=call] > .moving video')?.videoWidth > 0"
SMALL_PICTURE = "document.querySelector('[data-testid=small-call] video')?.videoWidth > 0"

expect.set_options(timeout=STEP_MS_MAX)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up_with_livekit(tmp_path_factory.mktemp("calls")) as running:
        with psycopg.connect(running.db_url) as conn:
            conn.execute(MISSED)
        yield running


@pytest.fixture(scope="module")
def people(stage: SahneUp) -> Iterator[tuple[Person, Person]]:
    """Ada at a desk, Bo with a phone."""
    with chromium() as browser:
        ada, bo = Person(browser, stage.url), Person(browser, stage.url, phone=True, dark=True)
        ada.comes_in_as("Ada")
        bo.comes_in_as("Bo")
        yield ada, bo
        ada.leaves()
        bo.leaves()


def calls_ada(bo: Person, kind: str = "Video call Ada") -> None:
    bo.page.goto("/#/calls")
    bo.page.get_by_role("button", name=kind, exact=True).first.click()


def test_a_missed_call_is_counted_until_it_is_looked_at(people: tuple[Person, Person]) -> None:
    _, bo = people
    calls = bo.page.get_by_role("link", name="Calls")
    expect(calls).to_contain_text("1 missed")
    calls.click()
    expect(bo.page.locator(".call-line.missed", has_text="Ada")).to_contain_text("Missed")
    bo.finds_nothing_wrong()
    bo.pictured("20-calls")
    bo.page.get_by_role("link", name="Live").click()
    expect(calls).not_to_contain_text("missed")


def test_it_rings_wherever_one_is(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.page.goto("/#/studio")
    calls_ada(bo)
    ringing = ada.page.get_by_test_id("incoming-call")
    expect(ringing).to_contain_text("Bo")
    expect(bo.page.get_by_test_id("call")).to_contain_text("It rings")
    ada.finds_nothing_wrong()
    ada.pictured("21-incoming")
    bo.pictured("22-calling")


def test_who_gives_up_leaves_a_missed_call_and_who_declines_says_so(people: tuple[Person, Person]) -> None:
    ada, bo = people
    bo.page.get_by_role("button", name="Give up").click()
    expect(ada.page.get_by_test_id("incoming-call")).to_have_count(0)
    expect(ada.page.get_by_role("link", name="Calls")).to_contain_text("1 missed")
    calls_ada(bo, "Call Ada")
    expect(ada.page.get_by_role("button", name="Audio only")).to_have_count(0)
    ada.page.get_by_role("button", name="Decline").click()
    expect(bo.page.get_by_test_id("call-ended")).to_contain_text("Cannot talk now.")
    bo.pictured("23-declined")


def test_a_call_that_costs_something_asks_first_and_says_so_where_it_rings(
    people: tuple[Person, Person], stage: SahneUp
) -> None:
    ada, bo = people
    with psycopg.connect(stage.db_url) as conn:
        conn.execute(PRICED)
    for answer in ("No", "Call"):
        calls_ada(bo)
        asked = bo.page.get_by_role("alertdialog", name="Call Ada?")
        expect(asked).to_contain_text("50 coins a minute")
        expect(asked).to_contain_text("1 hour 40 minutes")
        bo.finds_nothing_wrong()
        asked.get_by_role("button", name=answer, exact=True).click()
        expect(bo.page.get_by_test_id("call")).to_have_count(1 if answer == "Call" else 0)
    expect(ada.page.get_by_test_id("paid-by-them")).to_have_text("They pay 50 coins a minute")
    ada.finds_nothing_wrong()


def test_an_answered_call_shows_each_the_other_and_what_it_costs(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.page.get_by_role("button", name="Answer").click()
    for person in (ada, bo):
        person.waits_for(THEIR_PICTURE)
        expect(person.page.get_by_test_id("own-picture")).to_be_visible()
        expect(person.page.locator("[data-testid=call] time")).to_be_visible()
        cost = "50 coins a minute" if person is ada else "50 coins so far"
        expect(person.page.get_by_test_id("call-cost")).to_have_text(cost)
        person.finds_nothing_wrong()
        person.pictured(f"24-in-call-{'desk' if person is ada else 'phone'}")


def test_a_camera_that_is_switched_off_leaves_the_face(people: tuple[Person, Person]) -> None:
    ada, bo = people
    bo.page.get_by_role("button", name="Camera").click()
    expect(ada.page.locator("[data-testid=call] .unseen-face")).to_contain_text("Bo")
    ada.pictured("25-camera-off")
    bo.page.get_by_role("button", name="Camera").click()
    ada.waits_for(THEIR_PICTURE)


def test_a_call_goes_on_in_a_small_window_elsewhere(people: tuple[Person, Person]) -> None:
    _, bo = people
    bo.page.get_by_role("button", name="Make the call small").click()
    bo.page.get_by_role("link", name="Studio").click()
    bo.waits_for(SMALL_PICTURE)
    bo.finds_nothing_wrong()
    bo.pictured("26-small-call")
    bo.page.get_by_role("button", name="Make the call large").click()
    bo.waits_for(THEIR_PICTURE)


def test_who_reloads_is_back_in_the_call(people: tuple[Person, Person]) -> None:
    ada, bo = people
    bo.page.reload()
    for person in (ada, bo):
        person.waits_for(THEIR_PICTURE)


def test_who_hangs_up_ends_it_for_both_and_it_stands_in_the_list(people: tuple[Person, Person]) -> None:
    ada, bo = people
    ada.page.get_by_role("button", name="End", exact=True).click()
    for person in (ada, bo):
        expect(person.page.get_by_test_id("call-ended")).to_contain_text("Call ended")
    expect(bo.page.get_by_test_id("call-ended")).to_contain_text("50 coins")
    expect(ada.page.get_by_test_id("call-ended")).not_to_contain_text("coins")
    bo.page.goto("/#/calls")
    expect(bo.page.get_by_test_id("call-line").first).to_contain_text("second")
    assert [fault for person in people for fault in person.faults] == []
