"""No pattern ends with `$`: it fits before a last newline too, and what is checked with it is not what comes behind it."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "sahne"


def test_what_must_end_with_the_text_is_matched_whole() -> None:
    loose = {
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and compiles(call)
        and ends_with_dollar(call.args[0])
        and "MULTILINE" not in flags(call)
    }
    assert loose == set(), "use fullmatch, or \\Z"


def test_the_rule_sees_what_it_forbids() -> None:
    for text, seen in (('re.compile(r"^a$")', True), ('re.compile(rf"{a}$")', True), ('re.compile(r"a")', False)):
        call = ast.parse(text, mode="eval").body
        assert isinstance(call, ast.Call)
        assert (compiles(call) and ends_with_dollar(call.args[0])) == seen, text


def compiles(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "re.compile"


def flags(call: ast.Call) -> str:
    return " ".join(ast.unparse(each) for each in (*call.args[1:], *call.keywords))


def ends_with_dollar(pattern: ast.expr) -> bool:
    """Whether a pattern, or the last part of one put together, ends with it."""
    last = pattern.values[-1] if isinstance(pattern, ast.JoinedStr) and pattern.values else pattern
    if not isinstance(last, ast.Constant) or not isinstance(last.value, str | bytes):
        return False
    return last.value.endswith("$") if isinstance(last.value, str) else last.value.endswith(b"$")
