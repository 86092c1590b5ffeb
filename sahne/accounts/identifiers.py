"""What names a person: an e-mail address or a phone number, brought into the one form that is stored; or their id."""

from __future__ import annotations

import re
from uuid import UUID

from sahne.accounts.errors import EmailMalformed, EmailMissing, EmailTooLong, PhoneMalformed

EMAIL_CHARACTERS_MAX = 255
# What a browser's <input type="email"> accepts: whether an address exists only a letter can tell.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
_PHONE = re.compile(r"[1-9][0-9]{1,14}")


def clean_email(email: str) -> str:
    """The address in lower case.

    Letters beyond ASCII are refused before: some become ASCII in lower case (the sign for kelvin is a `k` then), and
    whoever has the one address would have the other's account.

    Raises:
        EmailMissing, EmailTooLong, EmailMalformed
    """
    if not email:
        raise EmailMissing()
    if len(email) > EMAIL_CHARACTERS_MAX:
        raise EmailTooLong()
    lowered = email.lower()
    if not email.isascii() or not _EMAIL.fullmatch(lowered):
        raise EmailMalformed(details=email, hint="An address looks like ada@example.com.")
    return lowered


def clean_phone(phone: str) -> str:
    """The number in E.164 without its plus sign or spaces.

    Raises:
        PhoneMalformed
    """
    digits = phone.replace(" ", "").removeprefix("+")
    if not _PHONE.fullmatch(digits):
        raise PhoneMalformed()
    return digits


def exact_uuid(text: str) -> UUID:
    """The id, as RFC 9562 writes one and in no other way: Python's own reading passes over braces, prefixes and more.

    Raises:
        ValueError
    """
    id = UUID(text)
    if str(id) != text.lower():
        raise ValueError(text)
    return id
