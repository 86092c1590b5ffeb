"""Runs a statement as the caller and checks what must hold before it is committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.result import Result, StatementFailed
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
from sahne.gateway.rest.syntax import Fixed, Placeholder, Value


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
    rows_max = preferences.max_affected if preferences.strict else None
    if rows_max is not None and not statement.many:
        raise UnboundedCall()
    check: Callable[[Result], None] | None = None
    if not statement.read_only and (statement.one or statement.all_rows or rows_max is not None):

        def check(result: Result) -> None:
            page = int(result.row()[PAGE] or 0)
            if statement.all_rows and page < ready.rows:
                raise KeptColumn()
            _check(page, statement.one, rows_max)

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
            check=check,
            keep=preferences.tx != "rollback",
        )
    except StatementFailed as failure:
        if TOO_LARGE in failure.message:
            raise AnswerTooLarge(details=f"{ANSWER_BYTES_MAX} bytes are the limit") from failure
        raise
    if statement.gives == "plan":
        return Answer(b"\n".join(row[0] or b"" for row in result), len(result))
    row = result.row()
    page = int(row[PAGE] or 0)
    if statement.read_only and statement.one:
        _check(page, True, None)
    total = int(row[TOTAL] or 0) if row[TOTAL] is not None else None
    if statement.estimate is not None:
        total = await _estimate(pipeline, actor, request, ready)
    if len(row) > GUC_STATUS:
        inserted = int(row[INSERTED] or 0) if len(row) > INSERTED else None
        return Answer(row[BODY], page, total, row[GUC_HEADERS], row[GUC_STATUS], inserted)
    return Answer(row[BODY], page, total)


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
    operands: list[bytes | None] = []
    values, words = ready.values, ready.words
    for place in places:
        if isinstance(place, Placeholder):
            operands.append(operand(values[place.place], place.kind))
        elif isinstance(place, Fixed):
            operands.append(operand(place.text, place.kind))
        else:
            operands.append(words[place])
    return operands
