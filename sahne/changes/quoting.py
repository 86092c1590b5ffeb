"""Commas and double quotes in a filter: where it is cut, and what a quoted value says."""

from __future__ import annotations

import re


def split(text: str) -> list[str]:
    """At commas outside quotes and parentheses."""
    parts, start, depth, quoted, at = [], 0, 0, False, 0
    while at < len(text):
        letter = text[at]
        if quoted and letter == "\\":
            at += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and not quoted and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def unquoted(text: str) -> str:
    """A value without its quotes, if it has any."""
    text = text.strip() if text.strip().startswith('"') else text
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
