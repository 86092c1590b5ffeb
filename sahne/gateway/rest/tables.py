"""A request on a table as a statement ready to run: compiled once a shape, then only filled in. Pure.

The key of a shape is all a statement depends on: method, target, role, query shape, columns of the body, media type,
the preferences that matter, and the catalog's version.
"""

from __future__ import annotations

from typing import NamedTuple

from sahne.database.catalog import Catalog
from sahne.gateway.rest.compile import compile_table, find_schema
from sahne.gateway.rest.paging import check_page, within
from sahne.gateway.rest.payload import Payload, payload_of
from sahne.gateway.rest.preferences import settings_of
from sahne.gateway.rest.put import check_put
from sahne.gateway.rest.query.statement import Ready, Statement
from sahne.gateway.rest.query.write import PAYLOAD
from sahne.gateway.rest.remembered import Plans
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.resolve import find_relation
from sahne.gateway.rest.shape import Shape, columns_in, query_of, split
from sahne.gateway.rest.syntax import Query

PLANS_REMEMBERED_MAX = 4_096


class TablePlan(NamedTuple):
    """A read or write without its values."""

    statement: Statement
    query: Query


class Tables:
    """The remembered plans of reads and writes."""

    def __init__(self) -> None:
        self._plans: Plans[TablePlan] = Plans(PLANS_REMEMBERED_MAX)

    def prepare(self, request: RestRequest, query: str, body: bytes, catalog: Catalog, role: str) -> Ready:
        """The statement of a request; `query` is its query string.

        Raises:
            RestError: whatever is wrong with it, before PostgreSQL is asked.
        """
        shape, values = split(query)
        reads = request.reads
        if request.range is not None:
            shape, values = within(shape, values, request.range)
        payload = None if reads else _payload(request, body, shape)
        key = (request.kind, role, shape, payload.keys if payload else None, payload is not None and payload.rows == 0)
        plan = self._plans.find(key, catalog.version)
        if plan is None:
            parts = query_of(shape)
            plan = TablePlan(compile_table(request, parts, payload, catalog, role), parts)
            self._plans.keep(key, plan, query)
        if not reads:
            check_page(plan.query, values)
            if request.method == "PUT":
                relation = find_relation(find_schema(request, catalog), request.target)
                check_put(relation, plan.query, values, payload)
        return Ready(
            statement=plan.statement,
            values=values,
            words={PAYLOAD: payload.json} if payload else {},
            query=plan.query,
            settings=settings_of(request.preferences, plan.statement.around.settings, catalog.time_zones),
            timeout_ms=catalog.timeouts.get(role),
            rows=payload.rows if payload else 0,
        )


def _payload(request: RestRequest, body: bytes, shape: Shape) -> Payload | None:
    if request.method not in ("POST", "PUT", "PATCH"):
        return None
    return payload_of(body, request.content_type, columns_in(shape))
