"""What is wrong with a value, in our words: the same for a setting, the command line, an operation and a stored object.

pydantic reads most of what comes from outside and has words of its own ("Input should be …"), made for who wrote the
model. Each kind of fault that it knows has a sentence here, to stand behind the name of what is wrong: `--port` must be
a whole number. pydantic is not loaded for it: a fault is a mapping, as its `errors()` has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MISSING = "is missing"
UNKNOWN = "is not known here"
REPEATED = "is said twice"
INTEGER = "must be a whole number"
NUMBER = "must be a number"
TRUTH = "must be true or false"
TEXT = "must be a text"
PATH = "must be a path"
OBJECT = "must be an object of JSON"
LIST = "must be a list"
MOMENT = "must be a moment, such as 2031-05-01T18:00:00Z"
ZONED = "must say its time zone, such as the Z in 2031-05-01T18:00:00Z"
ID = "must be an id, such as 3f0c9d1e-5b7a-4c26-9a53-1f9a3f6f0a11"
UNREADABLE = "cannot be read"

# pydantic's kinds of faults that say no more than what it must be
_PLAIN = {
    "missing": MISSING, "extra_forbidden": UNKNOWN,
    "int_type": INTEGER, "int_parsing": INTEGER, "int_from_float": INTEGER,
    "int_parsing_size": "has too many digits",
    "float_type": NUMBER, "float_parsing": NUMBER, "finite_number": "must be a finite number",
    "bool_type": TRUTH, "bool_parsing": TRUTH,
    "string_type": TEXT, "string_unicode": "must be text in UTF-8",
    "path_type": PATH,
    "model_type": OBJECT, "model_attributes_type": OBJECT, "dict_type": OBJECT, "list_type": LIST,
    "datetime_type": MOMENT, "datetime_parsing": MOMENT, "datetime_from_date_parsing": MOMENT,
    "datetime_object_invalid": MOMENT, "timezone_aware": ZONED,
    "uuid_type": ID, "uuid_parsing": ID,
}  # fmt: skip


def at_least(number: float) -> str:
    """Of a number."""
    return f"must be at least {_plain(number)}"


def at_most(number: float) -> str:
    """Of a number."""
    return f"must be at most {_plain(number)}"


def one_of(words: Iterable[object]) -> str:
    """Of a choice."""
    *others, last = map(str, words)
    return f"must be {', '.join(others)} or {last}" if others else f"must be {last}"


def as_long_as(count: int, what: str = "characters") -> str:
    """Of what has so many, or more."""
    return "must not be empty" if count == 1 else f"must have at least {count} {what}"


def no_longer_than(count: int, what: str = "characters") -> str:
    """Of what has so many, or fewer."""
    return f"must have at most {count} {what}"


def in_our_words(fault: Mapping[str, Any]) -> str:
    """One of pydantic's faults, with its context; a kind that is not known here keeps pydantic's words."""
    kind, seen = fault["type"], fault.get("ctx", {})
    if kind in _PLAIN:
        return _PLAIN[kind]
    match kind:
        case "greater_than_equal":
            return at_least(seen["ge"])
        case "less_than_equal":
            return at_most(seen["le"])
        case "literal_error" | "enum":
            return f"must be {str(seen['expected']).replace(chr(39), '')}"
        case "string_too_short":
            return as_long_as(seen["min_length"])
        case "string_too_long":
            return no_longer_than(seen["max_length"])
        case "too_short":
            return as_long_as(seen["min_length"], "entries")
        case "too_long":
            return no_longer_than(seen["max_length"], "entries")
        case "json_invalid":
            return f"is no JSON: {seen['error']}"
        case "value_error" if "error" in seen:  # raised by whoever reads it: a sentence already
            return str(seen["error"])
    return str(fault["msg"])


def _plain(number: float) -> str:
    """`60`, also where it is 60.0."""
    return str(int(number) if number == int(number) else number)
