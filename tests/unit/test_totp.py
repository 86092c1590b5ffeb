"""One-time codes by the clock are those of RFC 6238, good a half minute early or late, and sealed at rest."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahne.accounts.factor_errors import FactorUnreadable
from sahne.accounts.factor_secrets import FactorSecrets
from sahne.accounts.recovery_codes import hash_of, new_codes
from sahne.accounts.totp import STEP_SECONDS, address_of, code_at, new_secret, picture_of, step_of

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
MOMENTS = st.integers(10 * STEP_SECONDS, 2**34)
SECRETS = st.binary(min_size=20, max_size=20).map(lambda raw: base64.b32encode(raw).decode())


@pytest.mark.parametrize(
    ("moment", "digits"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
        (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_the_codes_are_those_of_the_standard(moment: int, digits: str) -> None:
    assert code_at(RFC_SECRET, moment // STEP_SECONDS) == digits


@given(SECRETS, MOMENTS, st.integers(-4, 4))
def test_a_code_is_good_a_half_minute_early_or_late_and_no_more(secret: str, moment: int, off: int) -> None:
    here = moment // STEP_SECONDS
    around = {code_at(secret, at) for at in (here - 1, here, here + 1)}
    found = step_of(secret, code_at(secret, here + off), moment)
    assert (found is not None) == (code_at(secret, here + off) in around)
    assert found is None or abs(found - here) <= 1


@given(SECRETS, MOMENTS, st.text(max_size=12))
def test_whatever_is_typed_in_is_a_code_or_is_not(secret: str, moment: int, typed: str) -> None:
    found = step_of(secret, typed, moment)
    assert found is None or code_at(secret, found) == typed


@given(st.text(max_size=60), st.text(max_size=60))
def test_an_app_reads_the_address_whatever_the_names_are(issuer: str, account: str) -> None:
    try:
        issuer.encode(), account.encode()
    except UnicodeEncodeError:
        return  # no JSON holds such a text
    address = urlsplit(address_of(RFC_SECRET, issuer=issuer, account=account))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path.count(":") == 1
    assert parse_qs(address.query)["secret"] == [RFC_SECRET]


def test_the_picture_may_stand_in_a_data_url_as_it_is() -> None:
    picture = picture_of(address_of(new_secret(), issuer="Sahne", account="ada@example.com"))
    assert picture.startswith("<svg")
    assert 'xmlns="http://www.w3.org/2000/svg"' in picture
    assert "#" not in picture


@given(SECRETS, st.uuids(), st.uuids(), st.text(min_size=1), st.text(min_size=1))
def test_a_sealed_secret_opens_in_its_own_row_with_its_own_key_alone(
    secret: str, factor: UUID, other: UUID, key: str, another: str
) -> None:
    try:
        ours, theirs = FactorSecrets(key), FactorSecrets(another)
    except UnicodeEncodeError:
        return
    sealed = ours.seal(secret, factor)
    assert secret not in sealed
    assert ours.unseal(sealed, factor) == secret
    for opener, row, is_same in ((ours, other, other == factor), (theirs, factor, another == key)):
        if not is_same:
            with pytest.raises(FactorUnreadable):
                opener.unseal(sealed, row)


@pytest.mark.parametrize("kept", [None, "", "JBSWY3DPEHPK3PXP", "sahne1.", "sahne1.!!", "sahne1.AAAA"])
def test_what_was_never_sealed_does_not_open(kept: str | None) -> None:
    with pytest.raises(FactorUnreadable):
        FactorSecrets("secret").unseal(kept, UUID(int=1))


def test_recovery_codes_are_ten_and_typed_in_as_one_likes() -> None:
    codes = new_codes()
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == 16 for code in codes)
    assert hash_of(f" {codes[0].upper().replace('-', ' ')} ") == hash_of(codes[0])
