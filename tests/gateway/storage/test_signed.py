"""Signed URLs: who may make one, what it opens, and all the things it does not."""

from __future__ import annotations

import time

import httpx
import jwt
import psycopg
import pytest

from sahne.gateway.own_secret import own_secret
from tests.buckets import Caller, refusal


@pytest.fixture
def named(ada: Caller) -> str:
    name = f"w-private/{ada.id}/signed ü.txt"
    assert ada.upload(name, b"signed").status_code == 200
    return name


def base(person: Caller) -> str:
    return f"{person.settings.api_url}/storage/v1"


def sign(person: Caller, name: str, seconds: object = 60) -> str:
    answer = person.call("POST", f"/object/sign/{name}", json={"expiresIn": seconds})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["signedURL"])


def forged(person: Caller, **claims: object) -> str:
    whole = {"iat": int(time.time()), "exp": int(time.time()) + 60} | claims
    return jwt.encode(whole, own_secret(person.settings), algorithm="HS256")


def test_whoever_holds_a_signed_url_may_read_that_object_and_no_other(
    ada: Caller, named: str, http: httpx.Client
) -> None:
    url = sign(ada, named, "60")
    got = http.get(base(ada) + url)
    assert (got.content, "expires" in got.headers) == (b"signed", True)
    assert http.get(base(ada) + url, headers={"range": "bytes=0-2"}).content == b"sig"
    ada.upload(f"w-private/{ada.id}/other.txt")
    token = url.partition("token=")[2]
    other = http.get(f"{base(ada)}/object/sign/w-private/{ada.id}/other.txt", params={"token": token})
    assert refusal(other)[3] == "InvalidSignature"


def test_an_expired_a_foreign_and_a_missing_token_open_nothing(ada: Caller, named: str, http: httpx.Client) -> None:
    url = f"{base(ada)}/object/sign/{named}"
    expired = forged(ada, url=named, scope="download", exp=int(time.time()) - 1)
    assert http.get(url, params={"token": expired}).json()["message"] == '"exp" claim timestamp check failed'
    foreign = jwt.encode({"url": named, "scope": "download", "exp": time.time() + 60}, "x" * 40, algorithm="HS256")
    assert refusal(http.get(url, params={"token": foreign}))[3] == "InvalidJWT"
    public = jwt.encode({"url": named, "scope": "download", "exp": time.time() + 60}, ada.settings.jwt_secret)
    assert refusal(http.get(url, params={"token": public}))[3] == "InvalidJWT", "anybody can sign with that one"
    endless = jwt.encode({"url": named, "scope": "download"}, own_secret(ada.settings), algorithm="HS256")
    assert refusal(http.get(url, params={"token": endless}))[3] == "InvalidJWT"
    assert http.get(url).status_code == 400


def test_scopes_are_not_interchangeable(ada: Caller, named: str, http: httpx.Client) -> None:
    upload = ada.call("POST", f"/object/upload/sign/w-private/{ada.id}/new.txt").json()["token"]
    download = sign(ada, named).partition("token=")[2]
    no = "InvalidJWT"
    assert refusal(http.get(f"{base(ada)}/object/sign/w-private/{ada.id}/new.txt", params={"token": upload}))[3] == no
    put = f"{base(ada)}/object/upload/sign/{named}"
    assert refusal(http.put(put, params={"token": download}, content=b"x"))[3] == no
    assert refusal(http.put(put, params={"token": ada.token}, content=b"x"))[3] == no
    # and as a bearer a signed URL's token is none
    as_bearer = http.get(f"{base(ada)}/object/{named}", headers={"authorization": f"Bearer {download}"})
    assert refusal(as_bearer)[3] == "AccessDenied"


def test_many_paths_are_signed_at_once_and_the_unseen_say_so(
    ada: Caller, bo: Caller, named: str, http: httpx.Client
) -> None:
    path = named.removeprefix("w-private/")
    answer = ada.call("POST", "/object/sign/w-private", json={"expiresIn": "60", "paths": [path, "none"]}).json()
    assert http.get(base(ada) + answer[0]["signedURL"]).content == b"signed"
    assert answer[1] == {
        "error": "Either the object does not exist or you do not have access to it",
        "path": "none",
        "signedURL": None,
    }
    assert (
        bo.call("POST", "/object/sign/w-private", json={"expiresIn": 60, "paths": [path]}).json()[0]["signedURL"]
        is None
    )
    too_many = {"expiresIn": 60, "paths": ["x"] * 1001}
    assert refusal(ada.call("POST", "/object/sign/w-private", json=too_many))[1] == "400"
    assert refusal(ada.call("POST", f"/object/sign/{named}", json={"expiresIn": 0}))[1] == "400"


def test_a_signed_upload_is_its_makers_and_once_unless_upsert(
    ada: Caller, bo: Caller, http: httpx.Client, database_url: str
) -> None:
    name = f"w-private/{ada.id}/given.png"
    assert refusal(bo.call("POST", f"/object/upload/sign/{name}"))[3] == "AccessDenied"
    signed = ada.call("POST", f"/object/upload/sign/{name}").json()
    put = http.put(base(ada) + signed["url"], files={"": ("x", b"given", "image/png")}, data={"cacheControl": "5"})
    assert put.json()["Key"] == name, put.text
    assert ada.get(f"/object/{name}").content == b"given"
    with psycopg.connect(database_url) as conn:
        row = conn.execute(
            "select owner, owner_id from storage.objects where name = %s", (f"{ada.id}/given.png",)
        ).fetchone()
    assert row == (ada.id, str(ada.id))
    assert refusal(http.put(base(ada) + signed["url"], content=b"again"))[3] == "KeyAlreadyExists"
    over = ada.call("POST", f"/object/upload/sign/{name}", headers={"x-upsert": "true"}).json()
    assert http.put(base(ada) + over["url"], content=b"again").status_code == 200
    assert ada.get(f"/object/{name}").content == b"again"


def test_a_signed_upload_url_does_not_say_who_made_it(ada: Caller) -> None:
    token = ada.call("POST", f"/object/upload/sign/w-private/{ada.id}/quiet.txt").json()["token"]
    claims = jwt.decode(token, own_secret(ada.settings), algorithms=["HS256"])
    assert claims["scope"] == "upload"
    assert str(ada.id) not in claims["owner"]
