"""A dataclass out of texts: each value read by the type of its field and held to the rules beside that.

    port: Annotated[int, Within(1, 65535)] = 54321

A rule is asked with the value and answers what is wrong with it, or None; it is never asked about None. What numbers,
truths and choices may look like is pydantic's, which is not used itself: loading it takes as long as all the rest of a
command. Read are int, float, bool, str, Path and Literal, each with `| None`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from sahne.wrong_values import INTEGER, NUMBER, PATH, TEXT, TRUTH, UNREADABLE, as_long_as, at_least, at_most, one_of

Rule = Callable[[Any], str | None]

_INTEGER = re.compile(r"[+-]?[0-9]+(_[0-9]+)*(\.0+)?")
_TRUTHS = dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True) | dict.fromkeys(
    ("0", "false", "f", "no", "n", "off"), False
)


class Unreadable(Exception):
    """A text that is no value of its kind; says what it should be."""


@dataclass(frozen=True, slots=True)
class Within:
    """A number's bounds, both of them allowed; without `at_most` it may be as large as it likes."""

    at_least: float
    at_most: float | None = None

    def __call__(self, value: float) -> str | None:
        """Not a number is neither."""
        if self.at_most is not None and not value <= self.at_most:
            return at_most(self.at_most)
        if not value >= self.at_least:
            return at_least(self.at_least)
        return None


@dataclass(frozen=True, slots=True)
class Characters:
    """So many, or more."""

    at_least: int

    def __call__(self, value: str) -> str | None:
        """As Python counts them."""
        return None if len(value) >= self.at_least else as_long_as(self.at_least)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field may hold: a type or a Literal, perhaps nothing, and the rules."""

    what: Any
    may_be_none: bool
    rules: tuple[Rule, ...]


def kinds_of(record: type) -> dict[str, Kind]:
    """Of a dataclass's fields, by name."""
    return {name: _kind(hint) for name, hint in get_type_hints(record, include_extras=True).items()}


def read_values(record: type, given: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of what is given by the fields' names, and what is wrong with the others; other names are left out."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, kind in kinds_of(record).items():
        if name not in given:
            continue
        try:
            values[name] = _read(kind, given[name])
        except Unreadable as fault:
            wrong[name] = str(fault)
        except ValueError:  # its own words may hold the value
            wrong[name] = UNREADABLE
    return values, wrong


def _kind(hint: Any) -> Kind:
    rules: list[Rule] = []
    if get_origin(hint) is Annotated:
        hint, *rules = get_args(hint)
    may_be_none = get_origin(hint) is UnionType
    return Kind(get_args(hint)[0] if may_be_none else hint, may_be_none, tuple(rules))


def _read(kind: Kind, given: object) -> Any:
    if given is None and kind.may_be_none:
        return None
    value = _one_of(get_args(kind.what), given) if get_origin(kind.what) is Literal else _READERS[kind.what](given)
    for rule in kind.rules:
        if complaint := rule(value):
            raise Unreadable(complaint)
    return value


def _one_of(words: tuple[str, ...], given: object) -> str:
    if given not in words:
        raise Unreadable(one_of(words))
    return str(given)


def _integer(given: object) -> int:
    if isinstance(given, str):
        if not _INTEGER.fullmatch(text := given.strip()):
            raise Unreadable(INTEGER)
        return int(text.partition(".")[0])
    if not isinstance(given, int) or isinstance(given, bool):
        raise Unreadable(INTEGER)
    return given


def _number(given: object) -> float:
    if not isinstance(given, str | int | float) or isinstance(given, bool):
        raise Unreadable(NUMBER)
    try:
        return float(given)
    except ValueError:
        raise Unreadable(NUMBER) from None


def _truth(given: object) -> bool:
    if isinstance(given, bool):
        return given
    if (truth := _TRUTHS.get(str(given).lower())) is None:
        raise Unreadable(TRUTH)
    return truth


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise Unreadable(TEXT)
    return given


def _path(given: object) -> Path:
    if not isinstance(given, str | Path):
        raise Unreadable(PATH)
    return Path(given)


_READERS: dict[Any, Callable[[object], Any]] = {
    int: _integer,
    float: _number,
    bool: _truth,
    str: _text,
    Path: _path,
}
