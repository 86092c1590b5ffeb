"""What settings say of signing in, read: the characters that a password must have."""

from __future__ import annotations

import re
import string

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
