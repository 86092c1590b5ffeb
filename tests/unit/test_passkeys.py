"""What passkeys are bound to by settings, and that whatever an authenticator writes is a key, a signature, or refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahne.accounts.passkey_errors import CredentialRefused
from sahne.accounts.relying_party import NewKey, RelyingParty
from sahne.errors import SettingInvalid
from sahne.gateway.fitting_settings import refuse_unfit
from sahne.passkey_settings import PasskeySite
from sahne.settings.reading import read_settings
from tests.accounts import ADA
from tests.authenticator import ATTESTED, ES256, PRESENT, RS256, VERIFIED, Authenticator, bytes_of, cbor, text_of
from tests.keys import own_keys

ORIGIN, RP_ID = "https://app.example.com", "app.example.com"
PARTY = RelyingParty(PasskeySite(RP_ID, (ORIGIN,)), 300)
CHALLENGE = PARTY.new_challenge()
CREATION = PARTY.creation_options(ADA, CHALLENGE, [])
REQUEST = PARTY.request_options(CHALLENGE)
EXTENSIONS = 128
KEYS = {algorithm: Authenticator(ORIGIN, RP_ID, algorithm) for algorithm in (ES256, RS256)}
for each in KEYS.values():
    each.create(CREATION)
PUBLIC = {algorithm: cbor(key.public_key()) for algorithm, key in KEYS.items()}


@pytest.mark.parametrize(
    ("settings", "site"),
    [
        ({}, None),
        ({"passkeys": True}, ("localhost", ["http://localhost:54321"])),
        ({"app_url": "http://localhost:3000"}, ("localhost", ["http://localhost:3000", "http://localhost:54321"])),
        ({"app_url": "https://App.example.com/start/"}, ("app.example.com", ["https://app.example.com"])),
        ({"app_url": "https://app.example.com:443"}, ("app.example.com", ["https://app.example.com"])),
        ({"app_url": "https://app.example.com:8443"}, ("app.example.com", ["https://app.example.com:8443", "https://app.example.com"])),
        ({"app_url": "https://app.example.com", "passkeys": False}, None),
        ({"app_url": "http://app.example.com"}, ("localhost", ["http://localhost:54321"])),
        ({"app_url": "https://192.0.2.7", "site_url": "https://192.0.2.7"}, None),
        ({"site_url": "https://example.com"}, ("example.com", ["https://example.com"])),
        (
            {"app_url": "https://app.example.com", "site_url": "https://api.example.com"},
            ("app.example.com", ["https://app.example.com"]),
        ),
        (
            {"app_url": "https://app.example.com", "site_url": "https://api.example.com", "passkey_rp_id": "example.com"},
            ("example.com", ["https://app.example.com", "https://api.example.com", "https://example.com"]),
        ),
        (
            {"app_url": "https://app.example.com", "passkey_origins": "https://shop.example.org, https://app.example.com"},
            ("app.example.com", ["https://app.example.com", "https://shop.example.org"]),
        ),
    ],
)  # fmt: skip
def test_passkeys_are_bound_to_the_app_s_host_or_the_domain_above_it(settings: dict, site: Any) -> None:
    found = read_settings(env_file=None, **settings).passkey_site
    assert (found and (found.id, list(found.origins))) == site


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"passkeys": True, "site_url": "https://192.0.2.7"}, "SAHNE_PASSKEYS: needs SAHNE_APP_URL"),
        ({"app_url": "https://app.example.com", "passkey_rp_id": "ample.com"}, "SAHNE_PASSKEY_RP_ID: must be the host"),
        ({"app_url": "https://app.example.com", "passkey_rp_id": "other.com"}, "SAHNE_PASSKEY_RP_ID: must be the host"),
        ({"passkey_rp_id": "192.0.2.7"}, "must be a domain"),
        ({"passkey_rp_id": "com"}, "must be a domain"),
        ({"passkey_origins": "https://app.example.com/"}, "must be origins"),
        ({"passkey_origins": "http://app.example.com"}, "must be origins"),
        ({"passkey_origins": "android:apk-key-hash:short"}, "must be origins"),
    ],
)
def test_what_no_browser_would_take_stops_the_server_by_name(settings: dict, told: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        refuse_unfit(read_settings(env_file=None, **own_keys() | settings))
    assert told in str(refused.value.details)


@pytest.mark.parametrize("algorithm", KEYS)
def test_extensions_behind_a_key_and_a_signature_are_read(algorithm: int) -> None:
    key = Authenticator(ORIGIN, RP_ID, algorithm)
    credential = key.create(CREATION)
    data = key.data(ATTESTED | EXTENSIONS) + key.aaguid + (32).to_bytes(2, "big") + key.credential_id
    data += cbor(key.public_key()) + cbor({"credProtect": 2})
    credential["response"]["attestationObject"] = text_of(cbor({"fmt": "none", "attStmt": {}, "authData": data}))
    assert PARTY.registered(credential, CHALLENGE).public_key == cbor(key.public_key())


# Anything may be written over anything: of an answer, of what is signed, of the key
FIELDS = ("attestationObject", "clientDataJSON", "authenticatorData", "signature", "userHandle")
SPOILT = st.tuples(st.sampled_from(FIELDS), st.integers(0, 400), st.binary(min_size=1, max_size=8))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from((*FIELDS, "id", "rawId", "response", "type")), inner),
    max_leaves=8,
)  # fmt: skip


def spoil(credential: dict, field: str, at: int, over: bytes) -> bool:
    """Whether it is another one now."""
    response = credential["response"]
    if field not in response:
        return False
    before = bytes_of(response[field])
    at %= len(before)
    after = before[:at] + over + before[at + len(over) :]
    response[field] = text_of(after)
    return after != before


@given(st.sampled_from(list(KEYS)), SPOILT)
def test_an_answer_that_was_touched_anywhere_opens_nothing(algorithm: int, spoilt: tuple[str, int, bytes]) -> None:
    credential = KEYS[algorithm].get(REQUEST)
    if not spoil(credential, *spoilt):
        assert PARTY.asserted(credential, CHALLENGE, PUBLIC[algorithm], 0).sign_count > 0
    elif spoilt[0] == "userHandle":
        try:
            assert PARTY.claimed(credential).user_id != ADA.id
        except CredentialRefused:
            return
    else:
        with pytest.raises(CredentialRefused):
            PARTY.asserted(credential, CHALLENGE, PUBLIC[algorithm], 0)


@given(st.sampled_from(["none", "packed"]), SPOILT)
def test_a_key_that_was_touched_anywhere_is_another_key_or_none(format: str, spoilt: tuple[str, int, bytes]) -> None:
    credential = KEYS[ES256].create(CREATION, format=format)
    changed = spoil(credential, *spoilt)
    try:
        key = PARTY.registered(credential, CHALLENGE)
    except CredentialRefused:
        assert changed
        return
    assert isinstance(key, NewKey)
    assert not changed or format == "none"


@given(JSON)
def test_what_is_no_answer_is_refused_whatever_it_is(value: Any) -> None:
    for credential in ({"response": value}, value if isinstance(value, dict) else {}):
        with pytest.raises(CredentialRefused):
            PARTY.registered(credential, CHALLENGE)
        with pytest.raises(CredentialRefused):
            PARTY.claimed(credential)
        with pytest.raises(CredentialRefused):
            PARTY.asserted(credential, CHALLENGE, PUBLIC[ES256], 0)


def test_a_key_without_end_is_not_kept() -> None:
    key = Authenticator(ORIGIN, RP_ID, RS256)
    long = {1: 3, 3: RS256, -1: b"\xff" * 2048, -2: b"\x01\x00\x01"}
    data = key.data(ATTESTED) + key.aaguid + (32).to_bytes(2, "big") + key.credential_id + cbor(long)
    credential = key.create(CREATION)
    credential["response"]["attestationObject"] = text_of(cbor({"fmt": "none", "attStmt": {}, "authData": data}))
    with pytest.raises(CredentialRefused):
        PARTY.registered(credential, CHALLENGE)


def test_an_answer_says_whose_key_it_is() -> None:
    key = Authenticator(ORIGIN, RP_ID, flags=PRESENT | VERIFIED, user_handle=str(uuid4()).encode())
    claim = PARTY.claimed(key.get(REQUEST))
    assert claim.credential_id == key.credential_id
    assert claim.user_id == UUID((key.user_handle or b"").decode())
