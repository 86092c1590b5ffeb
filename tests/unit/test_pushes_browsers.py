"""Pushes to browsers: sealed for them alone, and what each refusal means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sahne.providers.push import Gone, Later, Outcome, Refused, Sent
from sahne.providers.push.sealed import seal
from sahne.providers.push.vapid import Vapid, from_base64url, new_keys, to_base64url
from sahne.providers.push.web import WebPush
from sahne.push_rules import WEB_PUSH_SERVICES, hosts, is_among
from tests.push_services import (
    FakeBrowser,
    Refusal,
    fake_browser,
    opened,
)
from tests.pushes import DATA, SUBJECT, kept, push

pytestmark = pytest.mark.anyio


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
