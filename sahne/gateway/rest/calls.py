"""A call of a function as a statement ready to run: compiled once a shape, then only filled in. Pure.

The key of a shape is all a statement depends on: method, target, role, query shape, names of the arguments, media
types, the preferences that matter, and the catalog's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sahne.database.catalog import Argument, Catalog, Function
from sahne.gateway.rest.arguments import from_body, from_json, from_query, read_body
from sahne.gateway.rest.choose import arguments_of, choose, takes_body
from sahne.gateway.rest.compile import compile_call, find_schema
from sahne.gateway.rest.errors import BadRpcMethod, UndefinedColumn
from sahne.gateway.rest.paging import check_page, within
from sahne.gateway.rest.plan import Read, Scope, plan_read
from sahne.gateway.rest.preferences import settings_of
from sahne.gateway.rest.query.call import ARGUMENT, Call
from sahne.gateway.rest.query.statement import Ready, Statement
from sahne.gateway.rest.remembered import Plans
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.shape import columns_in, query_of, split
from sahne.gateway.rest.syntax import Filter, Order, Query, Tree

PLANS_REMEMBERED_MAX = 1_024


class CallPlan(NamedTuple):
    """A call without its values: `arguments` are those it gives; `whole` says the body itself is the one argument."""

    statement: Statement
    query: Query
    arguments: tuple[Argument, ...]
    whole: bool


class Calls:
    """The remembered plans of calls."""

    def __init__(self) -> None:
        self._plans: Plans[CallPlan] = Plans(PLANS_REMEMBERED_MAX)

    def prepare(self, request: RestRequest, query: str, body: bytes, catalog: Catalog, role: str) -> Ready:
        """The statement of a call; `query` is its query string.

        Raises:
            RestError: whatever is wrong with it, before PostgreSQL is asked.
        """
        if request.method not in ("GET", "HEAD", "POST"):
            raise BadRpcMethod(f"Cannot use the {request.method} method on RPC")
        shape, values = split(query, _argument_names(request, catalog) if request.reads else None)
        if request.range is not None:
            shape, values = within(shape, values, request.range)
        body_arguments = None if request.reads else read_body(body, request.content_type, columns_in(shape))
        key = (
            request.kind,
            request.content_type,
            role,
            shape,
            None if body_arguments is None else tuple(body_arguments),
        )
        plan = self._plans.find(key, catalog.version)
        if plan is None:
            plan = _compile(request, query_of(shape), body_arguments, catalog, role)
            if not (plan.whole and body_arguments):  # its keys are anybody's words
                self._plans.keep(key, plan, query)
        check_page(plan.query, values)
        return Ready(
            statement=plan.statement,
            values=values,
            words=_words(plan, values, body, body_arguments),
            query=plan.query,
            settings=settings_of(request.preferences, plan.statement.around.settings, catalog.time_zones),
            timeout_ms=catalog.timeouts.get(role),
        )


def _argument_names(request: RestRequest, catalog: Catalog) -> frozenset[str]:
    overloads = find_schema(request, catalog).functions.get(request.target, ())
    return frozenset(argument.name for function in overloads for argument in function.arguments if argument.name)


def _compile(
    request: RestRequest, query: Query, body_arguments: Mapping[str, Any] | None, catalog: Catalog, role: str
) -> CallPlan:
    exposure = catalog.exposure
    scope = Scope(find_schema(request, catalog), role, exposure.rows_max, exposure.aggregates)
    call_arguments: Mapping[str, Any] = query.arguments if body_arguments is None else body_arguments
    function = choose(request, scope.schema, call_arguments)
    arguments = arguments_of(function, call_arguments)
    whole = takes_body(function, request) and not arguments
    if whole:
        arguments = function.arguments
    read = plan_read(scope, query, function.returns_relation, function.name, function.columns)
    if not function.returns_row:
        _refuse_columns(function, read)
    statement = compile_call(request, query, Call(function, arguments, read), catalog)
    return CallPlan(statement, query, arguments, whole)


def _refuse_columns(function: Function, read: Read) -> None:
    """One value, or a list of values, has no columns to be filtered or put in order by."""
    asked: list[Filter | Tree | Order] = [*read.filters, *read.order]
    if asked:
        first = asked[0]
        name = f"{function.name}.{first.joiner if isinstance(first, Tree) else first.field.column}"
        raise UndefinedColumn(f"column {name} does not exist", details=f"{function.name} gives no rows of columns")


def _words(
    plan: CallPlan, values: list[str], body: bytes, body_arguments: Mapping[str, Any] | None
) -> Mapping[str, bytes | None]:
    if plan.whole:
        return {ARGUMENT: from_body(body, plan.arguments[0])}
    if body_arguments is not None:
        return {ARGUMENT + each.name: from_json(body_arguments[each.name], each) for each in plan.arguments}
    places = plan.query.arguments
    return {
        ARGUMENT + each.name: from_query([values[place.place] for place in places[each.name]], each)
        for each in plan.arguments
    }
