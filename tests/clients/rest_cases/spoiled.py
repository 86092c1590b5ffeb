"""Requests with something wrong in them: what is refused must be refused alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.clients.rest_cases.material import Case, Material


def spoiled(known: Material, case: Case) -> Case:
    """The same request with one thing wrong."""
    return replace(known.random.choice(WAYS)(case), is_spoiled=True)


def _asking(parameter: str) -> Callable[[Case], Case]:
    return lambda case: replace(case, path=f"{case.path}{'&' if '?' in case.path else '?'}{parameter}")


def _with(name: str, value: str) -> Callable[[Case], Case]:
    return lambda case: replace(case, headers=case.headers | {name: value})


def _without_a_body(case: Case) -> Case:
    return replace(case, body=None if case.body is None else "")


def _with_half_a_body(case: Case) -> Case:
    return replace(case, body=case.body and case.body[: len(case.body) // 2])


def _elsewhere(case: Case) -> Case:
    return replace(case, path=case.path.replace("/", "/no_", 1))


WAYS: tuple[Callable[[Case], Case], ...] = (
    *map(_asking, ("nope=eq.1", "order=nope", "order=id.sideways", "id=nope.1", "id=1", "and=(id.eq.1", "or=()", "limit=x",
                   "limit=-1", "offset=-1", "offset=x", "select=nope", "select=id,nope(id)", "nope.id=eq.1", "id=in.1",
                   "id=is.nope", "id=fts(nope).x", "id=like(some).{a}", "id=not.not.eq.1", "columns=nope",
                   "on_conflict=nope", "id=eq.notanumber", "select=id::nope", "select=count()", "id->x=eq.1", "id.eq.1",
                   "order=", "select=", "order=id.desc.asc")),
    _with("accept", "image/png"), _with("content-type", "text/strange"), _with("accept-profile", "private"),
    _with("content-profile", "nope"), _with("range", "x-y"), _with("prefer", "tx=rollback, handling=strict, odd=thing"),
    _with("prefer", "tx=rollback, timezone=Nowhere, handling=strict"),
    _without_a_body, _with_half_a_body, _elsewhere,
)  # fmt: skip
