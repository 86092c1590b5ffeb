"""What an issuer says of itself is looked at before it is believed; one that is slow, endless or elsewhere is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sahne.providers.sign_in.errors import KeyUnknown, ProviderUnreachable
from sahne.providers.sign_in.openid import Client, OpenId
from sahne.providers.sign_in.provider import Errand, ShownToken
from sahne.sign_in_providers import of_openid_providers, of_provider_urls, openid_providers_in
from tests.openid import CLIENT_ID, RSA_KEYS, SECRET, FakeProvider, Lies, provider, signed

ERRAND = Errand(
    state="s" * 43, nonce="n" * 56, verifier="v" * 56, callback_url="https://api.example.com/auth/v1/callback"
)


@pytest.fixture(scope="module")
def served() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture
def fake(served: FakeProvider) -> FakeProvider:
    served.lies = Lies()
    served.asked.clear()
    return served


def asker(issuer: str, **options: Any) -> OpenId:
    return OpenId(Client(name="corp", issuer=issuer, client_ids=(CLIENT_ID,), secret=lambda: SECRET, **options))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://accounts.example.org"},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://user@example.org/"},
        {"token_endpoint": "http://169.254.169.254/latest"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "https://example.org/\r\nx: y"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"jwks_uri": ["https://example.org"]},
        {"jwks_uri": "https://example.org/" + "a" * 3_000},
    ],
    ids=str,
)
async def test_a_configuration_of_another_or_that_leads_elsewhere_is_none(
    fake: FakeProvider, lie: dict[str, Any]
) -> None:
    fake.lies.configuration = lie
    with pytest.raises(ProviderUnreachable):
        await asker(fake.url).address(ERRAND, "", {})


@pytest.mark.anyio
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"]
)
async def test_an_issuer_does_not_send_us_into_the_house(fake: FakeProvider, host: str) -> None:
    port = fake.url.rpartition(":")[2]
    fake.lies.configuration = {"jwks_uri": f"https://{host}:{port}/keys"}
    with pytest.raises(ProviderUnreachable) as refused:
        await asker(fake.url).believe(ShownToken(id_token=fake.id_token()))
    assert "internet" in str(refused.value.details) or "ConnectionRefused" in str(refused.value.details)
    assert fake.asked == ["configuration"]


@pytest.mark.anyio
async def test_no_redirect_is_followed(fake: FakeProvider) -> None:
    fake.lies.keys_are_moved = True
    with pytest.raises(ProviderUnreachable):
        await asker(fake.url).believe(ShownToken(id_token=fake.id_token()))
    assert fake.asked.count("keys") == 1


@pytest.mark.anyio
async def test_an_answer_without_end_is_not_read_to_its_end(fake: FakeProvider) -> None:
    fake.lies.padding_bytes = 300_000
    with pytest.raises(ProviderUnreachable):
        await asker(fake.url).believe(ShownToken(id_token=fake.id_token()))


@pytest.mark.anyio
async def test_who_does_not_answer_is_left_alone_for_a_moment(fake: FakeProvider) -> None:
    fake.lies.is_silent = True
    issuer = asker(fake.url, seconds_max=0.2)
    for _ in range(3):
        with pytest.raises(ProviderUnreachable):
            await issuer.address(ERRAND, "", {})
    assert fake.asked == ["configuration"]


@pytest.mark.anyio
async def test_what_it_says_is_kept(fake: FakeProvider) -> None:
    issuer = asker(fake.url)
    for _ in range(3):
        await issuer.believe(ShownToken(id_token=fake.id_token()))
        await issuer.address(ERRAND, "", {})
    assert fake.asked == ["configuration", "keys"]


@pytest.mark.anyio
async def test_a_key_without_a_name_is_the_one_there_is(fake: FakeProvider) -> None:
    issuer, claims = asker(fake.url), fake.claims()
    assert (await issuer.believe(ShownToken(id_token=signed(claims, None, RSA_KEYS[0])))).person.subject
    fake.published = {"one": RSA_KEYS[0], "two": RSA_KEYS[1]}
    with pytest.raises(KeyUnknown):
        await asker(fake.url).believe(ShownToken(id_token=signed(claims, None, RSA_KEYS[0])))
    fake.published = {"one": RSA_KEYS[0]}


@pytest.mark.parametrize(
    "text",
    [
        "corp",
        "corp=https://login.example.com",
        "corp=https://login.example.com,ID",
        "corp=https://login.example.com,ID,",
        "corp=http://login.example.com,ID,SECRET",
        "corp=https://login.example.com?a=b,ID,SECRET",
        "Corp=https://login.example.com,ID,SECRET",
        "corp=https://a.example.com,ID,SECRET; corp=https://b.example.com,ID,SECRET",
        "corp=https://a.example.com,ID,SECRET; other=https://a.example.com,ID,SECRET",
    ],
)
def test_an_issuer_that_cannot_be_is_refused_and_its_secret_not_told(text: str) -> None:
    assert "SECRET" not in (of_openid_providers(text) or "SECRET").replace("CLIENT_ID,SECRET", "")


def test_issuers_have_names_of_our_own() -> None:
    one, two = openid_providers_in(
        "corp=https://login.example.com/t/,WEB,SECRET,APP; two=http://localhost:1,ID,SECRET;"
    )
    assert (one.name, one.client_ids, one.secret) == ("custom:corp", ("WEB", "APP"), "SECRET")
    assert "SECRET" not in repr(one)
    assert two.url == "http://localhost:1"
    assert of_provider_urls("github=https://github.example.com; google=http://127.0.0.1:1") is None
    for wrong in ("gitlab=https://example.com", "github", "github=x", "github=https://a.io;github=https://b.io"):
        assert of_provider_urls(wrong)
