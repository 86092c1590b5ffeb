"""How large PostgreSQL makes a regular expression: it writes out what `{…}` repeats and takes its time."""

from __future__ import annotations

import re

WRITTEN_OUT_MAX = 300  # takes up to a twentieth of a second; twice as many take two, four times as many take sixteen

# How a pattern says that it is in POSIX's basic syntax, where braces and parentheses have a backslash
_BASIC = re.compile(r"(?:\*\*\*:)?\(\?[a-z]*b")
_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|\[[:.=].*?[:.=]\]|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)


def written_out(pattern: str) -> int:
    """How many parts a regular expression has when its `{…}` are written out: `(x{3}y){10}` has 50.

    A letter is one, and so are a set, a pair of parentheses and each other sign.
    """
    if _BASIC.match(pattern):
        pattern = re.sub(r"\\([(){}])", r"\1", pattern)
    groups = [0]
    last = 0  # the parts of what a `{…}` that follows would repeat
    for part in _PARTS.finditer(pattern):
        token, least, most = part[0], part[1], part[2]
        if token == "(":
            groups.append(0)
            last = 0
        elif token == ")" and len(groups) > 1:
            last = groups.pop() + 1
            groups[-1] += last
        elif least is not None:
            copies = max(int(most or least), 1)
            groups[-1] += last * (copies - 1)
            last *= copies
        elif token in ("*", "+", "?"):
            last += 1
            groups[-1] += 1
        else:
            last = 1
            groups[-1] += 1
    return sum(groups)
