"""Keys that sign access tokens: their file, what is wrong with one, and what a token may not make of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from sahne.accounts.tokens import AuthSession, Issuer
from sahne.errors import InvalidToken, SettingInvalid
from sahne.gateway.bearer import ClaimsMissing, Verifier
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.signing_keys import ALGORITHMS, SigningKey, SigningKeys, new_key, public_keys, read_keys, write_keys
from tests.accounts import ADA
from tests.keys import own_keys

ES256, RS256 = (new_key(algorithm, signs=True) for algorithm in ALGORITHMS)
SETTINGS: Settings = read_settings(env_file=None, **own_keys())
VERIFIER = Verifier(SETTINGS, signing=SigningKeys((ES256, RS256)))
CLAIMS = {"role": "authenticated", "sub": str(ADA.id)}


def signed(key: Any, algorithm: str, kid: str | None, **claims: Any) -> str:
    said = CLAIMS | {"exp": int(time.time()) + 60} | claims
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode({name: value for name, value in said.items() if value is not None}, key, algorithm, headers)


def base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@pytest.mark.parametrize("key", [ES256, RS256], ids=lambda key: key.algorithm)
def test_what_a_key_signs_is_believed(key: SigningKey) -> None:
    issuer = Issuer(url="https://api.example.com", secret=SETTINGS.jwt_secret, expiry_seconds=60, key=key)
    token = issuer.token(ADA, AuthSession(ADA.id, "aal1", ()), int(time.time()))
    assert jwt.get_unverified_header(token) == {"alg": key.algorithm, "kid": key.id, "typ": "JWT"}
    assert VERIFIER.actor(token).user_id == ADA.id
    with pytest.raises(InvalidToken):
        Verifier(SETTINGS).actor(token)


def test_the_secret_goes_on_signing_what_it_signed() -> None:
    assert VERIFIER.actor(signed(SETTINGS.jwt_secret, "HS256", None)).user_id == ADA.id
    assert VERIFIER.actor(SETTINGS.anon_key).role == "anon"


def forged_with_the_public_key() -> str:
    """The confusion of RFC 8725, 2.1: everybody has the public key, and HMAC takes any bytes for a secret."""
    pem = ES256.public.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = base64url(json.dumps({"alg": "HS256", "typ": "JWT", "kid": ES256.id}).encode())
    body = base64url(json.dumps(CLAIMS | {"exp": int(time.time()) + 60}).encode())
    return b".".join((head, body, base64url(hmac.digest(pem, head + b"." + body, hashlib.sha256)))).decode()


STRANGER = new_key("ES256", signs=True)
ATTACKS: dict[str, Callable[[], str]] = {
    "signed by nobody": lambda: jwt.encode(CLAIMS | {"exp": 2**40}, "", "none", {"kid": ES256.id}),
    "signed with the public key as a secret": forged_with_the_public_key,
    "signed by a stranger under our key's name": lambda: signed(STRANGER.key, "ES256", ES256.id),
    "signed by a stranger under their own name": lambda: signed(STRANGER.key, "ES256", STRANGER.id),
    "another algorithm than the key's": lambda: signed(RS256.key, "RS256", ES256.id),
    "a longer hash than the key's": lambda: signed(RS256.key, "RS512", RS256.id),
    "without the name of a key": lambda: signed(ES256.key, "ES256", None),
    "with its own key beside it": lambda: jwt.encode(
        CLAIMS | {"exp": 2**40}, STRANGER.key, "ES256", {"kid": STRANGER.id, "jwk": STRANGER.public.jwk}
    ),
    "the secret's, under another algorithm": lambda: signed(SETTINGS.jwt_secret, "HS512", None),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_is_believed_by_its_keys_algorithm_alone(attack: str) -> None:
    with pytest.raises(InvalidToken):
        VERIFIER.actor(ATTACKS[attack]())


@pytest.mark.parametrize("missing", ["role", "exp"])
@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_a_role_and_an_end_are_in_every_token(missing: str, algorithm: str) -> None:
    key, kid = (SETTINGS.jwt_secret, None) if algorithm == "HS256" else (ES256.key, ES256.id)
    with pytest.raises(ClaimsMissing):
        VERIFIER.actor(signed(key, algorithm, kid, **{missing: None}))


def test_what_is_shown_is_nobodys_secret() -> None:
    for key in (ES256, RS256):
        assert set(key.public.jwk) <= {"kty", "kid", "alg", "use", "key_ops", "crv", "x", "y", "n", "e"}
        assert key.public.jwk["key_ops"] == ["verify"]
    assert [key.id for key in public_keys({"keys": [ES256.public.jwk, RS256.public.jwk]})] == [ES256.id, RS256.id]


def test_what_is_no_key_for_tokens_is_passed_over() -> None:
    odd = [None, 7, {}, {"kty": "oct", "k": "AAAA", "kid": "shared"}, ES256.public.jwk | {"use": "enc"},
           ES256.public.jwk | {"x": "AAAA"}, {name: value for name, value in ES256.public.jwk.items() if name != "kid"},
           ES256.public.jwk | {"crv": "P-521"}, ES256.public.jwk | {"alg": "HS256"}]  # fmt: skip
    assert [key.id for key in public_keys({"keys": [*odd, ES256.public.jwk]})] == [ES256.id]
    for no_set in (None, [], {}, {"keys": {}}, {"keys": None}):
        assert list(public_keys(no_set)) == []


def test_a_file_is_written_and_read_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    write_keys(file, (replace(ES256, signs=False), RS256))
    assert file.stat().st_mode & 0o777 == 0o600
    keys = SigningKeys.of(file)
    assert keys.signing is not None
    assert keys.signing.id == RS256.id
    assert list(keys.public) == [ES256.id, RS256.id]


SECRET = "d-that-nobody-may-read"
P521 = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP521R1()), as_dict=True) | {"kid": "large"}
WRONG = {
    "": "no JSON",
    "{": "no JSON",
    "[]": "a list of 1 to 10 keys",
    "7": "a list of 1 to 10 keys",
    json.dumps([ES256.public.jwk]): "key 1 is not private",
    json.dumps([{"kty": "EC", "d": SECRET}]): "key 1 is no JWK with a kid",
    json.dumps([{"kty": "oct", "kid": "shared", "k": SECRET, "d": SECRET}]): "key 1 is none for ES256 or RS256",
    json.dumps([{"kty": "EC", "crv": "P-256", "kid": "odd", "x": "AA", "y": "AA", "d": SECRET}]): "key 1 is none for",
    json.dumps([P521]): "key 1 is none for ES256 or RS256",
    json.dumps([ES256.jwk, ES256.jwk]): "the same kid",
    json.dumps([ES256.jwk | {"key_ops": ["verify"]}]): "none of its keys signs",
}


@pytest.mark.parametrize("content", WRONG, ids=list(WRONG.values()))
def test_what_is_wrong_with_a_file_is_said_without_a_secret(content: str, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(content)
    with pytest.raises(SettingInvalid) as refused:
        SigningKeys.of(file)
    assert WRONG[content] in refused.value.message
    assert refused.value.hint
    assert SECRET not in str(refused.value.message)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="No such file"):
        SigningKeys.of(tmp_path / "none.json")


def test_of_several_that_may_sign_the_first_does(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [RS256.jwk, ES256.jwk]}))
    assert [key.id for key in read_keys(file)] == [RS256.id, ES256.id]
    signing = SigningKeys.of(file).signing
    assert signing is not None
    assert signing.id == RS256.id
