"""Runs a statement as the caller and checks what must hold before it is committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.result import Result, StatementFailed
from sahne.gateway.rest.costly import COSTLY, check_together
from sahne.gateway.rest.errors import AnswerTooLarge, KeptColumn, NotSingular, TooManyAffected, UnboundedCall
from sahne.gateway.rest.operands import operand
from sahne.gateway.rest.query.statement import (
    ANSWER_BYTES_MAX,
    BODY,
    GUC_HEADERS,
    GUC_STATUS,
    INSERTED,
    PAGE,
    TOO_LARGE,
    TOTAL,
    Ready,
)
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.syntax import Kind, Placeholder, Value


class Answer(NamedTuple):
    """What PostgreSQL gave: the body, rows in it, rows there are (if counted), what a function set, rows of an upsert
    that are new.
    """

    body: bytes | None
    page: int
    total: int | None = None
    headers: bytes | None = None
    status: bytes | None = None
    inserted: int | None = None


async def run(pipeline: Pipeline, actor: Actor, request: RestRequest, ready: Ready) -> Answer:
    """One round trip; a second only where the commit depends on the result.

    Raises:
        NotSingular, TooManyAffected, KeptColumn, AnswerTooLarge, UnboundedCall: nothing was changed.
        StatementFailed, DatabaseUnreachable, ConnectionsBusy
    """
    statement, preferences = ready.statement, request.preferences
    must_hold = not statement.read_only or preferences.strict
    try:
        result = await pipeline.run(
            actor,
            statement.sql,
            _fill(statement.parameters, ready),
            read_only=statement.read_only,
            request=request.facts,
            statement_timeout_ms=ready.timeout_ms,
            settings=ready.settings,
            before=statement.around.before,
            check=_check_before_commit(request, ready) if must_hold else None,
            keep=preferences.tx != "rollback",
        )
    except StatementFailed as failure:
        if TOO_LARGE in failure.message:
            raise AnswerTooLarge(details=f"{ANSWER_BYTES_MAX} bytes are the limit") from failure
        raise
    if statement.gives == "plan":
        return Answer(b"\n".join(row[0] or b"" for row in result), len(result))
    answer = _answer_of(result)
    if statement.is_hex and answer.body:
        answer = answer._replace(body=bytes.fromhex(answer.body.decode()))
    if statement.read_only and (statement.one or request.is_call):
        _check(answer.page, statement.one, _rows_max(request) if request.is_call else None)
    if statement.estimate is not None:
        return answer._replace(total=await _estimate(pipeline, actor, request, ready))
    return answer


def _check_before_commit(request: RestRequest, ready: Ready) -> Callable[[Result], None] | None:
    """What must hold of a write's result, else it is rolled back; None where nothing must."""
    statement = ready.statement
    rows_max = _rows_max(request)
    if rows_max is not None and not statement.many:
        raise UnboundedCall()
    if statement.read_only:
        return None
    page_max = _page_of_change(request, ready)
    bounds = [each for each in (rows_max, page_max) if each is not None]
    if not (statement.one or statement.all_rows or bounds):
        return None

    def check(result: Result) -> None:
        page = int(result.row()[PAGE] or 0)
        if statement.all_rows and page < ready.rows:
            raise KeptColumn()
        _check(page, statement.one, rows_max)
        if page_max is not None and page > page_max:
            raise TooManyAffected(
                details=f"The query affects {page} rows, and its limit and offset leave {page_max} of them",
                hint="They choose no rows of an update or delete: narrow it by filters.",
            )

    return check


def _rows_max(request: RestRequest) -> int | None:
    """How many rows the caller wants affected at most."""
    return request.preferences.max_affected if request.preferences.strict else None


def _page_of_change(request: RestRequest, ready: Ready) -> int | None:
    """How many rows an update or delete may change so that nobody who gave it a page is mistaken.

    PostgREST 12 chose that many, later ones change every row that the filters find.
    """
    query = ready.query
    if request.method not in ("PATCH", "DELETE") or not (() in query.limits or () in query.offsets):
        return None
    if () in query.offsets and int(ready.values[query.offsets[()].place]):
        return 0
    return int(ready.values[query.limits[()].place]) if () in query.limits else None


def _answer_of(result: Result) -> Answer:
    """The one row that a statement gives; a change has its status and headers too, an upsert what it inserted."""
    row = result.row()
    page = int(row[PAGE] or 0)
    total = int(row[TOTAL] or 0) if row[TOTAL] is not None else None
    if len(row) <= GUC_STATUS:
        return Answer(row[BODY], page, total)
    inserted = int(row[INSERTED] or 0) if len(row) > INSERTED else None
    return Answer(row[BODY], page, total, row[GUC_HEADERS], row[GUC_STATUS], inserted)


def _check(page: int, one: bool, rows_max: int | None) -> None:
    if one and page != 1:
        raise NotSingular(details=f"The result contains {page} rows")
    if rows_max is not None and page > rows_max:
        raise TooManyAffected(details=f"The query affects {page} rows")


async def _estimate(pipeline: Pipeline, actor: Actor, request: RestRequest, ready: Ready) -> int:
    """What the planner believes there is."""
    estimate = ready.statement.estimate
    assert estimate is not None
    explanation = await pipeline.run(
        actor,
        estimate.sql,
        _fill(estimate.parameters, ready),
        read_only=True,
        request=request.facts,
        statement_timeout_ms=ready.timeout_ms,
    )
    return int(orjson.loads(explanation.value() or b"[]")[0]["Plan"]["Plan Rows"])


def _fill(places: Sequence[Value | str], ready: Ready) -> list[bytes | None]:
    """The parameters of a statement.

    Raises:
        ParseFailed, BadRange: a value is none of its kind, or the costly ones are too much together.
    """
    operands: list[bytes | None] = []
    costly: dict[int, tuple[str, Kind]] = {}
    values, words = ready.values, ready.words
    for place in places:
        if isinstance(place, str):
            operands.append(words[place])
            continue
        text = values[place.place] if isinstance(place, Placeholder) else place.text
        operands.append(operand(text, place.kind))
        if place.kind in COSTLY:
            costly[id(place)] = text, place.kind  # a count of the same rows has it once more
    if costly:
        check_together(costly.values())
    return operands
