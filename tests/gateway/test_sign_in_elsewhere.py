"""Signing in with another provider, honest and lying, over a real socket: there, back, and into the app."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest

from sahne.settings import Settings
from tests.accounts import NEW, code
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.letters import a_challenge, exchange, fragment, methods
from tests.openid import (
    APP_ID,
    CLIENT_ID,
    EC_KEY,
    RSA_KEYS,
    FakeProvider,
    Lies,
    at_hash,
    back_from,
    in_base64,
    provider,
    public_pem,
    signed,
    someone,
    unsigned,
)
from tests.sign_in_elsewhere import APP, CORP, OTHER, Way, by_token, errors, user_of, with_providers


@pytest.fixture(scope="module")
def corp() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture(scope="module")
def other() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture(autouse=True)
def _are_honest(corp: FakeProvider, other: FakeProvider) -> None:
    for each in (corp, other):
        each.lies = Lies()
        each.person = someone()


@pytest.fixture(scope="module")
def elsewhere(
    settings: Settings, corp: FakeProvider, other: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A server whose people come from `corp`, or from `other`."""
    key = tmp_path_factory.mktemp("apple") / "AuthKey.p8"
    asked = with_providers(replace(settings, port=free_port()), corp, other, key)
    with running_server(asked) as running:
        yield running


@pytest.fixture(scope="module")
def door(elsewhere: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{elsewhere.url}/auth/v1", headers=NEW, timeout=30) as client:
        yield client


@pytest.fixture
def way(door: httpx.Client, corp: FakeProvider) -> Way:
    return Way(door, corp)


def test_a_browser_goes_there_and_comes_back_with_a_session(way: Way, door: httpx.Client, corp: FakeProvider) -> None:
    corp.person = someone(picture="https://example.com/ada.png")
    found = way.whole(scopes="calendar", prompt="login", client_id="a thief's")
    assert found["provider_token"].startswith("access-")
    assert found["provider_refresh_token"] == "again"
    user = user_of(door, found)
    assert (user["email"], user["app_metadata"]) == (corp.person["email"], {"provider": CORP, "providers": [CORP]})
    assert user["user_metadata"]["full_name"] == corp.person["name"]
    assert user["user_metadata"]["avatar_url"] == "https://example.com/ada.png"
    assert [each["provider"] for each in user["identities"]] == [CORP]
    assert user["email_confirmed_at"]
    assert methods(found["access_token"]) == ["oauth"]
    again = way.whole()
    assert user_of(door, again)["id"] == user["id"]


def test_the_provider_is_told_who_asks_and_where_to_send_people_back(way: Way, elsewhere: Running) -> None:
    query = parse_qs(urlsplit(way.away(scopes="calendar", prompt="login", client_id="x", redirect_uri="x")).query)
    assert query["client_id"] == [CLIENT_ID]
    assert query["redirect_uri"] == [f"{elsewhere.url}/auth/v1/callback"]
    assert query["scope"] == ["openid email profile calendar"]
    assert (query["response_type"], query["prompt"]) == (["code"], ["login"])
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["nonce"][0]) == 56


def test_with_pkce_the_app_gets_a_code_and_the_providers_tokens_once(way: Way, door: httpx.Client) -> None:
    verifier, asked = a_challenge()
    location = way.back(way.away(**asked)).headers["location"]
    assert location.startswith(f"{APP}?code=oauth_")
    auth_code = parse_qs(urlsplit(location).query)["code"][0]
    session = exchange(door, auth_code, verifier).json()
    assert session["provider_token"].startswith("access-")
    assert session["user"]["email"] == way.provider.person["email"]
    assert code(exchange(door, auth_code, verifier)) == (404, "flow_state_not_found")
    refreshed = door.post("/token?grant_type=refresh_token", json={"refresh_token": session["refresh_token"]}).json()
    assert "provider_token" not in refreshed


def test_a_code_without_its_verifier_opens_nothing(way: Way, door: httpx.Client) -> None:
    _, asked = a_challenge()
    auth_code = parse_qs(urlsplit(way.back(way.away(**asked)).headers["location"]).query)["code"][0]
    assert code(exchange(door, auth_code, a_challenge()[0])) == (400, "bad_code_verifier")


def test_the_providers_tokens_lie_nowhere(way: Way, settings: Settings) -> None:
    _, asked = a_challenge()
    way.back(way.away(**asked))
    token = next(reversed(way.provider.tokens))
    with psycopg.connect(settings.admin_database_url) as conn:
        for table in ("private.oauth_codes", "private.oauth_flows", "auth.flow_state", "auth.identities", "auth.users"):
            rows = conn.execute(f"select t::text, encode(convert_to(t::text, 'utf8'), 'hex') from {table} t").fetchall()
            assert not any(token in text or token.encode().hex() in text for row in rows for text in row)


@pytest.mark.parametrize(
    ("name", "identifier"),
    [("google", {}), ("apple", {}), ("github", {"id": 7}), ("facebook", {"id": "8"}), ("discord", {"id": "9"})],
)
def test_the_known_providers_are_spoken_with_in_their_own_way(
    door: httpx.Client, other: FakeProvider, name: str, identifier: dict[str, Any]
) -> None:
    other.person = someone(**identifier)
    other.lies.configuration = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    user = user_of(door, Way(door, other, name).whole())
    assert user["app_metadata"]["provider"] == name
    assert user["email"] == ("" if name == "facebook" else other.person["email"]), "Facebook checks no addresses"
    assert user["identities"][0]["identity_data"]["email"] == other.person["email"]
    assert user_of(door, Way(door, other, name).whole())["id"] == user["id"]


def test_apple_comes_back_by_post_and_tells_the_name_once(door: httpx.Client, other: FakeProvider) -> None:
    other.person = someone(name=None, email_verified="true")
    way = Way(door, other, "apple")
    address = way.away()
    assert "response_mode=form_post" in address
    url, form = back_from(address, other.url)
    name = '{"name": {"firstName": "Ada", "lastName": "Lovelace"}, "email": "thief@example.com"}'
    user = user_of(door, fragment(door.post(url, data=form | {"user": name})))
    assert (user["email"], user["user_metadata"]["full_name"]) == (other.person["email"], "Ada Lovelace")


def test_an_app_brings_an_id_token(door: httpx.Client, corp: FakeProvider) -> None:
    nonce = hashlib.sha256(b"raw").hexdigest()
    session = by_token(door, corp.id_token(aud=APP_ID, nonce=nonce), nonce="raw").json()
    assert session["user"]["email"] == corp.person["email"]
    assert methods(session["access_token"]) == ["oauth"]
    assert by_token(door, corp.id_token()).json()["user"]["id"] == session["user"]["id"]
    both = corp.id_token(aud=[APP_ID, "another"], azp=APP_ID)
    assert by_token(door, both).status_code == 200


NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://accounts.example.org"},
        {"iss": ["x"]},
        {"aud": "another app"},
        {"aud": []},
        {"aud": [CLIENT_ID, "another app"]},
        {"azp": "another app"},
        {"exp": NOW - 3600},
        {"exp": str(NOW + 3600)},
        {"exp": None},
        {"exp": True},
        {"iat": NOW + 3600},
        {"iat": None},
        {"nbf": NOW + 3600},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "a\nb"},
        {"nonce": "asked for by nobody"},
    ],
    ids=" ".join,
)
def test_foreign_id_tokens_are_believed_for_our_issuer_and_audience_and_now_alone(
    door: httpx.Client, corp: FakeProvider, claims: dict[str, Any]
) -> None:
    corp.lies.claims = claims
    assert code(by_token(door, corp.id_token())) == (400, "validation_failed")


def test_an_id_token_is_signed_with_the_issuers_key_and_the_keys_algorithm(
    door: httpx.Client, corp: FakeProvider
) -> None:
    claims = corp.claims()
    by_shared_secret = unsigned({"alg": "HS256", "kid": "one", "typ": "JWT"}, claims)
    digest = hmac.digest(public_pem(RSA_KEYS[0]), by_shared_secret.encode(), "sha256")
    lies = {
        "none": unsigned({"alg": "none", "kid": "one"}, claims) + ".",
        "public key as a secret": f"{by_shared_secret}.{in_base64(digest)}",
        "another key": signed(claims, "one", RSA_KEYS[1]),
        "another kind of key": signed(claims, "one", EC_KEY),
        "an unknown key": signed(claims, "two", RSA_KEYS[1]),
        "a key it brings along": jwt.encode(
            claims, RSA_KEYS[1], "RS256", {"kid": "one", "jku": f"{corp.url}/other-keys", "jwk": {"kty": "RSA"}}
        ),
        "no signature": unsigned({"alg": "RS256", "kid": "one"}, claims) + ".",
        "no token": "a.b.c",
        "too long": "a" * 20_000,
    }
    for lie, id_token in lies.items():
        assert code(by_token(door, id_token)) == (400, "validation_failed"), lie


def test_the_nonce_is_the_apps_own_and_good_once(door: httpx.Client, corp: FakeProvider) -> None:
    id_token = corp.id_token(nonce=hashlib.sha256(b"raw").hexdigest())
    assert code(by_token(door, id_token)) == (400, "validation_failed")
    assert code(by_token(door, id_token, nonce="another")) == (400, "validation_failed")
    assert code(by_token(door, corp.id_token(), nonce="raw")) == (400, "validation_failed")
    assert code(by_token(door, corp.id_token(nonce="raw"), nonce="raw")) == (400, "validation_failed"), "unhashed"
    assert by_token(door, id_token, nonce="raw").status_code == 200
    again = by_token(door, id_token, nonce="raw")
    assert "used before" in again.json()["message"]


def test_facebooks_app_brings_an_id_token_whose_address_is_only_said(door: httpx.Client, other: FakeProvider) -> None:
    """Limited Login: the person is who the browser's way shows as well, and Facebook has checked no address."""
    other.person = someone(sub=str(uuid4().int)[:17])
    del other.person["email_verified"]
    hashed = hashlib.sha256(b"raw").hexdigest()
    before = len([each for each in other.asked if each == "configuration"])
    user = by_token(door, other.id_token(nonce=hashed), "facebook", nonce="raw").json()["user"]
    assert len([each for each in other.asked if each == "configuration"]) == before
    assert (user["email"], user["app_metadata"]["providers"]) == ("", ["facebook"])
    again = by_token(door, other.id_token(nonce=hashlib.sha256(b"2").hexdigest()), "facebook", nonce="2")
    assert again.json()["user"]["id"] == user["id"]
    for claims in ({"iss": "https://www.facebook.com.evil.example"}, {"aud": "another app"}, {"exp": 1}):
        lying = other.id_token(nonce=hashed, **claims)
        assert code(by_token(door, lying, "facebook", nonce="raw")) == (400, "validation_failed"), claims
    assert code(by_token(door, other.id_token(nonce=hashed), "facebook")) == (400, "validation_failed"), "no nonce"
    assert code(by_token(door, signed(other.claims(), "one", RSA_KEYS[1]), "facebook")) == (400, "validation_failed")
    assert code(by_token(door, other.id_token(), "github")) == (400, "validation_failed"), "it gives none"


def test_the_access_token_is_the_one_that_came_along(door: httpx.Client, corp: FakeProvider) -> None:
    id_token = corp.id_token(at_hash=at_hash("mine"))
    assert code(by_token(door, id_token, access_token="another")) == (400, "validation_failed")
    assert by_token(door, id_token, access_token="mine").status_code == 200


def test_what_is_asked_for_wrongly_is_said(door: httpx.Client, corp: FakeProvider) -> None:
    assert code(by_token(door, "", CORP)) == (400, "validation_failed")
    assert code(by_token(door, corp.id_token(), "")) == (400, "validation_failed")
    assert code(by_token(door, corp.id_token(), "custom:nobody")) == (400, "validation_failed")
    assert code(by_token(door, corp.id_token(), "github")) == (400, "validation_failed")
    assert code(door.get("/authorize?provider=azure")) == (400, "validation_failed")
    assert code(door.get("/authorize", params={"provider": CORP, "code_challenge": "x"})) == (400, "validation_failed")


def test_a_state_is_good_once_for_what_it_was_begun(way: Way, door: httpx.Client, elsewhere: Running) -> None:
    url, _ = back_from(way.away(), way.provider.url)
    assert door.head(url).status_code == 200
    assert "access_token" in fragment(door.get(url))
    assert errors(door.get(url), elsewhere.url) == ("invalid_request", "bad_oauth_state")
    nobody = door.get("/callback", params={"code": "x", "state": "x" * 43})
    assert errors(nobody, elsewhere.url) == ("invalid_request", "bad_oauth_state")
    assert errors(door.get("/callback?code=x"), elsewhere.url) == ("invalid_request", "bad_oauth_callback")
    twice = door.get(f"{url}&state=another")
    assert errors(twice, elsewhere.url) == ("invalid_request", "bad_oauth_state")


def test_a_code_of_another_sign_in_is_not_taken(way: Way, door: httpx.Client) -> None:
    """Login CSRF: a thief's code under the victim's state, and the other way around."""
    mine_url, _ = back_from(way.away(), way.provider.url)
    thiefs_url, _ = back_from(way.away(), way.provider.url)
    state = parse_qs(urlsplit(mine_url).query)["state"][0]
    stolen = parse_qs(urlsplit(thiefs_url).query)["code"][0]
    answer = door.get("/callback", params={"code": stolen, "state": state})
    assert errors(answer) == ("invalid_request", "bad_oauth_callback")


def test_an_id_token_of_another_sign_in_is_not_taken(way: Way, door: httpx.Client, corp: FakeProvider) -> None:
    url, _ = back_from(way.away(), corp.url)
    corp.lies.claims = {"nonce": "of another one"}
    assert errors(door.get(url)) == ("invalid_request", "validation_failed")


def test_a_state_is_not_good_for_ever(way: Way, door: httpx.Client, settings: Settings, elsewhere: Running) -> None:
    url, _ = back_from(way.away(), way.provider.url)
    verifier, asked = a_challenge()
    auth_code = parse_qs(urlsplit(way.back(way.away(**asked)).headers["location"]).query)["code"][0]
    with psycopg.connect(settings.admin_database_url) as conn:
        conn.execute("update private.oauth_flows set created_at = created_at - interval '11 minutes'")
        conn.execute("update private.oauth_codes set created_at = created_at - interval '6 minutes'")
    assert errors(door.get(url), elsewhere.url) == ("invalid_request", "bad_oauth_state")
    assert code(exchange(door, auth_code, verifier)) == (422, "flow_state_expired")


def test_two_providers_are_not_mixed_up(way: Way, door: httpx.Client, corp: FakeProvider, other: FakeProvider) -> None:
    """RFC 9207: who answers is who was asked; and a token of one is not the other's."""
    url, _ = back_from(way.away(), corp.url)
    assert errors(door.get(f"{url}&iss={other.url}")) == ("invalid_request", "bad_oauth_callback")
    assert code(by_token(door, other.id_token(), CORP)) == (400, "validation_failed")
    corp.lies.claims = {"iss": other.url}
    assert errors(way.back(way.away())) == ("invalid_request", "validation_failed")
    assert len({user_of(door, Way(door, each, name).whole())["id"] for each, name in honest_pair(corp, other)}) == 2


def honest_pair(corp: FakeProvider, other: FakeProvider) -> list[tuple[FakeProvider, str]]:
    """Two providers that give the same subject to two people."""
    for each in (corp, other):
        each.lies = Lies()
        each.person = someone(sub="the same")
    return [(corp, CORP), (other, OTHER)]


def test_who_says_no_at_the_provider_is_led_back_to_the_app(way: Way, door: httpx.Client) -> None:
    state = parse_qs(urlsplit(way.away()).query)["state"][0]
    told = {"error": "access_denied", "error_description": "<b>call this number</b>", "state": state}
    answer = door.get("/callback", params=told)
    assert errors(answer) == ("access_denied", "access_denied")
    assert "number" not in answer.headers["location"]


def test_a_provider_that_takes_its_time_keeps_nobody_from_the_database(
    way: Way, door: httpx.Client, corp: FakeProvider
) -> None:
    office = {"x-real-ip": "203.0.113.9"}
    urls = [back_from(way.away(), corp.url)[0] for _ in range(4)]
    corp.lies.holds = Event()
    corp.forms.clear()
    with ThreadPoolExecutor(4) as pool:
        under_way = [pool.submit(httpx.get, url, headers=office, timeout=30) for url in urls]
        eventually(lambda: len(corp.forms) == 4)
        assert door.post("/signup", json={}, headers=office).status_code == 200
        assert not any(each.done() for each in under_way)
        corp.lies.holds.set()
    assert all("access_token" in fragment(each.result()) for each in under_way)


def test_nobody_is_led_where_the_app_is_not(door: httpx.Client, corp: FakeProvider, elsewhere: Running) -> None:
    way = Way(door, corp)
    for thief in ("https://thief.example.org/", "//thief.example.org", "http://localhost:3000@thief.example.org/"):
        answer = way.back(way.away(redirect_to=thief))
        assert answer.headers["location"].startswith(f"{elsewhere.url}#access_token=")


def test_new_keys_are_looked_for_and_strangers_cannot_make_us_ask_often(door: httpx.Client, corp: FakeProvider) -> None:
    assert by_token(door, corp.id_token()).status_code == 200
    corp.key, corp.published = ("two", EC_KEY), {"one": RSA_KEYS[0], "two": EC_KEY}
    assert by_token(door, corp.id_token()).status_code == 200
    assert by_token(door, signed(corp.claims(), "one", RSA_KEYS[0]))
    corp.published = {"two": EC_KEY}
    corp.asked.clear()
    for number in range(20):
        by_token(door, signed({}, f"unknown {number}", RSA_KEYS[1]))
    assert corp.asked.count("keys") <= 5
    corp.key, corp.published = ("one", RSA_KEYS[0]), {"one": RSA_KEYS[0]}


def test_an_issuer_is_asked_for_the_address_that_its_tokens_leave_out(
    way: Way, door: httpx.Client, corp: FakeProvider
) -> None:
    corp.lies.claims = {"email": None, "email_verified": None}
    assert user_of(door, way.whole())["email"] == corp.person["email"]
    corp.lies.person = someone()
    assert errors(way.back(way.away())) == ("invalid_request", "validation_failed"), "it speaks of somebody else"
