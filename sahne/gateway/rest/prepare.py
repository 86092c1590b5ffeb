"""From a request to a statement ready to run: planned and compiled once a shape, then only filled in. Pure.

The key of a shape is all a statement depends on: method, target, role, query shape, columns of the body, media type,
the preferences that matter, and the catalog's version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sahne.database.actor import SERVICE_ROLE
from sahne.database.catalog import Catalog, Relation
from sahne.gateway.rest.errors import BadPut, ForeignPut, LimitedPut, NoColumn, UnsupportedMethod
from sahne.gateway.rest.payload import Payload, payload_of
from sahne.gateway.rest.plan import Read, plan_read
from sahne.gateway.rest.query.fragment import Parameters, table
from sahne.gateway.rest.query.read import count_sql, plain_count_rows_sql, rows_sql
from sahne.gateway.rest.query.statement import Format, Statement, answer_sql
from sahne.gateway.rest.query.write import Write, write_statement
from sahne.gateway.rest.remembered import Remembered
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.resolve import find_relation
from sahne.gateway.rest.shape import Shape, query_of, split
from sahne.gateway.rest.syntax import Embedding, Field, Filter, Given, Query, Selected

PLANS_REMEMBERED_MAX = 4_096


class Prepared(NamedTuple):
    """`values` and `payload` fill the statement's places; `query` says which page was asked for."""

    statement: Statement
    values: Sequence[str]
    payload: Payload | None
    query: Query


class Plans:
    """The compiled statements."""

    def __init__(self) -> None:
        self._known: Remembered[tuple[Statement, Query]] = Remembered(PLANS_REMEMBERED_MAX)

    def prepare(self, request: RestRequest, query: str, body: bytes, catalog: Catalog, role: str) -> Prepared:
        """The statement of a request on a table; `query` is its query string.

        Raises:
            RestError: whatever is wrong with it, before PostgreSQL is asked.
        """
        shape, values = split(query if request.range is None else _ranged(query, request.range))
        payload = None if request.reads else _payload(request, body, shape)
        key = (request.kind, role, shape, payload.keys if payload else None, payload is not None and payload.rows == 0)
        known = self._known.find(key, catalog.version)
        if known is None:
            asked = query_of(shape)
            known = _compile(request, catalog, role, asked, payload), asked
            self._known.keep(key, known, query)
        statement, asked = known
        if request.method == "PUT":
            _check_put(find_relation(catalog, request.target), asked, values, payload)
        return Prepared(statement, values, payload, asked)


def _ranged(query: str, range_: tuple[int, int | None]) -> str:
    """The `Range` header as limit and offset, where the query does not say."""
    offset, limit = range_
    parts = [query] if query else []
    if "limit=" not in query and limit is not None:
        parts.append(f"limit={limit}")
    if "offset=" not in query and offset:
        parts.append(f"offset={offset}")
    return "&".join(parts)


def _payload(request: RestRequest, body: bytes, shape: Shape) -> Payload | None:
    if request.method not in ("POST", "PUT", "PATCH"):
        return None
    said = tuple([part for part in shape if part[0] == "columns"])
    columns = query_of(said).columns if said else None
    return payload_of(body, request.content_type, columns)


def _compile(request: RestRequest, catalog: Catalog, role: str, query: Query, payload: Payload | None) -> Statement:
    relation = find_relation(catalog, request.target)
    format_: Format = "none" if request.method == "HEAD" else request.media_type
    if request.reads:
        return read_statement(plan_read(catalog, role, query, relation.name, relation.name), request, format_, role)
    returns_rows = request.preferences.returns == "representation"
    if request.preferences.returns == "headers-only" and request.method == "POST":
        query.select = tuple(Selected(Field(name)) for name in relation.primary_key)
        returns_rows = bool(relation.primary_key)
        format_ = "json"
    read = plan_read(catalog, role, query, relation.name, relation.name)
    write = _write(request, relation, read, query, payload, returning(read, relation, role) if returns_rows else None)
    return write_statement(write, format_ if returns_rows else "none")


def read_statement(read: Read, request: RestRequest, format_: Format, role: str) -> Statement:
    """A SELECT with the count that was asked for.

    The planner estimates from statistics of all rows, whoever asks: a filter on each next letter would spell out the
    values of rows that a policy hides. So only the role that no policy binds is given an estimate; others are counted
    what they may see.
    """
    assert read.relation is not None
    source, parameters = table(read.relation), Parameters()
    rows = rows_sql(read, source, parameters)
    asked = request.preferences.count
    estimated = asked in ("planned", "estimated") and role == SERVICE_ROLE
    total = count_sql(read, source, parameters) if asked and not estimated else None
    estimate, estimate_parameters = None, Parameters()
    if estimated:
        estimate = b"explain (format json) " + plain_count_rows_sql(read, source, estimate_parameters).encode()
    return Statement(
        answer_sql(rows, format_, total, gucs=False).encode(), tuple(parameters.values), estimate,
        tuple(estimate_parameters.values),
    )  # fmt: skip


def returning(read: Read, relation: Relation, role: str) -> tuple[str, ...]:
    """The columns a write must return so that `read` can be answered from them."""
    names: dict[str, None] = {}
    for item in read.selected:
        if item.field.column == "*":
            return ("*",)
        names[item.field.column] = None
    for embed in read.embeds:
        names.update(dict.fromkeys(embed.relationship.columns))
    for term in read.order:
        names[term.field.column] = None
    return tuple(names) or relation.readable(role) or ("*",)


def _write(
    request: RestRequest, relation: Relation, read: Read, query: Query, payload: Payload | None,
    returned: tuple[str, ...] | None,
) -> Write:  # fmt: skip
    keys = payload.keys if payload else ()
    for name in keys:
        if name not in relation.columns:
            raise NoColumn(f"Could not find the '{name}' column of '{relation.name}' in the schema cache")
    preferences = request.preferences
    if request.method == "DELETE":
        return Write("delete", relation, read, returning=returned)
    if request.method == "PATCH":
        return Write("update", relation, read, keys, returning=returned)
    if request.method == "POST" or request.method == "PUT":
        resolution = "merge-duplicates" if request.method == "PUT" else preferences.resolution
        return Write(
            "insert", relation, read, keys, query.on_conflict or relation.primary_key, resolution,
            preferences.missing == "default", payload is not None and payload.rows == 0, returned,
        )  # fmt: skip
    raise UnsupportedMethod(f"Unsupported HTTP method: {request.method}")


def _check_put(relation: Relation, query: Query, values: Sequence[str], payload: Payload | None) -> None:
    root: Embedding = ()
    if query.limits or query.offsets:
        raise LimitedPut()
    said: dict[str, str] = {}
    for each in query.filters.get(root, []):
        if not isinstance(each, Filter) or each.operator != "eq" or each.negated or not isinstance(each.value, Given):
            raise BadPut()
        said[each.field.column] = values[each.value.place]
    if set(said) != set(relation.primary_key) or not said:
        raise BadPut()
    if payload is None or payload.rows != 1 or any(str(payload.first.get(k)) != v for k, v in said.items()):
        raise ForeignPut()
