"""Subscribers' patterns: SQL's LIKE, tried on the event loop, and how large PostgreSQL makes a regular expression.

Both are bounded, and with them what one value may cost.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# The product of both bounds what one comparison may cost the event loop: some milliseconds, a tenth of a second for
# the worst pattern over the longest value. A longer value does not match.
PATTERN_CHARACTERS_MAX = 200
LIKE_VALUE_CHARACTERS_MAX = 64 * 1024
REPEATS_MAX = 64  # PostgreSQL copies what `{…}` repeats, and takes a time to the power of two or three of the copies

# How a pattern says that it is in POSIX's basic syntax, where braces and parentheses have a backslash
_BASIC = re.compile(r"(?:\*\*\*:)?\(\?[a-z]*b")
_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|\[[:.=].*?[:.=]\]|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)


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


def repeats_of(pattern: str) -> int:
    """How many copies the `{…}` of a regular expression make: `(x{3}y){10}` makes 40."""
    if _BASIC.match(pattern):
        pattern = re.sub(r"\\([(){}])", r"\1", pattern)
    groups = [0]
    last = 0  # the copies inside what a `{…}` that follows would repeat
    for part in _PARTS.finditer(pattern):
        token, least, most = part[0], part[1], part[2]
        if token == "(":
            groups.append(0)
            last = 0
        elif token == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        elif least is not None:
            copies = max(int(most or least), 1) * (last + 1)
            groups[-1] += copies - last
            last = copies
        elif token not in ("*", "+", "?"):
            last = 0
    return sum(groups)
