"""Pushes over Firebase's own words: what is sent, and what each refusal means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sahne.errors import SettingInvalid
from sahne.providers.google_account import ServiceAccount
from sahne.providers.push import Gone, Later, Outcome, Refused, Sent
from sahne.providers.push.fcm import Fcm
from tests.push_services import (
    PROJECT,
    FakeFcm,
    Refusal,
    fake_fcm,
    firebase_account,
    refused_by_fcm,
)
from tests.pushes import DATA, kept, push

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def firebase() -> Iterator[FakeFcm]:
    with fake_fcm() as fake:
        yield fake


@pytest.fixture
async def fcm(firebase: FakeFcm, tmp_path: Path) -> AsyncIterator[Fcm]:
    firebase.taken.clear()
    firebase.access_tokens.clear()
    account = ServiceAccount.of(firebase_account(tmp_path, firebase), "SAHNE_FCM_SERVICE_ACCOUNT")
    async with kept(Fcm(firebase.url, account)) as channel:
        yield channel


async def test_firebase_gets_the_words_and_what_each_kind_of_device_makes_of_them(fcm: Fcm, firebase: FakeFcm) -> None:
    assert await fcm.send(push("fcm")) == Sent(f"projects/{PROJECT}/messages/1")
    (message,) = firebase.taken
    assert message["notification"] == {"title": "Ada arıyor", "body": "Görüntülü arama"}
    assert message["data"] == DATA
    assert message["android"]["priority"] == "HIGH"
    assert message["android"]["collapse_key"] == message["android"]["notification"]["tag"] == "call 42"
    assert 40 <= int(message["android"]["ttl"].removesuffix("s")) <= 45
    assert message["apns"]["headers"]["apns-priority"] == "10"
    assert message["webpush"]["headers"]["Urgency"] == "high"


async def test_without_words_firebase_hands_the_data_to_the_app(fcm: Fcm, firebase: FakeFcm) -> None:
    await fcm.send(push("fcm", title="", body="", urgent=False, collapse=None))
    (message,) = firebase.taken
    assert "notification" not in message
    assert message["android"] == {"priority": "NORMAL", "ttl": message["android"]["ttl"]}
    assert message["apns"]["payload"] == {"aps": {"content-available": 1}}


async def test_one_access_token_serves_many_and_another_is_had_when_it_is_taken_back(
    fcm: Fcm, firebase: FakeFcm
) -> None:
    assert {type(each) for each in await asyncio.gather(*(fcm.send(push("fcm")) for _ in range(30)))} == {Sent}
    assert len(firebase.access_tokens) == 1
    firebase.access_tokens.append("the one before is good no more")
    assert isinstance(await fcm.send(push("fcm")), Sent)
    assert len(firebase.access_tokens) == 3


INVALID_TOKEN = (
    400,
    {},
    {"error": {"status": "INVALID_ARGUMENT", "details": [{"fieldViolations": [{"field": "message.token"}]}]}},
)


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        (refused_by_fcm(404, "NOT_FOUND", "UNREGISTERED"), Gone()),
        (INVALID_TOKEN, Gone()),
        (refused_by_fcm(404, "NOT_FOUND"), Refused("NOT_FOUND")),  # a project that is set wrong is no device's
        (refused_by_fcm(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"), Refused("SENDER_ID_MISMATCH")),
        (refused_by_fcm(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), Refused("INVALID_ARGUMENT")),
        (refused_by_fcm(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", Retry_After="17"), Later(17.0)),
        (refused_by_fcm(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"), Later(60.0)),
        (refused_by_fcm(503, "UNAVAILABLE", "UNAVAILABLE", Retry_After="5"), Later(5.0)),
        (refused_by_fcm(500, "INTERNAL", "INTERNAL"), Later(None)),
        (refused_by_fcm(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"), Later(None)),
        (refused_by_fcm(403, "PERMISSION_DENIED"), Later(None)),
        ((502, {}, "<html>"), Later(None)),
        ((400, {}, ["no error of theirs"]), Refused("400")),
    ],
)
async def test_what_firebase_refuses_is_gone_refused_or_for_later(
    fcm: Fcm, firebase: FakeFcm, refusal: Refusal, outcome: Outcome
) -> None:
    firebase.refusals.extend([refusal] * (2 if refusal[0] == 401 else 1))
    assert await fcm.send(push("fcm")) == outcome
    assert not firebase.taken


async def test_a_project_nobody_named_is_refused_at_the_start(firebase: FakeFcm, tmp_path: Path) -> None:
    account = ServiceAccount.of(firebase_account(tmp_path, firebase, ""), "SAHNE_FCM_SERVICE_ACCOUNT")
    with pytest.raises(SettingInvalid):
        Fcm(firebase.url, account)
