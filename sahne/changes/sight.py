"""One question for many viewers: a function of the session's own takes on each one's claims in turn.

The claims are a setting and the policies read it anew with each statement inside the function, so that one statement
from outside judges hundreds. A policy that raises hides the row from that viewer alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import uuid4

from psycopg import pq, sql

from sahne.changes.subscriptions import Viewer

# Functions are the session's: its temporary schema goes with it. What the keys are is found out by who calls, since
# the login may not look into every schema.
BEFORE_MAKING = b"select set_config('check_function_bodies', 'off', true)"  # in the transaction that makes it
_FUNCTION = sql.SQL("""
create function pg_temp.{name}(viewers json{parameters}, out seen int[], out failure text)
language plpgsql set plan_cache_mode = force_generic_plan as {body}
""")
_BODY = sql.SQL("""
#variable_conflict use_variable
declare
  viewer record;
  {keys}
begin
  seen := '{{}}';
  for viewer in select value::text as claims, ordinality::int as place
                  from json_array_elements(viewers) with ordinality loop
    perform set_config('request.jwt.claims', viewer.claims, true);
    begin
      if exists (select from {rows} as sought {condition}) then
        seen := seen || viewer.place;
      end if;
    exception when others then
      failure := sqlerrm;
    end;
  end loop;
end
""")


class Seen(NamedTuple):
    """Who of those asked for sees the row, and what a policy last raised (None: none did)."""

    viewers: set[Viewer]
    failure: str | None


class Sight(NamedTuple):
    """A function of a session: the statement that makes it, and the one that asks it (`values_of`)."""

    creation: bytes
    question: bytes


def sight_of(rows: sql.Composable, columns: Sequence[str] = ()) -> Sight:
    """Whether a viewer sees any of the `rows` of a table; with the `columns` of its key, the one that has a key."""
    name = sql.Identifier(f"sight_{uuid4().hex}")
    numbers = range(1, len(columns) + 1)
    body = _BODY.format(
        rows=rows,
        keys=sql.SQL(" ").join(
            sql.SQL("{} {}.{}%type := ${};").format(
                _key(number), rows, sql.Identifier(column), sql.SQL(str(number + 1))
            )
            for number, column in zip(numbers, columns, strict=True)
        ),
        condition=sql.SQL("where " if columns else "")
        + sql.SQL(" and ").join(
            sql.SQL("sought.{} = {}").format(sql.Identifier(column), _key(number))
            for number, column in zip(numbers, columns, strict=True)
        ),
    )
    creation = _FUNCTION.format(
        name=name,
        parameters=sql.SQL(", text" * len(columns)),
        body=sql.Literal(body.as_string(None)),
    )
    values = sql.SQL(", ").join(sql.SQL(f"${number}") for number in range(1, len(columns) + 2))
    question = sql.SQL("select seen, failure from pg_temp.{}({})").format(name, values)
    return Sight(creation.as_bytes(None), question.as_bytes(None))


def values_of(viewers: Iterable[Viewer], key: Sequence[str] = ()) -> list[bytes]:
    """The values of a sight's question: claims are JSON already."""
    return [f"[{','.join(viewer.claims for viewer in viewers)}]".encode(), *(value.encode() for value in key)]


def seen_in(result: pq.abc.PGresult, viewers: Sequence[Viewer]) -> Seen:
    """The answer; `viewers` are in the order they were asked for."""
    places = (result.get_value(0, 0) or b"{}").decode().strip("{}")
    failure = result.get_value(0, 1)
    return Seen(
        {viewers[int(place) - 1] for place in places.split(",") if place}, failure.decode() if failure else None
    )


def _key(number: int) -> sql.Identifier:
    return sql.Identifier(f"key_{number}")
