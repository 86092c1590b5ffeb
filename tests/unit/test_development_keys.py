"""Whom a server with the development keys answers: names of this machine, and no foreign page that speaks as it."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import jwt
import pytest

from sahne.accounts.tokens import AuthSession, Issuer
from sahne.errors import InvalidToken
from sahne.gateway.bearer import Verifier
from sahne.gateway.development_keys import (
    DevelopmentKeys,
    HostElsewhere,
    ServiceKeyOnPage,
    TokenNotFromHere,
    is_own,
)
from sahne.settings import Settings
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET
from sahne.settings.reading import read_settings
from tests.accounts import ADA

OWN_KEYS = {
    "jwt_secret": "a-secret-of-ones-own-with-more-than-32-characters",
    "anon_key": "a",
    "service_role_key": "b",
    "publishable_key": "sb_publishable_own",
    "secret_key": "sb_secret_own",
}
PAGE = b"https://page.example"
MARK_SECRET = "what this server alone knows"


def settings_of(**given: Any) -> Settings:
    return read_settings(env_file=None, **given)


def signed(role: str, **claims: Any) -> str:
    return jwt.encode({"role": role, "exp": int(time.time()) + 86_400, **claims}, DEVELOPMENT_JWT_SECRET)


def given_out(mark_secret: str = MARK_SECRET) -> str:
    """A token as this server gives one to Ada."""
    issuer = Issuer(
        url="http://127.0.0.1:54321", secret=DEVELOPMENT_JWT_SECRET, expiry_seconds=86_400, mark_secret=mark_secret
    )
    return issuer.token(ADA, AuthSession(UUID(int=1), "aal1", ()), int(time.time()))


def with_mark_of(token: str) -> str:
    """What somebody makes of a token that they were given: another's name under the same mark."""
    claims = jwt.decode(token, options={"verify_signature": False})
    header = {"mark": jwt.get_unverified_header(token)["mark"]}
    return jwt.encode(claims | {"sub": str(UUID(int=0xB0))}, DEVELOPMENT_JWT_SECRET, headers=header)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:54321", "LocalHost:5173", "localhost.", "localhost.:54321", "localhost:", "app.localhost:3000",
        "a.b.LOCALHOST.", "my_app.localhost", "127.0.0.1", "127.0.0.1:54321", "127.255.3.4:1", "[::1]", "[::1]:54321",
        "[0:0:0:0:0:0:0:1]:54321", "[::ffff:127.0.0.1]", " localhost\t",
    ],
)  # fmt: skip
def test_a_name_of_this_machine_is_answered(host: str) -> None:
    DevelopmentKeys(settings_of()).refuse_elsewhere(host.encode())


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "evil.example:54321", "localhost.evil.example", "127.0.0.1.evil.example", "evillocalhost",
        ".localhost.evil", "192.168.1.20:54321", "10.0.0.1", "0.0.0.0:54321", "[::]:54321", "[::2]", "::1", "[::1%lo]",
        "[::ffff:10.0.0.1]", "169.254.169.254", "127.0.0.1@evil.example", "evil.example@localhost", "localhost@evil",
        "localhost, evil.example", "localhost evil.example", "http://localhost", "localhost/", "localhost#", "localhost:80:80",
        "localhost:80a", "[::1", "::1]", "localhost\x00", "lócalhost", "host.docker.internal:54321", "localhost..", "2130706433",
        "sahne.local", "abc.trycloudflare.com", "a" * 400 + ".localhost", "localhost\n", "127.0.0.1\r\n",
    ],
)  # fmt: skip
def test_another_name_is_not(host: str) -> None:
    with pytest.raises(HostElsewhere) as refused:
        DevelopmentKeys(settings_of()).refuse_elsewhere(host.encode())
    assert "SAHNE_SECRET_KEY" in (refused.value.hint or "")
    assert "http://127.0.0.1:54321" in (refused.value.hint or "")


def test_nor_is_a_request_that_says_no_name() -> None:
    with pytest.raises(HostElsewhere):
        DevelopmentKeys(settings_of()).refuse_elsewhere(None)


def test_with_keys_of_ones_own_any_name_will_do() -> None:
    own = DevelopmentKeys(settings_of(**OWN_KEYS))
    own.refuse_elsewhere(b"api.example.com")
    own.refuse_elsewhere(None)
    assert not own.is_foreign(PAGE)
    own.refuse_tokens(PAGE, [(b"apikey", b"sb_secret_own")], b"")


@pytest.mark.parametrize("name", OWN_KEYS)
def test_one_public_key_among_ones_own_is_enough_to_refuse(name: str) -> None:
    mixed = settings_of(**{other: value for other, value in OWN_KEYS.items() if other != name})
    with pytest.raises(HostElsewhere):
        DevelopmentKeys(mixed).refuse_elsewhere(b"api.example.com")


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "https://localhost", "HTTP://127.0.0.1:5173", "http://[::1]:8080", "http://app.localhost"]
)  # fmt: skip
def test_a_page_of_this_machine_may_use_any_key(origin: str) -> None:
    assert is_own(origin.encode())
    DevelopmentKeys(settings_of()).refuse_tokens(origin.encode(), service_in("apikey"), b"")


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", "https://page.example", "http://localhost.page.example", "http://page.example#localhost", "file://",
        "chrome-extension://localhost", "capacitor://localhost", "http://localhost@page.example", "http://192.168.1.20:3000",
        "http://localhost http://page.example", "localhost", "//localhost", "http://0.0.0.0:3000",
    ],
)  # fmt: skip
def test_a_foreign_page_may_not_use_the_servers_key(origin: str) -> None:
    keys = DevelopmentKeys(settings_of())
    assert keys.is_foreign(origin.encode())
    with pytest.raises(ServiceKeyOnPage):
        keys.refuse_tokens(origin.encode(), service_in("apikey"), b"")
    keys.refuse_tokens(origin.encode(), [(b"apikey", settings_of().publishable_key.encode())], b"")


def test_the_page_of_the_site_is_ones_own() -> None:
    site = DevelopmentKeys(settings_of(site_url="http://sahne.test:54321/"))
    site.refuse_tokens(b"http://sahne.test:54321", service_in("apikey"), b"")
    with pytest.raises(ServiceKeyOnPage):
        site.refuse_tokens(b"http://sahne.test:3000", service_in("apikey"), b"")


def service_in(header: str) -> list[tuple[bytes, bytes]]:
    return [(header.encode(), settings_of().secret_key.encode())]


SERVICE_KEYS = [settings_of().secret_key, settings_of().service_role_key, signed("service_role", sub="7")]


@pytest.mark.parametrize("key", SERVICE_KEYS)
@pytest.mark.parametrize("place", ["apikey", "x-api-key", "authorization", "query", "query twice", "query encoded"])
def test_wherever_a_page_sends_it(key: str, place: str) -> None:
    headers, query = carried(key, place)
    keys = DevelopmentKeys(settings_of())
    with pytest.raises(ServiceKeyOnPage):
        keys.refuse_tokens(PAGE, headers, query)
    keys.refuse_tokens(None, headers, query)  # a program says no origin


@pytest.mark.parametrize("key", [settings_of().anon_key, settings_of().publishable_key, given_out(), "nonsense", ""])
@pytest.mark.parametrize("place", ["apikey", "authorization", "query"])
def test_what_is_an_apps_a_foreign_page_may_send(key: str, place: str) -> None:
    headers, query = carried(key, place)
    DevelopmentKeys(settings_of(), MARK_SECRET).refuse_tokens(PAGE, headers, query)


@pytest.mark.parametrize(
    "token",
    [
        signed("authenticated", sub="7"),
        signed("anon"),
        given_out(mark_secret="of another server"),
        with_mark_of(given_out()),
    ],
    ids=["nobody's", "without a user", "another server's", "changed"],
)
@pytest.mark.parametrize("place", ["apikey", "authorization", "query encoded"])
def test_what_anybody_can_sign_it_may_not(token: str, place: str) -> None:
    headers, query = carried(token, place)
    keys = DevelopmentKeys(settings_of(), MARK_SECRET)
    with pytest.raises(TokenNotFromHere):
        keys.refuse_tokens(PAGE, headers, query)
    with pytest.raises(TokenNotFromHere):
        DevelopmentKeys(settings_of()).refuse_tokens(PAGE, headers, query)
    for origin in (None, b"http://localhost:3000"):
        keys.refuse_tokens(origin, headers, query)


def test_a_marked_token_is_good_for_whoever_checks_signatures() -> None:
    claims = jwt.decode(given_out(), DEVELOPMENT_JWT_SECRET, ["HS256"], audience="authenticated")
    assert claims["sub"] == str(ADA.id)
    assert Verifier(settings_of()).actor(given_out()).user_id == ADA.id


def carried(key: str, place: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    match place:
        case "authorization":
            return [(b"authorization", f"bearer  {key}".encode())], b""
        case "query":
            return [], f"select=id&apikey={key}".encode()
        case "query twice":
            return [], f"apikey=nonsense&apikey={key}".encode()
        case "query encoded":
            return [], b"%61pikey=" + "".join(f"%{ord(letter):02x}" for letter in key).encode()
        case _:
            return [(place.encode(), key.encode())], b""


@pytest.mark.parametrize("sent", ["sb_secret_a+b", "sb_secret_a%2Bb"])
def test_a_key_is_found_as_it_was_sent_and_as_it_is_read(sent: str) -> None:
    keys = DevelopmentKeys(settings_of(secret_key="sb_secret_a+b"))
    with pytest.raises(ServiceKeyOnPage):
        keys.refuse_tokens(PAGE, [], f"apikey={sent}".encode())


@pytest.mark.parametrize("key", [settings_of().secret_key, settings_of().publishable_key])
def test_a_public_key_opens_nothing_beside_a_secret_of_ones_own(key: str) -> None:
    forgotten = Verifier(settings_of(jwt_secret=OWN_KEYS["jwt_secret"]))
    with pytest.raises(InvalidToken):
        forgotten.actor(key)
    assert Verifier(settings_of(**OWN_KEYS)).actor("sb_secret_own").role == "service_role"
    assert Verifier(settings_of()).actor(key).role in ("anon", "service_role")
