"""Second factors at the auth door: set up, asked for, removed; and who tries to come in without one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest

from sahne.database.sql import load_queries
from sahne.settings import Settings
from tests.accounts import NEW, code
from tests.conftest import Running, free_port, running_server
from tests.factors import PASSWORD, Person, Phone, half_a_minute_later
from tests.letters import Inbox

ELSEWHERE = "198.51.100.7"


@pytest.fixture(scope="module")
def behind_proxy(settings: Settings) -> Iterator[Running]:
    with running_server(replace(settings, port=free_port(), client_ip_header="x-real-ip")) as running:
        yield running


@pytest.fixture(scope="module")
def door(behind_proxy: Running) -> Iterator[httpx.Client]:
    headers = {"x-real-ip": "203.0.113.1", **NEW}
    with httpx.Client(base_url=f"{behind_proxy.url}/auth/v1", headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def ada(door: httpx.Client) -> Person:
    return Person.new(door)


def claims(person: Person) -> dict:
    return jwt.decode(person.session["access_token"], options={"verify_signature": False})


def methods(person: Person) -> set[str]:
    return {entry["method"] for entry in claims(person)["amr"]}


def test_a_factor_is_shown_once_proven_by_its_code_and_listed(ada: Person) -> None:
    made = ada.ask("POST", "/factors", {"factor_type": "totp", "friendly_name": "my phone", "issuer": "Sahne: demo"})
    assert made.headers["cache-control"] == "no-store"
    body = made.json()
    assert (body["type"], body["friendly_name"]) == ("totp", "my phone")
    assert body["totp"]["qr_code"].startswith("<svg")
    assert "#" not in body["totp"]["qr_code"]
    assert body["totp"]["uri"].startswith("otpauth://totp/Sahne.%20demo:")
    assert f"secret={body['totp']['secret']}" in body["totp"]["uri"]
    (waiting,) = ada.ask("GET", "/user").json()["factors"]
    assert (waiting["status"], waiting["factor_type"]) == ("unverified", "totp")
    phone = Phone(body["totp"]["secret"], body["id"])
    answer = ada.verify(phone, phone.code())
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["user"]["factors"][0]["status"] == "verified"
    assert claims(ada)["aal"] == "aal2"
    assert methods(ada) == {"password", "totp"}
    assert all(isinstance(entry["timestamp"], int) for entry in claims(ada)["amr"])
    assert ada.ask("GET", "/user").json()["factors"][0]["friendly_name"] == "my phone"


def test_the_next_sign_in_has_proven_one_factor_until_the_code_comes(ada: Person, database_url: str) -> None:
    phone = ada.with_phone()
    again = ada.signed_in()
    assert claims(again)["aal"] == "aal1"
    half_a_minute_later(database_url, phone)
    assert again.verify(phone, phone.code()).status_code == 200
    assert claims(again)["aal"] == "aal2"
    assert ada.ask("GET", "/user").status_code == 200  # who had proven two before stays


def test_a_refresh_keeps_what_was_proven(ada: Person, door: httpx.Client) -> None:
    ada.with_phone()
    body = {"refresh_token": ada.session["refresh_token"]}
    ada.session = door.post("/token?grant_type=refresh_token", json=body).json()
    assert claims(ada)["aal"] == "aal2"
    assert methods(ada) == {"password", "totp"}


def test_proving_a_factor_ends_sessions_that_have_not_and_their_refresh_tokens(ada: Person, door: httpx.Client) -> None:
    other, before = ada.signed_in(), ada.session["refresh_token"]
    ada.with_phone()
    assert code(other.ask("GET", "/user")) == (403, "session_not_found")
    for lower in (other.session["refresh_token"], before):
        refused = door.post("/token?grant_type=refresh_token", json={"refresh_token": lower})
        assert code(refused) == (400, "refresh_token_not_found")
    assert ada.ask("GET", "/user").status_code == 200


def test_a_code_is_good_once_and_so_are_those_before_it(ada: Person, database_url: str) -> None:
    phone = ada.enroll()
    used = phone.code()
    assert ada.verify(phone, used).status_code == 200
    assert code(ada.verify(phone, used)) == (422, "mfa_verification_failed")
    half_a_minute_later(database_url, phone)
    assert ada.verify(phone, phone.code(1)).status_code == 200
    assert code(ada.verify(phone, phone.code())) == (422, "mfa_verification_failed")


def test_one_code_sent_twice_at_once_opens_one_session(ada: Person, database_url: str, door: httpx.Client) -> None:
    phone = ada.with_phone()
    half_a_minute_later(database_url, phone)
    tries = [ada.signed_in() for _ in range(6)]
    challenges = [each.challenge(phone) for each in tries]
    digits = phone.code()

    with ThreadPoolExecutor(6) as pool:
        answers = pool.map(lambda person, challenge: person.verify(phone, digits, challenge), tries, challenges)
        statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1


def test_a_challenge_is_one_factor_s_one_place_s_and_good_for_five_minutes(ada: Person, database_url: str) -> None:
    phone, other = ada.enroll("one"), ada.enroll("two")
    challenge = ada.challenge(other)
    assert code(ada.verify(phone, phone.code(), challenge)) == (422, "mfa_factor_not_found")
    assert code(ada.verify(phone, phone.code(), str(uuid4()))) == (422, "mfa_factor_not_found")
    assert code(ada.verify(phone, phone.code(), "1")) == (400, "validation_failed")
    assert code(ada.verify(phone, "")) == (400, "validation_failed")
    challenge, ada.place = ada.challenge(phone), ELSEWHERE
    assert code(ada.verify(phone, phone.code(), challenge)) == (422, "mfa_ip_address_mismatch")
    ada.place = "203.0.113.1"
    with psycopg.connect(database_url, autocommit=True) as conn:
        late = "update auth.mfa_challenges set created_at = created_at - interval '301 seconds' where id = %s"
        conn.execute(late, (challenge,))
    assert code(ada.verify(phone, phone.code(), challenge)) == (422, "mfa_challenge_expired")
    challenge = ada.challenge(phone)
    assert ada.verify(phone, phone.code(), challenge).status_code == 200
    assert code(ada.verify(phone, phone.code(1), challenge)) == (422, "mfa_ip_address_mismatch")  # answered


def test_another_person_s_factor_is_nobody_s(ada: Person, door: httpx.Client) -> None:
    phone, thief = ada.with_phone(), Person.new(door)
    path = f"/factors/{phone.factor_id}"
    body = {"challenge_id": ada.challenge(phone), "code": phone.code(1)}
    assert code(thief.ask("POST", f"{path}/challenge")) == (404, "mfa_factor_not_found")
    assert code(thief.ask("POST", f"{path}/verify", body)) == (404, "mfa_factor_not_found")
    assert code(thief.ask("DELETE", path)) == (404, "mfa_factor_not_found")
    assert code(thief.ask("DELETE", "/factors/mine")) == (404, "validation_failed")


def test_who_has_a_factor_needs_it_for_what_matters(ada: Person, database_url: str) -> None:
    phone = ada.with_phone()
    thief = ada.signed_in(ELSEWHERE)
    for change in ({"password": "another horse"}, {"email": f"{uuid4().hex}@example.com"}):
        refused = thief.ask("PUT", "/user", change)
        assert code(refused) == (401, "insufficient_aal")
        assert refused.json()["message"].startswith("AAL2 session is required")
    assert thief.ask("PUT", "/user", {"data": {"name": "Ada"}}).status_code == 200
    assert code(thief.ask("DELETE", f"/factors/{phone.factor_id}")) == (422, "insufficient_aal")
    enrolls = thief.ask("POST", "/factors", {"factor_type": "totp", "friendly_name": "theirs"})
    assert code(enrolls) == (403, "insufficient_aal")
    assert code(thief.ask("POST", "/factors/recovery-codes")) == (403, "insufficient_aal")
    half_a_minute_later(database_url, phone)
    assert thief.verify(phone, phone.code()).status_code == 200  # it was Ada after all
    assert thief.ask("PUT", "/user", {"password": "another horse"}).status_code == 200


def test_a_factor_that_was_begun_before_another_was_proven_proves_nothing(ada: Person, database_url: str) -> None:
    phone = ada.with_phone()
    thief = ada.signed_in(ELSEWHERE)
    begun = ada.enroll("second phone")
    assert code(thief.verify(begun, begun.code())) == (403, "insufficient_aal")
    half_a_minute_later(database_url, phone)
    assert ada.verify(phone, phone.code()).status_code == 200
    assert [each["friendly_name"] for each in ada.session["user"]["factors"]] == ["phone"]  # the unproven one is gone


def test_the_letter_of_a_forgotten_password_proves_one_factor(
    ada: Person, behind_proxy: Running, database_url: str
) -> None:
    phone = ada.with_phone()
    assert ada.door.post("/recover", json={"email": ada.email}).status_code == 200
    token = Inbox(behind_proxy.url).newest(ada.email).code
    forgot = Person(ada.door, ada.email)
    forgot.session = ada.door.post("/verify", json={"type": "recovery", "token": token, "email": ada.email}).json()
    assert claims(forgot)["aal"] == "aal1"
    assert code(forgot.ask("PUT", "/user", {"password": "another horse"})) == (401, "insufficient_aal")
    half_a_minute_later(database_url, phone)
    assert forgot.verify(phone, phone.code()).status_code == 200
    assert forgot.ask("PUT", "/user", {"password": "another horse"}).status_code == 200


def test_a_removed_factor_proves_no_more(ada: Person) -> None:
    phone = ada.with_phone()
    assert ada.ask("DELETE", f"/factors/{phone.factor_id}").json() == {"id": phone.factor_id}
    body = {"refresh_token": ada.session["refresh_token"]}
    ada.session = ada.door.post("/token?grant_type=refresh_token", json=body).json()
    assert claims(ada)["aal"] == "aal1"
    assert methods(ada) == {"password"}
    assert "factors" not in ada.session["user"]
    assert ada.ask("PUT", "/user", {"password": "another horse"}).status_code == 200


def test_ten_factors_are_enough_and_each_has_a_name_of_its_own(ada: Person, database_url: str) -> None:
    for number in range(10):
        ada.enroll(str(number))
    eleventh = {"factor_type": "totp", "friendly_name": "10"}
    assert code(ada.ask("POST", "/factors", eleventh)) == (422, "too_many_enrolled_mfa_factors")
    assert code(ada.ask("POST", "/factors", eleventh | {"friendly_name": "3"})) == (422, "mfa_factor_name_conflict")
    assert code(ada.ask("POST", "/factors", eleventh | {"friendly_name": "x" * 101})) == (400, "validation_failed")
    with psycopg.connect(database_url, autocommit=True) as conn:
        late = "update auth.mfa_factors set created_at = created_at - interval '301 seconds' where user_id = %s"
        conn.execute(late, (ada.id,))
    ada.enroll("3")  # what was begun and not proven in time makes room
    assert len(ada.ask("GET", "/user").json()["factors"]) == 1


def test_other_kinds_are_refused_by_name_and_a_visitor_has_none(ada: Person, door: httpx.Client) -> None:
    kinds = {
        "phone": (422, "mfa_phone_enroll_not_enabled"),
        "webauthn": (422, "mfa_webauthn_enroll_not_enabled"),
        "": (400, "validation_failed"),
    }
    for kind, refused in kinds.items():
        assert code(ada.ask("POST", "/factors", {"factor_type": kind})) == refused
    visitor = Person(door, session=door.post("/signup", json={}).json())
    assert code(visitor.ask("POST", "/factors", {"factor_type": "totp"})) == (403, "no_authorization")
    assert code(door.post("/factors", json={"factor_type": "totp"})) == (401, "no_authorization")


def test_guessing_is_bounded_and_the_person_is_not_kept_out_at_home(ada: Person, database_url: str) -> None:
    phone = ada.with_phone()
    guesses = 0
    for place in (f"198.51.100.{number}" for number in range(1, 5)):
        thief = ada.signed_in(place)
        answer = thief.verify(phone, phone.wrong_code)
        while answer.status_code == 422:
            guesses += 1
            answer = thief.verify(phone, phone.wrong_code)
        assert code(answer) == (429, "over_request_rate_limit")
        assert int(answer.headers["retry-after"]) > 60
    assert guesses == 20
    half_a_minute_later(database_url, phone)
    assert code(thief.verify(phone, phone.code())) == (429, "over_request_rate_limit")  # the good one would tell
    assert ada.signed_in().verify(phone, phone.code()).status_code == 200
    assert code(thief.ask("GET", "/user")) == (403, "session_not_found")  # and the guesser is out


def test_a_pause_ends_and_the_next_is_longer(ada: Person, database_url: str) -> None:
    phone = ada.with_phone()
    waits = []
    with psycopg.connect(database_url, autocommit=True) as conn:
        for _ in range(3):
            while (answer := ada.verify(phone, phone.wrong_code)).status_code == 422:
                pass
            waits.append(int(answer.headers["retry-after"]))
            conn.execute("update private.factor_tries set locked_until = now() where user_id = %s", (ada.id,))
    assert waits[1] > 1.5 * waits[0]
    assert waits[2] > 1.5 * waits[1]


def test_what_lies_in_the_database_is_no_secret_and_nobody_s_to_read(ada: Person, database_url: str) -> None:
    phone, other = ada.enroll("one"), ada.enroll("two")
    with psycopg.connect(database_url, autocommit=True) as conn:
        rows = conn.execute("select secret from auth.mfa_factors where user_id = %s", (ada.id,)).fetchall()
        assert not any(phone.secret in row[0] or other.secret in row[0] for row in rows)
        # a sealed secret opens in its own row alone
        moved = "update auth.mfa_factors set secret = (select secret from auth.mfa_factors where id = %s) where id = %s"
        conn.execute(moved, (phone.factor_id, other.factor_id))
        for role in ("anon", "authenticated", "service_role"):
            for table in ("auth.mfa_factors", "private.factor_steps", "private.factor_tries", "private.recovery_codes"):
                read = conn.execute("select has_table_privilege(%s, %s, 'select')", (role, table))
                assert read.fetchone() == (False,)
    assert code(ada.verify(other, phone.code())) == (422, "mfa_verification_failed")


def test_a_policy_may_ask_for_two_factors(ada: Person, behind_proxy: Running, database_url: str) -> None:
    def profiles(person: Person) -> list[dict]:
        headers = {
            "apikey": behind_proxy.settings.anon_key,
            "authorization": f"Bearer {person.session['access_token']}",
        }
        return httpx.get(f"{behind_proxy.url}/rest/v1/profiles?select=id", headers=headers, timeout=20).json()

    phone = ada.with_phone()
    once = ada.signed_in()
    assert phone
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("""create policy "two factors" on public.profiles as restrictive for select to authenticated
                        using ((select auth.jwt() ->> 'aal') = 'aal2')""")
        try:
            assert profiles(once) == []
            assert profiles(ada) == [{"id": ada.id}]
        finally:
            conn.execute('drop policy "two factors" on public.profiles')


def test_recovery_codes_open_the_account_once_each(ada: Person) -> None:
    ada.with_phone()
    made = ada.ask("POST", "/factors/recovery-codes")
    assert made.headers["cache-control"] == "no-store"
    codes = made.json()["codes"]
    assert len(set(codes)) == made.json()["total"] == 10
    assert code(ada.ask("POST", "/factors/recovery-codes")) == (422, "mfa_verified_factor_exists")
    lost = ada.signed_in(ELSEWHERE)
    typed = codes[0].upper().replace("-", " ")
    opened = lost.ask("POST", "/factors/recovery-codes/verify", {"code": typed})
    assert opened.status_code == 200
    lost.session = opened.json()
    assert claims(lost)["aal"] == "aal2"
    assert methods(lost) == {"password", "mfa/recovery_code"}
    again = ada.signed_in(ELSEWHERE)
    assert code(again.ask("POST", "/factors/recovery-codes/verify", {"code": codes[0]})) == (
        422,
        "mfa_verification_failed",
    )
    assert lost.ask("GET", "/factors/recovery-codes").json()["remaining"] == 9
    fresh = lost.ask("POST", "/factors/recovery-codes/regenerate").json()["codes"]
    assert code(again.ask("POST", "/factors/recovery-codes/verify", {"code": codes[1]})) == (
        422,
        "mfa_verification_failed",
    )
    assert again.ask("POST", "/factors/recovery-codes/verify", {"code": fresh[1]}).status_code == 200


def test_recovery_codes_are_never_the_only_factor(ada: Person) -> None:
    phone = ada.enroll()
    assert code(ada.ask("GET", "/factors/recovery-codes")) == (404, "mfa_factor_not_found")
    assert code(ada.ask("POST", "/factors/recovery-codes")) == (403, "insufficient_aal")
    ada.verify(phone, phone.code())
    made = ada.ask("POST", "/factors/recovery-codes").json()
    kinds = {each["factor_type"]: each["status"] for each in ada.ask("GET", "/user").json()["factors"]}
    assert kinds == {"totp": "verified", "recovery_code": "verified"}
    assert code(ada.ask("DELETE", f"/factors/{phone.factor_id}")) == (422, "mfa_recovery_codes_sole_factor")
    assert code(ada.ask("DELETE", f"/factors/{made['id']}")) == (422, "validation_failed")
    assert ada.ask("DELETE", "/factors/recovery-codes").json() == {"id": made["id"]}
    assert ada.ask("DELETE", f"/factors/{phone.factor_id}").status_code == 200


def test_one_recovery_code_sent_twice_at_once_opens_one_session(ada: Person) -> None:
    ada.with_phone()
    used = ada.ask("POST", "/factors/recovery-codes").json()["codes"][0]
    tries = [ada.signed_in() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda each: each.ask("POST", "/factors/recovery-codes/verify", {"code": used}), tries)
        assert sorted(answer.status_code == 200 for answer in answers) == [False, False, False, True]
    assert ada.ask("GET", "/factors/recovery-codes").json()["remaining"] == 9


def test_ten_factors_begun_at_once_make_no_eleventh(ada: Person) -> None:
    with ThreadPoolExecutor(6) as pool:
        bodies = [{"factor_type": "totp", "friendly_name": str(number)} for number in range(14)]
        answers = list(pool.map(lambda body: ada.ask("POST", "/factors", body), bodies))
    assert [answer.status_code for answer in answers].count(200) == 10
    assert {code(answer) for answer in answers if answer.status_code != 200} == {(422, "too_many_enrolled_mfa_factors")}


@pytest.mark.parametrize("query", ["confirm_address", "renew_unconfirmed"])
def test_who_proves_an_address_first_finds_no_factor_of_who_took_it(ada: Person, database_url: str, query: str) -> None:
    ada.with_phone()
    ada.ask("POST", "/factors/recovery-codes")
    values = {"user_id": ada.id, "takes_over": True, "email": ada.email, "password_hash": "", "user_metadata": "{}"}
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("update auth.users set email_confirmed_at = null where id = %s", (ada.id,))
        conn.execute(load_queries("sahne.accounts", "one_time.sql")[query], values)
        for left in ("auth.mfa_factors", "private.recovery_sets", "auth.sessions"):
            assert conn.execute(f"select count(*) from {left} where user_id = %s".encode(), (ada.id,)).fetchone() == (
                0,
            )


def test_who_lost_the_phone_comes_in_by_a_code_and_removes_it(ada: Person, door: httpx.Client) -> None:
    phone = ada.with_phone()
    codes = ada.ask("POST", "/factors/recovery-codes").json()["codes"]
    opened = []
    for used, place in zip(codes, ("203.0.113.1", ELSEWHERE), strict=False):
        person = ada.signed_in(place)
        person.session = person.ask("POST", "/factors/recovery-codes/verify", {"code": used}).json()
        opened.append(person)
    lost, thief = opened
    assert lost.ask("DELETE", "/factors/recovery-codes").status_code == 200
    assert code(thief.ask("DELETE", f"/factors/{phone.factor_id}")) == (422, "insufficient_aal")
    assert lost.ask("DELETE", f"/factors/{phone.factor_id}").status_code == 200
    for person in (lost, thief, ada):
        body = {"refresh_token": person.session["refresh_token"]}
        person.session = door.post("/token?grant_type=refresh_token", json=body).json()
        assert (claims(person)["aal"], methods(person)) == ("aal1", {"password"})


def test_the_service_key_lists_and_removes_factors(ada: Person, behind_proxy: Running) -> None:
    phone = ada.with_phone()
    ada.ask("POST", "/factors/recovery-codes")
    service = {"authorization": f"Bearer {behind_proxy.settings.service_role_key}"}
    path = f"/admin/users/{ada.id}/factors"
    assert code(ada.ask("GET", path)) == (403, "not_admin")
    assert code(ada.ask("DELETE", f"{path}/{phone.factor_id}")) == (403, "not_admin")
    listed = ada.door.get(path, headers=service).json()
    assert [each["factor_type"] for each in listed] == ["totp", "recovery_code"]
    assert "secret" not in str(listed)
    assert code(ada.door.delete(f"{path}/{uuid4()}", headers=service)) == (404, "mfa_factor_not_found")
    gone = ada.door.delete(f"{path}/{phone.factor_id}", headers=service)
    assert gone.json()["id"] == phone.factor_id
    assert ada.door.get(path, headers=service).json() == []  # the codes went with the last one
    once = ada.signed_in()
    assert once.ask("PUT", "/user", {"password": f"{PASSWORD}-2"}).status_code == 200


def test_without_the_setting_no_factor_begins_and_who_has_one_keeps_it(
    ada: Person, settings: Settings, door: httpx.Client, database_url: str
) -> None:
    phone = ada.with_phone()
    half_a_minute_later(database_url, phone)
    assert door.get("/settings").json()["mfa_enabled"] is True
    with (
        running_server(replace(settings, port=free_port(), client_ip_header="x-real-ip", mfa_totp=False)) as running,
        httpx.Client(base_url=f"{running.url}/auth/v1", headers=NEW, timeout=20) as closed,
    ):
        assert closed.get("/settings").json()["mfa_enabled"] is False
        here = replace(ada, door=closed).signed_in()
        assert code(here.ask("POST", "/factors", {"factor_type": "totp"})) == (422, "mfa_totp_enroll_not_enabled")
        assert here.verify(phone, phone.code()).status_code == 200
