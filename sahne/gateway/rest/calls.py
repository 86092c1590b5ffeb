"""Which function a call means, and its arguments as parameters: decided once a shape, then only filled in. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple

import orjson

from sahne.database.catalog import EXPOSED_SCHEMA, Argument, Catalog, Function
from sahne.gateway.rest.errors import AmbiguousFunction, BadBody, BadRpcMethod, NoFunction
from sahne.gateway.rest.operands import array_of
from sahne.gateway.rest.plan import plan_read
from sahne.gateway.rest.query.call import ARGUMENT, Call, call_statement
from sahne.gateway.rest.query.statement import Format, Statement
from sahne.gateway.rest.remembered import Remembered
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.shape import query_of, split
from sahne.gateway.rest.syntax import Query

WHOLE_BODY = {
    "application/json": ("json", "jsonb"),
    "text/plain": ("text",),
    "application/octet-stream": ("bytea",),
}
CALLS_REMEMBERED_MAX = 1_024


class PreparedCall(NamedTuple):
    """A call ready to run: `arguments` by the statement's own words for them."""

    statement: Statement
    function: Function
    query: Query
    values: list[str]
    arguments: Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A call without its values. `whole`: the body itself is the one argument."""

    statement: Statement
    function: Function
    query: Query
    passed: tuple[Argument, ...]
    whole: bool


class Calls:
    """The compiled calls."""

    def __init__(self) -> None:
        self._known: Remembered[_Plan] = Remembered(CALLS_REMEMBERED_MAX)

    def prepare(self, request: RestRequest, query: str, body: bytes, catalog: Catalog, role: str) -> PreparedCall:
        """Find the function and fill its statement; `query` is the query string.

        Raises:
            BadRpcMethod, NoFunction, AmbiguousFunction, BadBody and what a plan raises.
        """
        if request.method not in ("GET", "HEAD", "POST"):
            raise BadRpcMethod(f"Cannot use the {request.method} method on RPC")
        shape, values = split(query, _argument_names(catalog, request.target) if request.reads else ())
        given = None if request.reads else _body(request, body)
        key = (request.kind, request.content_type, role, shape, None if given is None else tuple(given))
        plan = self._known.find(key, catalog.version)
        if plan is None:
            plan = _compile(request, catalog, role, query_of(shape), given)
            if not (plan.whole and given):  # its keys are anybody's words
                self._known.keep(key, plan, query)
        return PreparedCall(plan.statement, plan.function, plan.query, values, _arguments(plan, values, body, given))


def _argument_names(catalog: Catalog, target: str) -> frozenset[str]:
    overloads = catalog.functions.get(target, ())
    return frozenset(argument.name for function in overloads for argument in function.arguments if argument.name)


def _compile(request: RestRequest, catalog: Catalog, role: str, query: Query, given: Mapping[str, Any] | None) -> _Plan:
    named: Mapping[str, Any] = query.arguments if given is None else given
    function = _choose(request, catalog.functions.get(request.target, ()), named, catalog)
    passed = _passed(function, named)
    whole = _takes_body(function, request) and not passed
    if whole:
        passed = function.arguments
    read = None
    if function.returns_row:
        read = plan_read(catalog, role, query, function.returns_relation, function.name, function.columns)
    format_: Format = "none" if request.method == "HEAD" else request.media_type
    statement = call_statement(Call(function, passed, read), format_, exact_count=request.preferences.count == "exact")
    return _Plan(statement, function, query, passed, whole)


def _arguments(
    plan: _Plan, values: list[str], body: bytes, given: Mapping[str, Any] | None
) -> Mapping[str, bytes | None]:
    if plan.whole:
        return {ARGUMENT: _whole(body, plan.passed[0])}
    if given is not None:
        return {ARGUMENT + each.name: _from_json(given[each.name], each) for each in plan.passed}
    places = plan.query.arguments
    return {
        ARGUMENT + each.name: _from_query([values[place.place] for place in places[each.name]], each)
        for each in plan.passed
    }


def _body(request: RestRequest, body: bytes) -> dict[str, Any]:
    if not body or request.content_type not in ("application/json", ""):
        return {}
    try:
        read = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BadBody("Empty or invalid json") from error
    return read if isinstance(read, dict) else {}


def _choose(
    request: RestRequest, overloads: tuple[Function, ...], given: Mapping[str, Any], catalog: Catalog
) -> Function:
    fitting = [each for each in overloads if _fits(each, given)]
    if not fitting and not request.reads:
        fitting = [each for each in overloads if _takes_body(each, request)]
    if len(fitting) > 1:  # the one that was meant by name, before one with a single unnamed argument
        fitting = [each for each in fitting if not _takes_body(each, request)] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        said = ", ".join(f"{EXPOSED_SCHEMA}.{_signature(each)}" for each in fitting)
        raise AmbiguousFunction(
            f"Could not choose the best candidate function between: {said}",
            hint="Try renaming the parameters or the function itself in the database"
            " so function overloading can be resolved",
        )
    raise _none(request, overloads, given, catalog)


def _fits(function: Function, given: Mapping[str, Any]) -> bool:
    names = {argument.name for argument in function.arguments}
    if "" in names:
        return False
    needed = {argument.name for argument in function.arguments if argument.required}
    return needed <= given.keys() <= names


def _takes_body(function: Function, request: RestRequest) -> bool:
    if request.reads or len(function.arguments) != 1 or function.arguments[0].name:
        return False
    return function.arguments[0].type in WHOLE_BODY.get(request.content_type, ())


def _passed(function: Function, given: Mapping[str, Any]) -> tuple[Argument, ...]:
    return tuple(argument for argument in function.arguments if argument.name and argument.name in given)


def _whole(body: bytes, argument: Argument) -> bytes:
    return b"\\x" + body.hex().encode() if argument.type == "bytea" else body


def _from_query(values: list[str], argument: Argument) -> bytes:
    return array_of(values).encode() if argument.variadic and not values[-1].startswith("{") else values[-1].encode()


def _from_json(value: Any, argument: Argument) -> bytes | None:
    try:
        return _text_of_json(value, argument)
    except (RecursionError, orjson.JSONEncodeError) as error:
        raise BadBody("Empty or invalid json", details="It is nested too deep, or a number is too large.") from error


def _text_of_json(value: Any, argument: Argument) -> bytes | None:
    if value is None:
        return None
    if argument.type in ("json", "jsonb") or isinstance(value, dict):
        return json.dumps(value, default=_plain).encode()
    if isinstance(value, list):
        return _array(value).encode() if argument.type.endswith("[]") else orjson.dumps(value, default=_plain)
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return str(value).encode()


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def _array(values: list[Any]) -> str:
    items = []
    for value in values:
        if value is None:
            items.append("NULL")
        elif isinstance(value, list):
            items.append(_array(value))
        else:
            text = json.dumps(value, default=_plain) if isinstance(value, dict) else str(value)
            text = text.lower() if isinstance(value, bool) else text
            items.append(array_of([text])[1:-1])
    return "{" + ",".join(items) + "}"


def _signature(function: Function) -> str:
    return f"{function.name}({', '.join(f'{each.name} => {each.type}' for each in function.arguments)})"


def _none(
    request: RestRequest, overloads: tuple[Function, ...], given: Mapping[str, Any], catalog: Catalog
) -> NoFunction:
    name = f"{EXPOSED_SCHEMA}.{request.target}"
    arguments = ", ".join(sorted(given))
    searched = f"with parameters {arguments}" if given and len(given) > 1 else f"with parameter {arguments}"
    if not given:
        searched = "without parameters"
    unnamed = "" if request.reads else " or with a single unnamed json/jsonb parameter"
    near = get_close_matches(request.target, catalog.functions, 1)
    hint = None
    if overloads:
        hint = f"Perhaps you meant to call the function {EXPOSED_SCHEMA}.{_call(overloads[0])}"
    elif near:
        hint = f"Perhaps you meant to call the function {EXPOSED_SCHEMA}.{_call(catalog.functions[near[0]][0])}"
    return NoFunction(
        f"Could not find the function {name}{f'({arguments})' if given else ' without parameters'} in the schema cache",
        details=f"Searched for the function {name} {searched}{unnamed}, but no matches were found in the schema cache.",
        hint=hint,
    )


def _call(function: Function) -> str:
    return f"{function.name}({', '.join(each.name for each in function.arguments)})"
