"""Pushes over Expo's own words: what is sent, and what each refusal means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from sahne.providers.push import Gone, Later, Outcome, Refused, Sent
from sahne.providers.push.expo import Expo
from tests.push_services import (
    FakeExpo,
    Refusal,
    fake_expo,
)
from tests.pushes import DATA, kept, push

pytestmark = pytest.mark.anyio


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
