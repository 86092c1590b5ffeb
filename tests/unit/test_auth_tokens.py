"""Claims, refresh tokens, passwords and identifiers, without a database."""

from __future__ import annotations

import time
from dataclasses import replace
from uuid import UUID

import jwt
import pytest

from sahne.accounts.errors import EmailMalformed, PasswordsBusy, PasswordTooLong, PhoneMalformed, WeakPassword
from sahne.accounts.identifiers import clean_email, clean_phone
from sahne.accounts.password_rules import accept_password
from sahne.accounts.passwords import Passwords, hash_password, matches
from sahne.accounts.sessions import Login
from sahne.accounts.tokens import AuthSession, Issuer, access_claims, new_refresh_token
from sahne.accounts.user_body import user_body
from sahne.gateway.auth.shapes import session_body
from tests.accounts import ADA

SESSION = AuthSession(UUID("22222222-2222-4222-8222-222222222222"), "aal1", ({"method": "password", "timestamp": 1},))
ISSUER = Issuer(url="http://127.0.0.1:54321", secret="s" * 32, expiry_seconds=3600)


def test_the_claims_are_those_a_supabase_client_expects() -> None:
    assert access_claims(ADA, SESSION, ISSUER, 1000) == {
        "iss": "http://127.0.0.1:54321/auth/v1",
        "sub": str(ADA.id),
        "aud": "authenticated",
        "exp": 4600,
        "iat": 1000,
        "email": "ada@example.com",
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"name": "Ada"},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": 1}],
        "session_id": str(SESSION.id),
        "is_anonymous": False,
    }


def test_the_token_is_signed_with_the_secret_alone() -> None:
    token = ISSUER.token(ADA, SESSION, int(time.time()))
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    jwt.decode(token, ISSUER.secret, ["HS256"], audience="authenticated")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, "t" * 32, ["HS256"], audience="authenticated")


def test_a_session_body_agrees_with_its_token() -> None:
    body = session_body(Login(ADA, SESSION, "abcdefghijkl"), ISSUER, 1000)
    assert list(body) == ["access_token", "token_type", "expires_in", "expires_at", "refresh_token", "user"]
    assert (body["expires_in"], body["expires_at"]) == (3600, 4600)


def test_a_user_body_leaves_out_what_is_empty_but_never_the_address() -> None:
    body = user_body(replace(ADA, email=None, is_anonymous=True))
    assert body["email"] == body["phone"] == ""
    assert body["created_at"] == "2026-01-02T03:04:05.678000Z"
    for absent in ("new_email", "new_phone", "banned_until", "deleted_at", "invited_at", "encrypted_password"):
        assert absent not in body


def test_refresh_tokens_are_twelve_characters_and_differ() -> None:
    made = {new_refresh_token() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(token) for token in made} == {12}


def test_a_password_is_neither_short_nor_longer_than_bcrypt_reads() -> None:
    accept_password("x" * 72)
    with pytest.raises(PasswordTooLong):
        accept_password("x" * 73)
    with pytest.raises(PasswordTooLong):
        accept_password("ş" * 37)
    with pytest.raises(WeakPassword):
        accept_password("12345")


def test_a_hash_matches_its_own_password_alone() -> None:
    made = hash_password("x" * 72)
    assert made.startswith("$2b$10$")
    assert matches("x" * 72, made)
    assert not matches("x" * 71, made)
    assert not matches("x" * 73, made)
    assert not matches("anything", None)
    assert not matches("anything", "")
    assert not matches("anything", "$argon2id$v=19$m=16$c2FsdA$aGFzaA")


@pytest.mark.anyio
async def test_a_full_queue_of_passwords_refuses_at_once() -> None:
    passwords = Passwords(threads=1, waiting_max=0)
    try:
        with pytest.raises(PasswordsBusy):
            await passwords.matches("anything", None)
    finally:
        passwords.close()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("Ada@Example.COM", "ada@example.com"), ("a+b@x.co.uk", "a+b@x.co.uk"), ("root@localhost", "root@localhost")],
)
def test_an_address_is_kept_in_lower_case(given: str, kept: str) -> None:
    assert clean_email(given) == kept


@pytest.mark.parametrize("given", ["ada", "@x.com", "a@", "a@-x.com", "a@x..com", "a@x.com\n", "a b@x.com", "ı@x.com"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(EmailMalformed):
        clean_email(given)


def test_a_number_is_kept_in_digits() -> None:
    assert clean_phone("+90 555 111 22 33") == "905551112233"
    for given in ("0555", "12a", "1" * 16, ""):
        with pytest.raises(PhoneMalformed):
            clean_phone(given)
