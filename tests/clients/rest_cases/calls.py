"""Calls of functions: arguments in a query string, as JSON, form or CSV, and a look into the rows that come back."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from sahne.database.catalog import Function
from tests.clients.rest_cases.material import BY_TYPE, Case, Material, named, path_of
from tests.clients.rest_cases.reads import Parameters, form, page
from tests.clients.rest_cases.writes import CSV, FORM, JSON, ROLLBACK

PARAMETERS = frozenset({"select", "order", "limit", "offset"})


def call(known: Material, function: Function) -> Case:
    """One call; rows of a relation are chosen from as in a read."""
    given = _arguments(known, function)
    parameters = _rows(known, function)
    headers = form(known, has_lists=True)
    prefer = ["count=exact"] if known.by_chance(0.2) else []
    name = f"rpc/{function.name}"
    if known.by_chance(0.5 if function.volatility != "v" else 0.05):
        method = "HEAD" if known.by_chance(0.08) else "GET"
        if prefer:
            headers["prefer"] = prefer[0]
        return Case(method, path_of(name, [*given.items(), *parameters]), headers)
    headers["prefer"] = ", ".join([ROLLBACK, *prefer])
    headers["content-type"], body = _body(known, function, given)
    return Case("POST", path_of(name, parameters), headers, body)


def _arguments(known: Material, function: Function) -> dict[str, str]:
    given = {
        each.name: known.random.choice(BY_TYPE.get(each.type.rpartition(".")[2], ["1"]))
        for each in function.arguments
        if each.name and (each.required or known.by_chance(0.5)) and not known.by_chance(0.03)
    }
    return given | ({"nobody_has_this": "1"} if known.by_chance(0.04) else {})


def _rows(known: Material, function: Function) -> Parameters:
    if function.returns_relation and function.returns_relation in known.columns and known.by_chance(0.6):
        return page(known, known.schema.relations[function.returns_relation])
    taken = PARAMETERS | {each.name for each in function.arguments}
    columns = [each for each in function.columns if each.name not in taken]
    if columns and known.by_chance(0.5):
        column = known.random.choice(columns)
        return known.random.choice(
            [
                [("select", named(column.name))],
                [(named(column.name), "not.is.null")],
                [("order", f"{named(column.name)}.desc"), ("limit", "1")],
                [("select", f"it:{named(column.name)}::text"), ("offset", "1")],
            ]
        )
    return [("limit", "1")] if function.returns_set and known.by_chance(0.1) else []


def _body(known: Material, function: Function, given: dict[str, str]) -> tuple[str, str]:
    unnamed = [each for each in function.arguments if not each.name]
    if unnamed and known.by_chance(0.7):
        return ("text/plain", "just text") if unnamed[0].type == "text" else (JSON, '{"any": ["thing"]}')
    chance = known.random.random()
    if chance < 0.1:
        return FORM, urlencode(given)
    if chance < 0.16 and given and all(given.values()) and not any(mark in "".join(given.values()) for mark in '",'):
        return CSV, ",".join(given) + "\n" + ",".join(given.values()) + "\n"
    return JSON, json.dumps({key: _as_json(value) for key, value in given.items()})


def _as_json(value: str) -> object:
    return json.loads(value) if value.startswith(('{"', "[{", "[]")) else value
