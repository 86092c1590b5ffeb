"""Splits a query string into its shape, which a plan depends on, and its values, which it does not. Pure.

`title=eq.Ikiru&limit=5` has the shape `title=eq. limit=` and the values `Ikiru`, `5`: it is read, resolved and
written as SQL once, and then only filled in.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Literal
from urllib.parse import unquote_plus

from sahne.gateway.rest.errors import ParseFailed
from sahne.gateway.rest.grammar import (
    PREFIX,
    Reader,
    filter_of,
    kind_of,
    read_names,
    read_order,
    read_select,
    read_tree,
)
from sahne.gateway.rest.syntax import Embedding, Field, Fixed, Given, Query

PARAMETERS_MAX = 200
WHOLE = frozenset({"select", "columns", "on_conflict"})
PLAIN = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "in", "like", "ilike"})  # the rest of the value is the value
NOT_FILTERS = frozenset({"limit", "offset", "order", "and", "or"})
TOKEN_PARAMETER = "apikey"


# a parameter's key, what of its value belongs to the shape, and what the parameter is
Part = tuple[str, str, str]
Shape = tuple[Part, ...]


def split(query: str, arguments: Container[str] = ()) -> tuple[Shape, list[str]]:
    """The shape and the values of a query string; `arguments` are a function's own names."""
    parts: list[Part] = []
    values: list[str] = []
    if query:
        for pair in query.split("&"):
            raw_key, _, raw_value = pair.partition("=")
            if not raw_key or raw_key == TOKEN_PARAMETER:
                continue
            key = unquote_plus(raw_key) if "%" in raw_key or "+" in raw_key else raw_key
            value = unquote_plus(raw_value) if "%" in raw_value or "+" in raw_value else raw_value
            parts.append(_part(key, value, values, arguments))
    if len(parts) > PARAMETERS_MAX:
        raise ParseFailed("Too many parameters", details=f"{len(parts)} were given, {PARAMETERS_MAX} are the limit")
    return tuple(parts), values


def _part(key: str, value: str, values: list[str], arguments: Container[str]) -> Part:
    if key in arguments:
        values.append(value)
        return key, "", "argument"
    if key in WHOLE:
        return key, value, "whole"
    last = key.rpartition(".")[2]
    if last in NOT_FILTERS:
        if last not in ("limit", "offset"):
            return key, value, last
        values.append(value)
        return key, "", last
    operator, dot, operand = value.partition(".")
    if dot and operator in PLAIN:
        values.append(operand)
        return key, operator + ".", "filter"
    found = PREFIX.match(value)
    if found is None:
        raise ParseFailed(
            f'"failed to parse filter ({value})" (line 1, column 1)',
            details=f'unexpected "{value[:1]}" expecting "not" or operator (eq, gt, ...)',
        )
    if found[2] == "is":
        return key, value, "filter"
    values.append(value[found.end() :])
    return key, found[0], "filter"


def query_of(shape: Shape) -> Query:
    """Read a shape; `Given` counts the values in the order `split` found them."""
    query = Query()
    place = 0
    for key, text, what in shape:
        if what == "argument":
            query.arguments.setdefault(key, []).append(Given(place))
            place += 1
        elif what in ("limit", "offset"):
            numbers = query.limits if what == "limit" else query.offsets
            numbers[_embedding(key)[:-1]] = Given(place, "number")
            place += 1
        elif what == "whole":
            _read_whole(query, key, text)
        elif what == "order":
            query.orders[_embedding(key)[:-1]] = read_order(text)
        elif what in ("and", "or"):
            path = _embedding(key)[:-1]
            negated = path[-1:] == ("not",)
            tree = read_tree("and" if what == "and" else "or", text, negated=negated)
            query.filters.setdefault(path[:-1] if negated else path, []).append(tree)
        else:
            place += _read_filter(query, key, text, place)
    return query


def _read_whole(query: Query, key: str, text: str) -> None:
    if key == "select":
        query.select = read_select(text)
    elif key == "columns":
        query.columns = tuple(dict.fromkeys(read_names(text, "columns parameter")))
    else:
        query.on_conflict = read_names(text, "on_conflict parameter")


def _read_filter(query: Query, key: str, text: str, place: int) -> Literal[0, 1]:
    path, field = _embedded_field(key)
    found = PREFIX.match(text)
    assert found is not None
    taken: Literal[0, 1] = 0
    if found[2] == "is":
        made = filter_of(field, found, Fixed(text[found.end() :].lower()))
    else:
        made = filter_of(field, found, Given(place, kind_of(found[2], found[3])))
        taken = 1
    query.filters.setdefault(path, []).append(made)
    return taken


def _embedding(key: str) -> Embedding:
    """`directors.films.limit` apart; quotes keep their dots."""
    path, field = _embedded_field(key)
    return (*path, field.column)


def _embedded_field(key: str) -> tuple[Embedding, Field]:
    reader = Reader(key, "field")
    path: list[str] = []
    while True:
        field = reader.field()
        if not reader.take("."):
            reader.end()
            return tuple(path), field
        path.append(field.column)
