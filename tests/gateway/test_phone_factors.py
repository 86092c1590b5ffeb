"""A phone as a second factor at the auth door, where nobody signs in by one: its codes, its limits, who tries without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import psycopg
import pytest

from sahne.settings import Settings
from tests.accounts import NEW, code
from tests.conftest import Running, free_port, running_server
from tests.factors import Person
from tests.letters import ANOTHER, Inbox, methods
from tests.sms_services import a_number


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Running]:
    with running_server(replace(settings, port=free_port(), mfa_phone=True, sms_countries="90")) as running:
        yield running


@pytest.fixture(scope="module")
def door(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


def test_settings_say_that_a_phone_may_be_a_second_factor_and_nobody_signs_in_by_one(door: httpx.Client) -> None:
    shown = door.get("/settings").json()
    assert (shown["mfa_phone_enabled"], shown["external"]["phone"]) == (True, False)
    assert code(door.post("/otp", json={"phone": a_number()})) == (422, "phone_provider_disabled")


@dataclass(frozen=True)
class Texted:
    """A phone as a second factor, and the codes that come to it."""

    owner: Person
    inbox: Inbox
    number: str
    factor: str

    @classmethod
    def begun(cls, owner: Person, inbox: Inbox, number: str) -> Texted:
        """One that waits for its first code."""
        made = owner.ask("POST", "/factors", {"factor_type": "phone", "friendly_name": "mine", "phone": number})
        assert made.status_code == 200, made.text
        assert made.json() == {"id": made.json()["id"], "type": "phone", "friendly_name": "mine", "phone": number}
        return cls(owner, inbox, number, made.json()["id"])

    def asked(self, by: Person | None = None) -> tuple[str, str]:
        """A challenge, and the code that was sent for it."""
        before = len(self.inbox.letters(self.number))
        answer = (by or self.owner).ask("POST", f"/factors/{self.factor}/challenge", {"channel": "sms"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["type"] == "phone"
        return answer.json()["id"], self.inbox.newest(self.number, before + 1).code

    def answer(self, challenge: str, token: str, by: Person | None = None) -> httpx.Response:
        """What comes of a code; a session that it raised is the person's then."""
        person = by or self.owner
        body = {"challenge_id": challenge, "code": token}
        answer = person.ask("POST", f"/factors/{self.factor}/verify", body)
        if answer.status_code == 200:
            person.session = answer.json()
        return answer


def test_a_phone_becomes_a_second_factor_by_its_first_code(door: httpx.Client, inbox: Inbox, phone: str) -> None:
    ada = Person.new(door)
    texted = Texted.begun(ada, inbox, phone)
    assert inbox.letters(phone) == []  # nothing is sent before it is asked for
    challenge, token = texted.asked()
    assert texted.answer(challenge, token).status_code == 200
    assert set(methods(ada.session["access_token"])) == {"password", "mfa/phone"}
    (factor,) = ada.ask("GET", "/user").json()["factors"]
    shown = {"id": texted.factor, "factor_type": "phone", "status": "verified", "phone": phone[1:]}
    assert factor == factor | shown
    assert code(ada.ask("POST", "/factors", {"factor_type": "phone", "phone": phone})) == (
        422,
        "mfa_verified_factor_exists",
    )
    again = ada.signed_in()
    assert code(again.ask("PUT", "/user", {"password": ANOTHER})) == (401, "insufficient_aal")
    assert texted.answer(*texted.asked(again), by=again).status_code == 200
    assert again.ask("DELETE", f"/factors/{texted.factor}").status_code == 200


def test_a_code_is_of_one_challenge_and_good_once(
    door: httpx.Client, inbox: Inbox, database_url: str, phone: str
) -> None:
    ada, bo = Person.new(door), Person.new(door)
    texted = Texted.begun(ada, inbox, phone)
    first, token = texted.asked()
    second, other = texted.asked()
    if token != other:
        assert code(texted.answer(second, token)) == (422, "mfa_verification_failed")
    assert texted.answer(second, "").json()["message"] == "Code needs to be non-empty"
    assert code(bo.ask("POST", f"/factors/{texted.factor}/challenge", {})) == (404, "mfa_factor_not_found")
    assert code(texted.answer(first, token, by=bo)) == (404, "mfa_factor_not_found")
    assert texted.answer(second, other).status_code == 200
    assert code(texted.answer(second, other)) == (422, "mfa_ip_address_mismatch")  # answered
    with psycopg.connect(database_url) as conn:
        kept = conn.execute("select otp_code from auth.mfa_challenges where id = %s", [first]).fetchone()
        assert kept
        assert token not in str(kept)
        conn.execute("update auth.mfa_challenges set created_at = created_at - interval '301 seconds'")
    assert code(texted.answer(first, token)) == (422, "mfa_challenge_expired")


def test_who_knows_the_password_alone_is_stopped_after_ten_codes_and_adds_no_phone(
    door: httpx.Client, inbox: Inbox, phone: str
) -> None:
    ada = Person.new(door)
    texted = Texted.begun(ada, inbox, phone)
    assert texted.answer(*texted.asked()).status_code == 200
    thief = ada.signed_in()
    begun = thief.ask("POST", "/factors", {"factor_type": "phone", "phone": a_number()})
    assert code(begun) == (403, "insufficient_aal")
    challenge, token = texted.asked(thief)
    wrong = "000000" if token != "000000" else "111111"
    answers = [code(texted.answer(challenge, wrong, by=thief)) for _ in range(21)]
    assert answers[0] == (422, "mfa_verification_failed")
    assert answers[-1] == (429, "over_request_rate_limit")
    assert code(texted.answer(challenge, token, by=thief)) == (429, "over_request_rate_limit")


def test_a_phone_that_cannot_be_written_to_is_no_second_factor(
    door: httpx.Client, inbox: Inbox, settings: Settings, phone: str
) -> None:
    ada = Person.new(door)
    for number in ("", "0555", "+18765550000"):
        refused = ada.ask("POST", "/factors", {"factor_type": "phone", "phone": number})
        assert refused.json()["code"] == "validation_failed"
    texted = Texted.begun(ada, inbox, phone)
    begun_anew = Texted.begun(ada, inbox, phone)
    assert code(ada.ask("POST", f"/factors/{texted.factor}/challenge", {})) == (404, "mfa_factor_not_found")
    challenge = ada.ask("POST", f"/factors/{begun_anew.factor}/challenge", {"channel": "whatsapp"})
    assert code(challenge) == (400, "validation_failed")  # nobody set it up


def test_the_holder_of_the_service_key_sees_and_removes_a_phone_as_any_factor(
    door: httpx.Client, inbox: Inbox, service: dict[str, str], phone: str
) -> None:
    ada = Person.new(door)
    texted = Texted.begun(ada, inbox, phone)
    texted.answer(*texted.asked())
    (listed,) = door.get(f"/admin/users/{ada.id}/factors", headers=service).json()
    assert (listed["phone"], listed["status"]) == (phone[1:], "verified")
    gone = door.delete(f"/admin/users/{ada.id}/factors/{texted.factor}", headers=service)
    assert gone.status_code == 200
    assert ada.ask("PUT", "/user", {"password": ANOTHER}).status_code == 200  # nothing more is asked for


def test_the_number_that_signs_somebody_in_is_no_second_factor_of_theirs(
    door: httpx.Client, inbox: Inbox, service: dict[str, str], phone: str
) -> None:
    """Whoever takes over the number would have both."""
    ada, other = Person.new(door), a_number()
    assert door.put(f"/admin/users/{ada.id}", json={"phone": phone}, headers=service).status_code == 200
    refused = ada.ask("POST", "/factors", {"factor_type": "phone", "phone": phone})
    assert code(refused) == (400, "validation_failed")
    assert Texted.begun(ada, inbox, other).factor
