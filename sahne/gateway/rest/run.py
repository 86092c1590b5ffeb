"""Runs a statement as the caller and checks what must hold before it is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import orjson

from sahne.database.acting import RequestFacts
from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.result import Result
from sahne.gateway.rest.errors import NotSingular, TooManyAffected
from sahne.gateway.rest.operands import operand
from sahne.gateway.rest.query.statement import BODY, GUC_HEADERS, GUC_STATUS, PAGE, TOTAL, Statement
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.syntax import Fixed, Given, Value


class Answer(NamedTuple):
    """What PostgreSQL gave: the body, rows in it, rows there are (if counted), what a function set."""

    body: bytes | None
    page: int
    total: int | None
    headers: bytes | None = None
    status: bytes | None = None


async def run(
    pipeline: Pipeline, actor: Actor, request: RestRequest, statement: Statement, values: Sequence[str],
    words: Mapping[str, bytes | None], settings: Sequence[tuple[bytes, bytes]], *,
    singular: bool, read_only: bool,
) -> Answer:  # fmt: skip
    """One round trip; a second only where the commit depends on the result.

    Raises:
        NotSingular, TooManyAffected: nothing was changed.
        StatementFailed, DatabaseUnreachable, ConnectionsBusy
    """
    preferences = request.preferences
    check: Callable[[Result], None] | None = None
    limited = preferences.max_affected is not None and preferences.strict
    if not read_only and (singular or limited):

        def check(result: Result) -> None:
            _check(int(result.row()[PAGE] or 0), singular, preferences.max_affected if limited else None)

    result = await pipeline.run(
        actor, statement.sql, _fill(statement.parameters, values, words), read_only=read_only, request=request.facts,
        settings=settings, check=check, keep=preferences.tx != "rollback",
    )  # fmt: skip
    row = result.row()
    page = int(row[PAGE] or 0)
    if read_only and singular:
        _check(page, singular, None)
    total = int(row[TOTAL] or 0) if row[TOTAL] is not None else None
    if statement.estimate is not None:
        total = await _estimate(pipeline, actor, statement, values, words, request.facts)
    if len(row) > GUC_STATUS:
        return Answer(row[BODY], page, total, row[GUC_HEADERS], row[GUC_STATUS])
    return Answer(row[BODY], page, total)


def _check(page: int, singular: bool, rows_max: int | None) -> None:
    if singular and page != 1:
        raise NotSingular(details=f"The result contains {page} rows")
    if rows_max is not None and page > rows_max:
        raise TooManyAffected(details=f"The query affects {page} rows")


async def _estimate(
    pipeline: Pipeline, actor: Actor, statement: Statement, values: Sequence[str],
    words: Mapping[str, bytes | None], facts: RequestFacts,
) -> int:  # fmt: skip
    """What the planner believes there is."""
    assert statement.estimate is not None
    said = await pipeline.run(
        actor,
        statement.estimate,
        _fill(statement.estimate_parameters, values, words),
        read_only=True,
        request=facts,
    )
    return int(orjson.loads(said.value() or b"[]")[0]["Plan"]["Plan Rows"])


def _fill(
    places: Sequence[Value | str], values: Sequence[str], words: Mapping[str, bytes | None]
) -> list[bytes | None]:
    filled: list[bytes | None] = []
    for place in places:
        if isinstance(place, Given):
            filled.append(operand(values[place.place], place.kind))
        elif isinstance(place, Fixed):
            filled.append(operand(place.text, place.kind))
        else:
            filled.append(words[place])
    return filled
