"""What settings say of signing in, read: the characters of a password, and which numbers are written to."""

from __future__ import annotations

import re
import string
from base64 import b64decode
from dataclasses import dataclass

LETTERS = string.ascii_lowercase + string.ascii_uppercase
SYMBOLS = "!@#$%^&*()_+-=[]{};'\\:\"|<>?,./`~"
# The names that Supabase's own settings have for them
NAMED_SETS: dict[str, tuple[str, ...]] = {
    "": (),
    "letters_digits": (LETTERS, string.digits),
    "lower_upper_letters_digits": (string.ascii_lowercase, string.ascii_uppercase, string.digits),
    "lower_upper_letters_digits_symbols": (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS),
}
SETS_MAX = 8


def character_sets_in(text: str) -> tuple[str, ...]:
    """Sets of which a password has one each: by a name, or as GoTrue writes them (`abc:123`, `\\:` is a colon)."""
    if text in NAMED_SETS:
        return NAMED_SETS[text]
    return tuple(each.replace("\\:", ":") for each in re.split(r"(?<!\\):", text) if each)


def character_sets(text: str) -> str | None:
    """A setting's rule: what is wrong with the text, or None."""
    sets = character_sets_in(text)
    if text and (not sets or len(sets) > SETS_MAX):
        return f"must be {', '.join(filter(None, NAMED_SETS))}, or up to {SETS_MAX} sets of characters joined by colons"
    return None


_CALLING = re.compile(r"-?[1-9][0-9]{0,6}")
_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}")
_FIXED_CODE = re.compile(r"\+?([1-9][0-9]{1,14})=([0-9]{6,10})")


@dataclass(frozen=True, slots=True)
class Countries:
    """Which numbers are written to, by how they begin: the longest beginning decides, and one of `but_not` refuses.

    Where none is allowed by name, all are that are not refused.
    """

    served: frozenset[str]
    but_not: frozenset[str]

    def serve(self, number: str) -> bool:
        """Whether a number (digits alone) is written to."""
        for length in range(len(number), 0, -1):
            if number[:length] in self.but_not:
                return False
            if number[:length] in self.served:
                return True
        return not self.served


def countries_in(text: str) -> Countries:
    """`90, 1, -1876`: Turkey and North America, but not Jamaica."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    refused = frozenset(name[1:] for name in names if name.startswith("-"))
    return Countries(frozenset(name for name in names if not name.startswith("-")), refused)


def countries(text: str) -> str | None:
    """A setting's rule."""
    if all(_CALLING.fullmatch(name.strip()) for name in text.split(",") if name.strip()):
        return None
    return "must be calling codes joined by commas, such as 90, 49, 1, -1876 (a minus refuses)"


def a_number(text: str) -> str | None:
    """A setting's rule: a number in E.164."""
    return None if _NUMBER.fullmatch(text) else "must be a number like +15550001111"


def fixed_codes_in(text: str) -> dict[str, str]:
    """`+905550000000=123456, …`: codes by number (digits alone)."""
    found = (_FIXED_CODE.fullmatch(pair.strip()) for pair in text.split(",") if pair.strip())
    return {pair[1]: pair[2] for pair in found if pair}


def fixed_codes(text: str) -> str | None:
    """A setting's rule."""
    if all(_FIXED_CODE.fullmatch(pair.strip()) for pair in text.split(",") if pair.strip()):
        return None
    return "must be numbers and their codes of 6 to 10 digits joined by commas: +905550000000=123456"


def a_signing_secret(secret: str) -> str | None:
    """A setting's rule: a secret as Standard Webhooks writes it."""
    try:
        is_secret = len(b64decode(secret.removeprefix("whsec_"), validate=True)) >= 16
    except ValueError:
        is_secret = False
    return None if is_secret else "must be whsec_ and 16 bytes or more as base64"
