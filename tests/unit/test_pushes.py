"""Pushes whoever carries them: what nobody wants any more, which channels there are, and one tried by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sahne.cli.push import app
from sahne.errors import SettingInvalid
from sahne.providers.google_account import ServiceAccount
from sahne.providers.push import ClosableChannel, Later, Refused
from sahne.providers.push.apns import Apns, ApnsKey
from sahne.providers.push.expo import Expo
from sahne.providers.push.fcm import Fcm
from sahne.providers.push.opened import close_channels, open_channels
from sahne.providers.push.vapid import Vapid, new_keys
from sahne.providers.push.web import WebPush
from sahne.push_rules import a_contact, an_apple_id, of_vapid
from sahne.settings import Settings
from tests.apns_server import APP, KEY_ID, KEY_PEM, TEAM_ID
from tests.conftest import free_port
from tests.push_services import (
    PROJECT,
    FakeBrowser,
    FakeFcm,
    fake_browser,
    fake_expo,
    fake_fcm,
    firebase_account,
)
from tests.pushes import SUBJECT, kept, push

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def firebase() -> Iterator[FakeFcm]:
    with fake_fcm() as fake:
        yield fake


@pytest.fixture(scope="module")
def vapid() -> Vapid:
    return Vapid(new_keys()[0], SUBJECT)


@pytest.fixture
def browser(vapid: Vapid) -> Iterator[FakeBrowser]:
    with fake_browser(vapid.public_key) as fake:
        yield fake


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
