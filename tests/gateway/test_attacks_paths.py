"""A path, a name and an identity are judged as they were sent, byte for byte, or refused: never a cleaned copy of them."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from sahne.settings import Settings
from tests.buckets import Caller, make_buckets, refusal
from tests.conftest import Running
from tests.world import World, bearer, token


@pytest.fixture(scope="module")
def settings_of_buckets(server: Running, database_url: str) -> Settings:
    make_buckets(database_url)
    return server.settings


@pytest.fixture
def ada(settings_of_buckets: Settings, world: World) -> Caller:
    return Caller(settings_of_buckets, httpx.Client(), world.person())


@pytest.mark.parametrize("tail", ["%0A", "%0Ax", "%0D%0A", "%00", "%E2%80%A8"])
def test_a_name_with_a_line_end_is_no_object_s_name_and_touches_none(ada: Caller, tail: str) -> None:
    place = f"w-private/{ada.id}/victim.txt"
    assert ada.upload(place, b"hers").status_code == 200
    attacks = [
        ada.call("DELETE", f"/object/{place}{tail}"),
        ada.get(f"/object/{place}{tail}"),
        ada.get(f"/object/authenticated/{place}{tail}"),
        ada.get(f"/object/info/{place}{tail}"),
        ada.upload(f"{place}{tail}", b"another", x_upsert="true"),
        ada.call("PUT", f"/object/{place}{tail}", content=b"another"),
        ada.call("POST", f"/object/sign/{place}{tail}", json={"expiresIn": 60}),
        ada.call("POST", f"/object/upload/sign/{place}{tail}"),
    ]
    assert [(answer.status_code, refusal(answer)[3]) for answer in attacks] == [(400, "InvalidKey")] * len(attacks)
    assert ada.get(f"/object/{place}").content == b"hers"
    assert ada.call("DELETE", f"/object/{place}").status_code == 200


def test_bytes_that_are_no_text_name_nothing(ada: Caller) -> None:
    place = f"w-private/{ada.id}/v\ufffd.txt"
    assert ada.upload(place, b"hers").status_code == 200
    for spelling in ("%FF", "%FE", "%C3", "%ED%A0%80"):
        answer = ada.call("DELETE", f"/object/w-private/{ada.id}/v{spelling}.txt")
        assert (answer.status_code, answer.json()["message"]) == (400, "The path is not UTF-8.")
    assert ada.get(f"/object/{place}").content == b"hers"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/functions/v1/studio/quota%0A"),
        ("POST", "/functions/v1/live/sessions%0A"),
        ("GET", "/functions/v1/coins/wallet%0A"),
        ("GET", "/auth/v1/user%0A"),
        ("GET", "/auth/v1/health%0A"),
        ("GET", "/storage/v1/bucket%0A"),
        ("GET", "/storage/v1/status%0A"),
        ("POST", "/webhooks/livekit%0A"),
        ("GET", "/health%0A"),
        ("GET", "/ready%0A"),
        ("GET", "/metrics%0A"),
        ("GET", "/openapi.json%0A"),
        ("GET", "/rest/v1/gifts%0A"),
    ],
)
def test_a_route_is_not_its_neighbour_with_a_line_end(server: Running, world: World, method: str, path: str) -> None:
    headers = bearer(world.person())
    assert httpx.request(method, server.url + path, headers=headers).status_code == 404
    assert httpx.request(method, server.url + path.removesuffix("%0A"), headers=headers).status_code != 404


@pytest.mark.parametrize("name", ["authorization", "apikey", "idempotency-key", "content-type"])
def test_who_calls_is_said_once(server: Running, world: World, name: str, bo: UUID) -> None:
    ada = world.person()
    first, second = (f"Bearer {token(who)}" if name == "authorization" else token(who) for who in (ada, bo))
    answer = httpx.get(f"{server.url}/functions/v1/studio/quota", headers=[(name, first), (name.title(), second)])
    assert (answer.status_code, answer.json()["details"]) == (400, name)
    many = [("prefer", "count=exact"), ("prefer", "return=minimal"), *bearer(ada).items()]
    assert httpx.get(f"{server.url}/rest/v1/gifts", headers=many).status_code == 200


def test_an_id_is_read_in_one_way(server: Running, world: World) -> None:
    user, headers = str(world.person()), {"authorization": f"Bearer {server.settings.service_role_key}"}
    at = f"{server.url}/auth/v1/admin/users"
    assert httpx.get(f"{at}/{user}", headers=headers).status_code == 200
    assert httpx.get(f"{at}/{user.upper()}", headers=headers).status_code == 200
    for spelling in (f"urn:uuid:{user}", "{" + user + "}", user.replace("-", ""), f"{user}%0A", f"%20{user}"):
        assert httpx.get(f"{at}/{spelling}", headers=headers).status_code == 404, spelling
        assert httpx.delete(f"{at}/{spelling}", headers=headers).status_code == 404, spelling
    made = httpx.post(at, headers=headers, json={"id": "{" + str(uuid4()) + "}", "email": f"{uuid4()}@example.com"})
    assert made.status_code == 400


def test_a_value_with_a_line_end_never_becomes_a_header(ada: Caller) -> None:
    place = f"w-private/{ada.id}/lines.txt"
    form = {
        "cacheControl": (None, "3600\n"),
        "contentType": (None, "text/plain\n"),
        "": ("lines.txt", b"x", "text/plain"),
    }
    assert refusal(ada.call("POST", f"/object/{place}", files=form))[3] == "InvalidMimeType"
    form.pop("contentType")
    assert ada.call("POST", f"/object/{place}", files=form).status_code == 200
    assert ada.get(f"/object/{place}").headers["cache-control"] == "no-cache"
    assert ada.call("POST", f"/object/{place}", files=form | {"metadata": (None, b'{"a": "\xff"}')}).status_code == 400


def test_a_limit_of_a_bucket_in_other_digits_is_refused(ada: Caller) -> None:
    service = Caller(ada.settings, ada.http, key=ada.settings.service_role_key)
    for limit in ("²", "٣mb", "20mb\n", "1_0"):
        made = service.call("POST", "/bucket", json={"name": f"b-{uuid4().hex[:8]}", "file_size_limit": limit})
        assert refusal(made)[3] == "InvalidRequest", limit
    assert refusal(service.get("/bucket", params={"limit": "٣"}))[3] == "InvalidParameter"
