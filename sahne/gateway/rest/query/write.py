"""Insert, upsert, update and delete as one statement: the body is one JSON parameter whatever its length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sahne.database.catalog import Column, Relation
from sahne.gateway.rest.plan import Read
from sahne.gateway.rest.query.fragment import Parameters, where_sql
from sahne.gateway.rest.query.names import literal, quoted, table
from sahne.gateway.rest.query.read import rows_sql
from sahne.gateway.rest.query.statement import Format, answer_sql

PAYLOAD = "payload"

# How many rows of an upsert are new: each counts up before it is inserted, and down again when it was there already.
# A system column that tells it would have to be granted.
COUNTER = "nullif(current_setting('sahne.inserted', true), '')"
COUNT = f"set_config('sahne.inserted', (coalesce({COUNTER}, '0')::int {{}} 1)::text, true) <> ''"
INSERTED_SQL = f", coalesce({COUNTER}, '0')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What to do to `relation`. `returning` is None when no row comes back.

    Of the rows that are there already an upsert changes neither the columns that it finds them by (`conflict`) nor
    those that the caller may not change (`fixed`): these must be as they are. Where nothing is left to change, it
    sets `touched` to what it is, so that these rows come back too, also one that is made at the same moment.
    """

    kind: Literal["insert", "update", "delete"]
    relation: Relation
    read: Read
    columns: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    resolution: str | None = None
    fixed: tuple[str, ...] = ()
    touched: str | None = None
    defaults: bool = False
    nothing: bool = False
    returning: tuple[str, ...] | None = None

    @property
    def is_of_all_rows(self) -> bool:
        """Whether no filter of its own rows bounds what it changes. Without a column to set it changes nothing."""
        return not self.read.filters and (self.kind == "delete" or (self.kind == "update" and bool(self.columns)))

    @property
    def resolves(self) -> bool:
        """Whether it knows what to do with rows that are there already."""
        return self.kind == "insert" and self.resolution is not None and bool(self.conflict and self.columns)

    @property
    def merges(self) -> bool:
        """Whether these are changed."""
        return self.resolves and self.resolution == "merge-duplicates"


def write_sql(write: Write, format_: Format, parameters: Parameters) -> str:
    """The whole: a CTE that writes, and the answer read off what it returned."""
    own = quoted(write.read.alias)
    returning = ", ".join(f"{own}.{quoted(name) if name != '*' else '*'}" for name in write.returning or ()) or "1"
    if write.kind == "update" and not write.columns:
        change = f"select {returning} from {_aliased(write)} where false"
    else:
        change = {"insert": _insert, "update": _update, "delete": _delete}[write.kind](write, parameters)
        change = f"{change} returning {returning}"
    with_ = f"with _source as ({change}) "
    if write.returning is None:
        rows = f"select 1 from _source as {own}"
    else:
        read = replace(write.read, filters=(), limit=None, offset=None, rows_max=None)
        rows = rows_sql(read, f"_source as {own}", parameters)
    return answer_sql(rows, format_, None, gucs=True, with_=with_, more=INSERTED_SQL if write.merges else "")


def _insert(write: Write, parameters: Parameters) -> str:
    target = table(write.relation.schema, write.relation.name)
    if write.nothing:
        return f"insert into {target} select where false"
    if not write.columns:  # each row is its defaults
        return f"insert into {target} select from json_array_elements({parameters.place(PAYLOAD)}::json)"
    named = _list(write.columns)
    counted = f" where {COUNT.format('+')}" if write.merges else ""
    source = f"{_payload(write, parameters)}{counted}"
    return f"insert into {target} ({named}) select {named} from {source}{_on_conflict(write)}"


def _on_conflict(write: Write) -> str:
    if not write.resolves:
        return ""
    if write.resolution == "ignore-duplicates":
        return f" on conflict ({_list(write.conflict)}) do nothing"
    target = quoted(write.relation.name)
    changed = [name for name in write.columns if name not in (*write.conflict, *write.fixed)] or write.conflict[:1]
    sets = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in changed)
    if write.touched:
        sets = f"{quoted(write.touched)} = {target}.{quoted(write.touched)}"
    same = [f"{target}.{quoted(name)} is not distinct from excluded.{quoted(name)}" for name in write.fixed]
    where = " and ".join([*same, COUNT.format("-")])
    return f" on conflict ({_list(write.conflict)}) do update set {sets} where {where}"


def _update(write: Write, parameters: Parameters) -> str:
    sets = ", ".join(f"{quoted(name)} = {_new_value(name, write, parameters)}" for name in write.columns)
    payload = f"(select * from {_payload(replace(write, defaults=False), parameters)} limit 1) _p"
    return f"update {_aliased(write)} set {sets} from {payload}{_where(write, parameters)}"


def _new_value(name: str, write: Write, parameters: Parameters) -> str:
    """What an update sets a column to; a default is made for each row anew."""
    default = write.relation.columns[name].default if write.defaults else None
    given = f"_p.{quoted(name)}"
    if not default:
        return given
    body = parameters.place(PAYLOAD)
    return f"case when {body}::jsonb -> 0 ? {literal(name)} then {given} else {default} end"


def _delete(write: Write, parameters: Parameters) -> str:
    return f"delete from {_aliased(write)}{_where(write, parameters)}"


def _aliased(write: Write) -> str:
    return f"{table(write.relation.schema, write.relation.name)} as {quoted(write.read.alias)}"


def _where(write: Write, parameters: Parameters) -> str:
    """The rows to change, by their own columns: what is embedded in the answer is not there yet."""
    return where_sql(replace(write.read, embeds=()), parameters)


def _payload(write: Write, parameters: Parameters) -> str:
    """The rows of the body, each of its columns as its type."""
    columns = [write.relation.columns[name] for name in write.columns]
    record = ", ".join(
        f"{quoted(each.name)} {'json' if each.representation.from_json else each.type}" for each in columns
    )
    rows = f"{_recordset(write, parameters)} as _({record})"
    if not any(each.representation.from_json for each in columns):
        return rows
    values = [
        f"{each.representation.from_json}({quoted(each.name)}) as {quoted(each.name)}"
        if each.representation.from_json
        else quoted(each.name)
        for each in columns
    ]
    return f"(select {', '.join(values)} from {rows}) _"


def _recordset(write: Write, parameters: Parameters) -> str:
    body = parameters.place(PAYLOAD)
    if not write.defaults:
        return f"json_to_recordset({body}::json)"
    with_default = [write.relation.columns[name] for name in write.columns if write.relation.columns[name].default]
    defaults = ", ".join(f"{literal(each.name)}, {_default(each)}" for each in with_default)
    merged = f"(select jsonb_agg(jsonb_build_object({defaults}) || _e) from jsonb_array_elements({body}::jsonb) _e)"
    return f"jsonb_to_recordset({merged})"


def _default(column: Column) -> str:
    """A column's default as a body has it."""
    to_json = column.representation.to_json
    return f"{to_json}(({column.default})::{column.type})" if to_json else str(column.default)


def _list(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)
