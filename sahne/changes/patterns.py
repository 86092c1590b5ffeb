"""Subscribers' patterns: SQL's LIKE, tried on the event loop, and bounded, and with them what one value may cost."""

from __future__ import annotations

import re
from collections.abc import Callable

# The product of both bounds what one comparison may cost the event loop: some milliseconds, a tenth of a second for
# the worst pattern over the longest value. A longer value does not match.
PATTERN_CHARACTERS_MAX = 200
LIKE_VALUE_CHARACTERS_MAX = 64 * 1024


def like(pattern: str, *, ignore_case: bool) -> Callable[[str], bool]:
    """LIKE with `%`, `_` and `\\`; each stretch between two `%` is searched once, so no value makes it slow."""
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    stretches = _stretches(pattern)
    first, *rest = [re.compile("".join(places), flags) for places in stretches]
    last_length = len(stretches[-1])

    def matches(value: str) -> bool:
        if len(value) > LIKE_VALUE_CHARACTERS_MAX:
            return False
        if not rest:
            return first.fullmatch(value) is not None
        match = first.match(value)
        for stretch in rest[:-1]:
            if match is None:
                return False
            match = stretch.search(value, match.end())
        if match is None:
            return False
        tail = len(value) - last_length
        return tail >= match.end() and rest[-1].fullmatch(value, tail) is not None

    return matches


def _stretches(pattern: str) -> list[list[str]]:
    """What stands between the `%`: one regular expression for each character's place."""
    stretches: list[list[str]] = [[]]
    letters = iter(pattern)
    for letter in letters:
        if letter == "%":
            stretches.append([])
        elif letter == "_":
            stretches[-1].append(".")
        else:
            stretches[-1].append(re.escape(next(letters, letter) if letter == "\\" else letter))
    return stretches
