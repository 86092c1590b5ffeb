"""Short messages on their way: over Twilio and to a program of one's own, which may refuse; which numbers are served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sahne.errors import SettingInvalid
from sahne.gateway.fitting_settings import refuse_unfit
from sahne.mail.words import Values, Words
from sahne.providers.mail import Letter, LetterDelayed, LetterRefused, Mailer
from sahne.providers.sms.signed import SignedSms
from sahne.providers.sms.twilio import TwilioSms
from sahne.settings.reading import read_settings
from sahne.sign_in_rules import countries_in, fixed_codes_in
from tests.keys import own_keys
from tests.sms_services import ACCOUNT, SECRET, TOKEN, FakeSms, fake_sms

MESSAGE = Letter(to="+905550001122", subject="Kod", text="Kodunuz: 123456\nKimseye vermeyin.\n", html="")
FITTING = {"sms": "twilio", "twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_from": "+15550001111"}


@pytest.fixture(scope="module")
def running() -> Iterator[FakeSms]:
    with fake_sms() as fake:
        yield fake


@pytest.fixture
def sms(running: FakeSms) -> Iterator[FakeSms]:
    for kept in (running.taken, running.forms, running.ids, running.refusals):
        kept.clear()
    yield running
    running.answers.set()


def twilio(sms: FakeSms, **given: Any) -> Mailer:
    return TwilioSms(sms.url, ACCOUNT, TOKEN, "+15550001111", **given)


def own(sms: FakeSms, **given: Any) -> Mailer:
    return SignedSms(f"{sms.url}/own", SECRET, **given)


WAYS = pytest.mark.parametrize("way", [twilio, own])
Way = Callable[..., Mailer]


@pytest.mark.anyio
@WAYS
async def test_a_short_message_arrives_whole(sms: FakeSms, way: Way) -> None:
    await way(sms).send(MESSAGE)
    assert sms.taken == [("+905550001122", "Kodunuz: 123456\nKimseye vermeyin.")]


@pytest.mark.anyio
@WAYS
@pytest.mark.parametrize(
    ("status", "failure"), [(400, LetterRefused), (404, LetterRefused), (429, LetterDelayed), (503, LetterDelayed)]
)
async def test_what_is_refused_now_may_be_taken_later_or_never(
    sms: FakeSms, way: Way, status: int, failure: type[Exception]
) -> None:
    sms.refusals.append((status, {"code": 21211, "message": "The 'To' number is not valid.", "status": status}))
    with pytest.raises(failure, match=str(status)):
        await way(sms).send(MESSAGE)
    assert sms.taken == []


@pytest.mark.anyio
@WAYS
async def test_one_that_was_sent_and_not_answered_is_not_sent_again(sms: FakeSms, way: Way) -> None:
    sms.answers.clear()
    with pytest.raises(LetterRefused, match="not answered"):
        await way(sms, seconds_max=0.1).send(MESSAGE)
    assert len(sms.taken) == 1


@pytest.mark.anyio
async def test_one_that_nobody_can_have_taken_is_tried_again() -> None:
    for way in (TwilioSms("http://127.0.0.1:1", ACCOUNT, TOKEN, "Sahne"), SignedSms("http://127.0.0.1:1/own", SECRET)):
        with pytest.raises(LetterDelayed):
            await way.send(MESSAGE)


@pytest.mark.anyio
async def test_twilio_is_told_who_sends_and_a_wrong_password_is_final(sms: FakeSms) -> None:
    await TwilioSms(sms.url, ACCOUNT, TOKEN, "MG" + "2" * 32).send(MESSAGE)
    await twilio(sms).send(MESSAGE)
    assert [form.get("MessagingServiceSid") for form in sms.forms] == ["MG" + "2" * 32, None]
    assert [form.get("From") for form in sms.forms] == [None, "+15550001111"]
    with pytest.raises(LetterRefused, match="401 20003 Authenticate"):
        await TwilioSms(sms.url, ACCOUNT, "wrong", "+15550001111").send(MESSAGE)
    sms.refusals.append((201, {"status": "failed", "error_code": 30007}))
    with pytest.raises(LetterRefused, match="30007"):
        await twilio(sms).send(MESSAGE)


@pytest.mark.anyio
async def test_a_program_of_ones_own_knows_one_that_is_sent_again_by_its_id(sms: FakeSms) -> None:
    sms.refusals.append((500, {}))
    with pytest.raises(LetterDelayed):
        await own(sms).send(MESSAGE)
    await own(sms).send(MESSAGE)
    await own(sms).send(Letter(to=MESSAGE.to, subject="Kod", text="Kodunuz: 654321", html=""))
    assert sms.ids[0] == sms.ids[1] != sms.ids[2]


def test_a_short_message_is_short_in_both_languages() -> None:
    words = Words(None, "en")
    for language in ("en", "tr"):
        text = words.letter("sms_code", language, "+905550001122", Values({"Token": "0123456789"}, {})).text
        assert "0123456789" in text
        assert len(text.strip()) <= 70  # one message, also where its letters need two bytes each


@pytest.mark.parametrize(
    ("setting", "number", "is_served"),
    [
        ("", "905550001122", True),
        ("90", "905550001122", True),
        ("90", "15550001122", False),
        ("90, 1, -1876", "18760001122", False),
        ("90, 1, -1876", "18770001122", True),
        ("-1, 1876", "18760001122", True),
        ("-1, 1876", "15550001122", False),
        ("-1", "905550001122", True),
        ("-1", "15550001122", False),
    ],
)
def test_the_longest_calling_code_that_fits_decides(setting: str, number: str, is_served: bool) -> None:
    assert countries_in(setting).serve(number) is is_served


def test_numbers_for_tests_are_read() -> None:
    assert fixed_codes_in("+905550000000=123456, 15550000000=00000000") == {
        "905550000000": "123456",
        "15550000000": "00000000",
    }


@pytest.mark.parametrize(
    "given",
    [
        {"sms_countries": "TR"},
        {"sms_countries": "+90"},
        {"sms_test_numbers": "+905550000000"},
        {"sms_test_numbers": "+905550000000=12345"},
        {"sms_secret": "whsec_short"},
    ],
)
def test_settings_that_cannot_be_read_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SettingInvalid):
        read_settings(env_file=None, **given)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "SAHNE_SMS:"),
        (FITTING | {"twilio_from": None}, "SAHNE_TWILIO_FROM:"),
        ({"sms": "http", "sms_url": "https://sms.example.com"}, "SAHNE_SMS_SECRET:"),
    ],
)
def test_a_server_whose_short_messages_nobody_takes_does_not_start(given: dict[str, Any], named: str) -> None:
    refuse_unfit(read_settings(env_file=None, **own_keys(), **given))
    with pytest.raises(SettingInvalid) as refused:
        refuse_unfit(read_settings(env_file=None, phone_sign_in=True, **own_keys(), **given))
    assert str(refused.value.details).startswith(named)


def test_a_server_whose_short_messages_twilio_takes_starts() -> None:
    refuse_unfit(read_settings(env_file=None, phone_sign_in=True, **own_keys(), **FITTING))
