"""Pushes over the real words of Firebase, Apple, Expo and browsers: what is sent, and what each refusal means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from sahne.cli.push import app
from sahne.errors import SettingInvalid
from sahne.providers.google_account import ServiceAccount
from sahne.providers.push import ClosableChannel, Gone, Later, Outcome, Push, Refused, Sent
from sahne.providers.push.apns import Apns, ApnsKey
from sahne.providers.push.expo import Expo
from sahne.providers.push.fcm import Fcm
from sahne.providers.push.opened import close_channels, open_channels
from sahne.providers.push.sealed import seal
from sahne.providers.push.vapid import Vapid, from_base64url, new_keys, to_base64url
from sahne.providers.push.web import WebPush
from sahne.public_addresses import is_everybodys
from sahne.push_rules import WEB_PUSH_SERVICES, a_contact, an_apple_id, hosts, is_among, of_vapid
from sahne.settings import Settings
from tests.apns_server import APP, KEY_ID, KEY_PEM, TEAM_ID, ApnsTwin
from tests.conftest import free_port
from tests.push_services import (
    PROJECT,
    FakeBrowser,
    FakeExpo,
    FakeFcm,
    Refusal,
    fake_browser,
    fake_expo,
    fake_fcm,
    firebase_account,
    opened,
    refused_by_fcm,
)
from tests.smtp_server import certificate

pytestmark = pytest.mark.anyio

PHONE = "a1" * 32
SUBJECT = "mailto:admin@example.com"
C = TypeVar("C", bound=ClosableChannel)
DATA = {"code": "call_rings", "call_id": "42"}


def push(platform: str, token: str = PHONE, **other: object) -> Push:
    """A ringing call; it is worth 45 seconds."""
    usual = Push(
        id=uuid4(),
        platform=platform,
        token=token,
        app=APP,
        title="Ada arıyor",
        body="Görüntülü arama",
        data=DATA,
        collapse="call 42",
        expires_at=datetime.now(UTC) + timedelta(seconds=45),
        urgent=True,
        subscription=None,
    )
    return replace(usual, **other)  # type: ignore[arg-type]


@asynccontextmanager
async def kept(channel: C) -> AsyncIterator[C]:
    try:
        yield channel
    finally:
        await channel.close()


# Firebase


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


# Apple


@asynccontextmanager
async def apple(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[ApnsTwin, Apns]]:
    context, authority = certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    key = ApnsKey(private_key=KEY_PEM, key_id=KEY_ID, team_id=TEAM_ID)
    async with ApnsTwin(context) as twin, kept(Apns(twin.url, key, frozenset({APP}))) as channel:
        yield twin, channel


async def test_apple_gets_an_alert_that_ends_and_takes_the_place_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with apple(tmp_path, monkeypatch) as (twin, apns):
        sent = push("apns")
        assert await apns.send(sent) == Sent(str(sent.id))
        (taken,) = twin.taken
        assert taken.payload == {
            "aps": {"alert": {"title": sent.title, "body": sent.body}, "sound": "default"},
            **DATA,
        }
        head = {name: value for name, value in taken.headers.items() if name.startswith("apns-")}
        assert head == {
            "apns-id": str(sent.id),
            "apns-topic": APP,
            "apns-push-type": "alert",
            "apns-priority": "10",
            "apns-expiration": str(int(sent.expires_at.timestamp())),
            "apns-collapse-id": "call 42",
        }
        assert isinstance(await apns.send(push("apns", title="", body="")), Sent)
        silent = twin.taken[1]
        assert silent.headers["apns-push-type"] == "background"
        assert silent.payload["aps"] == {"content-available": 1}


async def test_a_ringing_call_is_a_voip_push(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with apple(tmp_path, monkeypatch) as (twin, apns):
        assert isinstance(await apns.send(push("apns_voip", urgent=False)), Sent)
        (taken,) = twin.taken
        assert taken.headers["apns-push-type"] == "voip"
        assert taken.headers["apns-topic"] == f"{APP}.voip"
        assert taken.headers["apns-priority"] == "10"
        assert "apns-collapse-id" not in taken.headers
        assert taken.payload == {"aps": {}, **DATA}


async def test_hundreds_go_over_few_connections_with_one_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with apple(tmp_path, monkeypatch) as (twin, apns):
        assert {type(each) for each in await asyncio.gather(*(apns.send(push("apns")) for _ in range(200)))} == {Sent}
        assert len(twin.taken) == len({each.headers["apns-id"] for each in twin.taken}) == 200
        assert twin.connections <= 4
        assert len(twin.provider_tokens) == 1


async def test_a_provider_token_that_had_expired_is_made_anew_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with apple(tmp_path, monkeypatch) as (twin, apns):
        await apns.send(push("apns"))
        twin.old_tokens.update(twin.provider_tokens)
        assert {type(each) for each in await asyncio.gather(*(apns.send(push("apns")) for _ in range(20)))} == {Sent}
        assert len(twin.provider_tokens) == 2
        twin.old_tokens.update(twin.provider_tokens)  # a clock that is wrong would have us make one a push
        assert await apns.send(push("apns")) == Later(None)
        assert len(twin.provider_tokens) == 2


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        ((410, "Unregistered"), Gone()),
        ((410, "ExpiredToken"), Gone()),
        ((400, "BadDeviceToken"), Gone()),
        ((400, "DeviceTokenNotForTopic"), Refused("DeviceTokenNotForTopic")),
        ((413, "PayloadTooLarge"), Refused("PayloadTooLarge")),
        ((429, "TooManyRequests"), Later(60.0)),
        ((429, "TooManyProviderTokenUpdates"), Later(None)),
        ((403, "InvalidProviderToken"), Later(None)),
        ((500, "InternalServerError"), Later(None)),
        ((503, "Shutdown"), Later(None)),
    ],
)
async def test_what_apple_refuses_is_gone_refused_or_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: tuple[int, str], outcome: Outcome
) -> None:
    async with apple(tmp_path, monkeypatch) as (twin, apns):
        twin.refusals.append(refusal)
        assert await apns.send(push("apns")) == outcome
        assert not twin.taken


async def test_a_phone_without_the_app_is_gone_and_another_app_is_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with apple(tmp_path, monkeypatch) as (twin, apns):
        twin.gone.add(PHONE)
        assert await apns.send(push("apns")) == Gone()
        assert await apns.send(push("apns", "../../other")) == Gone()
        assert await apns.send(push("apns", app="com.example.other")) == Refused("another_app")
        assert await apns.send(push("apns", body="x" * 4096)) == Refused("too_large")
        assert not twin.taken


async def test_apple_hanging_up_is_for_later_and_the_next_push_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with apple(tmp_path, monkeypatch) as (twin, apns):
        twin.hangs_up = True
        assert await apns.send(push("apns")) == Later(None)
        twin.hangs_up = False
        assert isinstance(await apns.send(push("apns")), Sent)


# Expo


@pytest.fixture
async def expo_and_channel() -> AsyncIterator[tuple[FakeExpo, Expo]]:
    with fake_expo() as fake:
        async with kept(Expo(fake.url, "a token of Expo")) as channel:
            yield fake, channel


async def test_expo_is_asked_once_for_a_hundred(expo_and_channel: tuple[FakeExpo, Expo]) -> None:
    fake, expo = expo_and_channel
    pushes = [push("expo", f"mine {number}") for number in range(230)]
    assert await asyncio.gather(*map(expo.send, pushes)) == [Sent(f"mine {number}") for number in range(230)]
    assert sorted(map(len, fake.questions)) == [30, 100, 100]
    first = fake.questions[0][0]
    assert (first["title"], first["priority"], first["data"]) == ("Ada arıyor", "high", DATA)


async def test_what_expo_says_of_one_is_that_ones_alone(expo_and_channel: tuple[FakeExpo, Expo]) -> None:
    fake, expo = expo_and_channel
    for code in ("DeviceNotRegistered", "MessageTooBig", "MessageRateExceeded", "InvalidCredentials", "Other"):
        fake.says[f"mine {code}"] = {"status": "error", "message": "no", "details": {"error": code}}
    told = await asyncio.gather(*(expo.send(push("expo", token)) for token in (*fake.says, "mine fine")))
    assert told == [Gone(), Refused("too_large"), Later(None), Later(None), Refused("Other"), Sent("mine fine")]
    assert len(fake.questions) == 1


async def test_a_push_of_another_project_spoils_none_that_goes_with_it(
    expo_and_channel: tuple[FakeExpo, Expo],
) -> None:
    _, expo = expo_and_channel
    told = await asyncio.gather(*(expo.send(push("expo", token)) for token in ("mine 1", "theirs 1", "mine 2")))
    assert told == [Sent("mine 1"), Sent("theirs 1"), Sent("mine 2")]


async def test_receipts_say_what_became_of_a_ticket(expo_and_channel: tuple[FakeExpo, Expo]) -> None:
    fake, expo = expo_and_channel
    fake.receipts["one"] = {"status": "ok"}
    fake.receipts["two"] = {"status": "error", "details": {"error": "DeviceNotRegistered"}}
    assert await expo.receipts(["one", "two", "not yet"]) == {"one": Sent("one"), "two": Gone()}


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        ((429, {"retry-after": "3"}, {}), Later(3.0)),
        ((503, {}, {}), Later(None)),
        ((401, {}, {}), Later(None)),
        ((400, {}, {"errors": [{"code": "VALIDATION_ERROR"}]}), Refused("VALIDATION_ERROR")),
        ((200, {}, {"data": "nothing"}), Refused("200")),
    ],
)
async def test_what_expo_refuses_whole_is_so_for_each(
    expo_and_channel: tuple[FakeExpo, Expo], refusal: Refusal, outcome: Outcome
) -> None:
    fake, expo = expo_and_channel
    fake.refusals.append(refusal)
    assert await expo.send(push("expo", "mine 1")) == outcome


# browsers


@pytest.fixture(scope="module")
def vapid() -> Vapid:
    return Vapid(new_keys()[0], SUBJECT)


@pytest.fixture
def browser(vapid: Vapid) -> Iterator[FakeBrowser]:
    with fake_browser(vapid.public_key) as fake:
        yield fake


async def test_a_browser_alone_reads_what_was_sent(browser: FakeBrowser, vapid: Vapid) -> None:
    sent = push("web", "", subscription=browser.subscription)
    async with kept(WebPush(vapid, anywhere=True)) as web:
        assert await web.send(sent) == Sent(f"{browser.url}/message/1")
    assert browser.read == [{"id": str(sent.id), "title": sent.title, "body": sent.body, "data": DATA}]
    (head,) = browser.headers
    assert (head["urgency"], head["content-encoding"]) == ("high", "aes128gcm")
    assert 40 <= int(head["ttl"]) <= 45
    assert 0 < len(head["topic"]) <= 32


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        ((404, {}, None), Gone()),
        ((410, {}, None), Gone()),
        ((413, {}, None), Refused("too_large")),
        ((429, {"retry-after": "9"}, None), Later(9.0)),
        ((502, {}, None), Later(None)),
        ((403, {}, None), Refused("403")),
        ((307, {"location": "/push/one"}, None), Refused("307")),
        ((201, {}, "x" * 100_000), Later(None)),
    ],
)
async def test_what_a_browsers_service_refuses_is_gone_refused_or_for_later(
    browser: FakeBrowser, vapid: Vapid, refusal: Refusal, outcome: Outcome
) -> None:
    browser.refusals.append(refusal)
    async with kept(WebPush(vapid, anywhere=True)) as web:
        assert await web.send(push("web", subscription=browser.subscription)) == outcome
    assert browser.read == []


async def test_a_browser_names_no_address_of_ours(browser: FakeBrowser, vapid: Vapid) -> None:
    async with kept(WebPush(vapid, anywhere=False, services="*")) as web:
        for address in (browser.url, browser.url.replace("http:", "https:"), "https://localhost", "https://[::1]:1"):
            told = browser.subscription | {"endpoint": f"{address}/push/one"}
            assert await web.send(push("web", subscription=told)) == Refused("subscription_unusable")
    assert browser.read == []


def test_known_services_are_asked_and_no_others() -> None:
    assert [
        is_among(host, WEB_PUSH_SERVICES) for host in ("fcm.googleapis.com", "updates.push.services.mozilla.com")
    ] == [True] * 2
    for host in ("example.com", "fcm.googleapis.com.example.com", "evilpush.apple.com", "push.apple.com", ""):
        assert not is_among(host, WEB_PUSH_SERVICES), host
    assert [hosts(text) is None for text in (WEB_PUSH_SERVICES, "*", "push.example.com")] == [True] * 3
    assert [hosts(text) is None for text in ("", "*, a.b", "https://a.b", "*a.b")] == [False] * 4


@pytest.mark.parametrize(
    "told",
    [None, {}, {"endpoint": "https://example.com", "keys": {"p256dh": "AA", "auth": "AA"}}, {"keys": "no"}],
)
async def test_what_is_no_subscription_is_refused(vapid: Vapid, told: dict[str, object] | None) -> None:
    async with kept(WebPush(vapid, anywhere=True)) as web:
        assert await web.send(push("web", subscription=told)) == Refused("subscription_unusable")


def test_a_message_is_sealed_as_the_standard_shows_it() -> None:
    """RFC 8291, section 5 and appendix A."""
    content = b"When I grow up, I want to be a watermelon"
    auth, salt = from_base64url("BTBZMqHH6r4Tts7J_aSIgg"), from_base64url("DGv6ra1nlYgDCS1FRnbzlw")
    browsers_key = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    ours, theirs = (
        ec.derive_private_key(int.from_bytes(from_base64url(text), "big"), ec.SECP256R1())
        for text in ("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
    )
    sealed = seal(content, from_base64url(browsers_key), auth, salt=salt, key=ours)
    assert to_base64url(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert opened(sealed, theirs, auth) == content


# all of them


@pytest.mark.parametrize("platform", ["fcm", "apns", "expo", "web"])
async def test_what_nobody_wants_any_more_is_sent_nowhere(
    platform: str, firebase: FakeFcm, vapid: Vapid, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    account = ServiceAccount.of(firebase_account(tmp_path, firebase), "SAHNE_FCM_SERVICE_ACCOUNT")
    key = ApnsKey(private_key=KEY_PEM, key_id=KEY_ID, team_id=TEAM_ID)
    channels: dict[str, ClosableChannel] = {
        "fcm": Fcm(address, account),
        "apns": Apns(address, key, frozenset({APP})),
        "expo": Expo(address, None),
        "web": WebPush(vapid, anywhere=True),
    }
    browser = FakeBrowser(url=address)
    late = push(platform, expires_at=datetime.now(UTC), subscription=browser.subscription)
    async with kept(channels[platform]) as channel:
        assert await channel.send(late) == Refused("expired")
        nobody_there = push(platform, subscription=browser.subscription)
        assert await channel.send(nobody_there) == Later(None)
        long = push(platform, body="ş" * 4000, subscription=browser.subscription)
        assert await channel.send(long) == Refused("too_large")
    await close_channels(channels)


async def test_channels_are_those_the_settings_have_everything_for(firebase: FakeFcm, tmp_path: Path) -> None:
    assert open_channels(Settings()) == {}
    key = tmp_path / "AuthKey.p8"
    key.write_text(KEY_PEM)
    settings = Settings(
        fcm_service_account=firebase_account(tmp_path, firebase),
        apns_key=key,
        apns_key_id=KEY_ID,
        apns_team_id=TEAM_ID,
        apns_bundle_ids=APP,
        expo_push=True,
        vapid_private_key=new_keys()[0],
        vapid_subject=SUBJECT,
    )
    channels = open_channels(settings)
    assert list(channels) == ["fcm", "apns", "apns_voip", "expo", "web"]
    await close_channels(channels)
    with pytest.raises(SettingInvalid) as half:
        open_channels(replace(settings, apns_key_id=None))
    assert half.value.details == "SAHNE_APNS_KEY_ID: is missing beside SAHNE_APNS_KEY"
    key.write_text("no key")
    with pytest.raises(SettingInvalid):
        open_channels(settings)


def cli(*arguments: str) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_one_push_can_be_tried_by_hand(
    monkeypatch: pytest.MonkeyPatch, browser: FakeBrowser, firebase: FakeFcm, tmp_path: Path
) -> None:
    assert cli("test", "fcm", "a token")[1]["error"]["code"] == "no_channel"  # type: ignore[index]
    monkeypatch.setenv("SAHNE_FCM_SERVICE_ACCOUNT", str(firebase_account(tmp_path, firebase)))
    monkeypatch.setenv("SAHNE_FCM_URL", firebase.url)
    firebase.unregistered.add("taken off")
    assert cli("test", "fcm", "a token") == (
        0,
        {"outcome": "sent", "id": f"projects/{PROJECT}/messages/{len(firebase.taken)}"},
    )
    assert cli("test", "fcm", "taken off") == (1, {"outcome": "gone"})
    _, pair = cli("keys")
    monkeypatch.setenv("SAHNE_VAPID_PRIVATE_KEY", str(pair["vapid_private_key"]))
    monkeypatch.setenv("SAHNE_VAPID_SUBJECT", SUBJECT)
    browser.server_key = str(pair["vapid_public_key"])
    assert cli("test", "web", json.dumps(browser.subscription))[0] == 0
    assert browser.read[0]["title"] == "Sahne"
    assert cli("test", "web", "no subscription")[1]["error"]["code"] == "no_subscription"  # type: ignore[index]


def test_a_receipt_can_be_asked_for_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_expo() as fake:
        monkeypatch.setenv("SAHNE_EXPO_URL", fake.url)
        fake.receipts["one"] = {"status": "error", "details": {"error": "DeviceNotRegistered"}}
        assert cli("receipt", "one") == (0, {"outcome": "gone"})
        assert cli("receipt", "two") == (0, {"outcome": "not_known"})


def test_settings_of_pushes_look_as_the_services_give_them() -> None:
    assert [an_apple_id(text) is None for text in (KEY_ID, "abc123defg", "ABC")] == [True, False, False]
    assert [of_vapid(text) is None for text in (new_keys()[0], "A" * 43, "_" * 43, "no")] == [True, False, False, False]
    assert [a_contact(text) is None for text in (SUBJECT, "https://example.com", "ada@example.com")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4001:81b::200e", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
    ],
)
def test_an_address_is_everybodys_or_is_not_asked(address: str, is_public: bool) -> None:
    assert is_everybodys(address) is is_public
