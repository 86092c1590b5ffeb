"""Pushes over Apple's own words and HTTP/2: what is sent, and what each refusal means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sahne.providers.push import Gone, Later, Outcome, Refused, Sent
from sahne.providers.push.apns import Apns, ApnsKey
from tests.apns_server import APP, KEY_ID, KEY_PEM, TEAM_ID, ApnsTwin
from tests.pushes import DATA, PHONE, kept, push
from tests.smtp_server import certificate

pytestmark = pytest.mark.anyio


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
