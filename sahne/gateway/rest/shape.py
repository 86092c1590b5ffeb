"""Splits a query string into its shape, which a plan depends on, and its values, which it does not. Pure.

`title=eq.Ikiru&limit=5` has the shape `title=eq. limit=` and the values `Ikiru`, `5`: it is read, resolved and
written as SQL once, and then only filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from itertools import count
from typing import NamedTuple
from urllib.parse import unquote_plus

from sahne.gateway.rest.errors import ParseFailed
from sahne.gateway.rest.grammar import (
    OPERATION,
    Reader,
    filter_of,
    kind_of,
    read_names,
    read_order,
    read_select,
    read_tree,
)
from sahne.gateway.rest.syntax import Embedding, Field, Fixed, Placeholder, Query

PARAMETERS_MAX = 200
PLAIN = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "in", "like", "ilike"})  # the rest of the value is the value
TOKEN_PARAMETER = "apikey"


# one parameter: its key, what of its text a plan depends on, and its kind, which is a name in `KINDS`
Part = tuple[str, str, str]
Shape = tuple[Part, ...]


def split(query: str, arguments: Container[str] | None = None) -> tuple[Shape, list[str]]:
    """The shape and the values of a query string; `arguments` are a function's own names, None for a table.

    Raises:
        ParseFailed: a parameter cannot be read: it is no filter, no UTF-8, or has a NUL in it.
    """
    parts: list[Part] = []
    values: list[str] = []
    whole: set[str] = set()
    given: set[str] = set()  # arguments: said again with an operator, it is a filter of the column of this name
    if "%00" in query or "\0" in query:
        raise ParseFailed("A query string has no NUL in it")
    for pair in query.split("&") if query else ():
        raw_key, _, raw_text = pair.partition("=")
        if not raw_key or raw_key == TOKEN_PARAMETER:
            continue
        key = _decode(raw_key) if "%" in raw_key or "+" in raw_key else raw_key
        text = _decode(raw_text) if "%" in raw_text or "+" in raw_text else raw_text
        if arguments is not None and key in arguments and not (key in given and OPERATION.match(text)):
            kind = "argument"
            given.add(key)
        elif key in WHOLE:
            if key in whole:
                continue  # the first one counts
            whole.add(key)
            kind = key
        else:
            kind = key.rpartition(".")[2]
            if kind not in OF_AN_EMBEDDING:
                parts.append(_filter(key, text, values, of_call=arguments is not None))
                continue
        if kind in WITH_VALUE:
            values.append(text)
            text = ""
        parts.append((key, text, kind))
    if len(parts) > PARAMETERS_MAX:
        raise ParseFailed("Too many parameters", details=f"{len(parts)} were given, {PARAMETERS_MAX} are the limit")
    return tuple(parts), values


def _decode(text: str) -> str:
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError as error:
        raise ParseFailed("A query string is UTF-8", details=f"{text} is not") from error


def _filter(key: str, text: str, values: list[str], *, of_call: bool) -> Part:
    """What follows the operator is the value; only what `is` compares with is a word of SQL.

    What has no operator is, in a call, an argument of a function that nobody has.
    """
    operator, dot, operand = text.partition(".")
    if dot and operator in PLAIN:
        values.append(operand)
        return key, operator + ".", "filter"
    match = OPERATION.match(text)
    if match is None and of_call:
        values.append(text)
        return key, "", "argument"
    if match is None:
        raise ParseFailed(
            f'"failed to parse filter ({text})" (line 1, column 1)',
            details=f'unexpected "{text[:1]}" expecting "not" or operator (eq, gt, ...)',
        )
    if match[2] == "is":
        return key, text, "is"
    values.append(text[match.end() :])
    return key, match[0], "filter"


def query_of(shape: Shape) -> Query:
    """Read a shape; each part that has a value gets the next place in the list that `split` made."""
    query = Query()
    places = count()
    for key, text, kind in shape:
        has_value, read = KINDS[kind]
        read(query, key, text, next(places) if has_value else -1)
    return query


def columns_in(shape: Shape) -> tuple[str, ...] | None:
    """What `columns=` lets through of a body, None where the query does not say."""
    parts = tuple([part for part in shape if part[2] == "columns"])
    return query_of(parts).columns if parts else None


def _read_argument(query: Query, key: str, _: str, place: int) -> None:
    query.arguments.setdefault(key, []).append(Placeholder(place))


def _read_select(query: Query, _: str, text: str, __: int) -> None:
    query.select = read_select(text)


def _read_columns(query: Query, _: str, text: str, __: int) -> None:
    query.columns = tuple(dict.fromkeys(read_names(text, "columns parameter")))


def _read_on_conflict(query: Query, _: str, text: str, __: int) -> None:
    query.on_conflict = read_names(text, "on_conflict parameter")


def _read_limit(query: Query, key: str, _: str, place: int) -> None:
    query.limits[_embedding(key)] = Placeholder(place, "number")


def _read_offset(query: Query, key: str, _: str, place: int) -> None:
    query.offsets[_embedding(key)] = Placeholder(place, "number")


def _read_order(query: Query, key: str, text: str, _: int) -> None:
    query.orders.setdefault(_embedding(key), read_order(text))  # the first one counts


def _read_tree(query: Query, key: str, text: str, _: int) -> None:
    path, field = _embedded_field(key)
    negated = path[-1:] == ("not",)
    tree = read_tree("and" if field.column == "and" else "or", text, negated=negated)
    query.filters.setdefault(path[:-1] if negated else path, []).append(tree)


def _read_filter(query: Query, key: str, text: str, place: int) -> None:
    path, field = _embedded_field(key)
    match = OPERATION.match(text)
    assert match is not None, "`split` found it too"
    value = Fixed(text[match.end() :].lower()) if place < 0 else Placeholder(place, kind_of(match[2], match[3]))
    query.filters.setdefault(path, []).append(filter_of(field, match, value))


class Kind(NamedTuple):
    """A kind of parameter: whether it has a value, which the shape leaves out, and how key, text and place are read."""

    has_value: bool
    read: Callable[[Query, str, str, int], None]


KINDS = {
    "argument": Kind(has_value=True, read=_read_argument),
    "select": Kind(has_value=False, read=_read_select),
    "columns": Kind(has_value=False, read=_read_columns),
    "on_conflict": Kind(has_value=False, read=_read_on_conflict),
    "limit": Kind(has_value=True, read=_read_limit),
    "offset": Kind(has_value=True, read=_read_offset),
    "order": Kind(has_value=False, read=_read_order),
    "and": Kind(has_value=False, read=_read_tree),
    "or": Kind(has_value=False, read=_read_tree),
    "filter": Kind(has_value=True, read=_read_filter),
    "is": Kind(has_value=False, read=_read_filter),
}
WHOLE = frozenset({"select", "columns", "on_conflict"})  # of the request, never of an embedding
WITH_VALUE = frozenset(name for name, kind in KINDS.items() if kind.has_value)
OF_AN_EMBEDDING = frozenset({"limit", "offset", "order", "and", "or"})  # the last name of `directors.films.limit`


def _embedding(key: str) -> Embedding:
    """`("directors", "films")` of `directors.films.limit`; quotes keep their dots."""
    return _embedded_field(key)[0]


def _embedded_field(key: str) -> tuple[Embedding, Field]:
    reader = Reader(key, "field")
    path: list[str] = []
    while True:
        field = reader.field()
        if not reader.take("."):
            reader.end()
            return tuple(path), field
        path.append(field.column)
