"""A read plan as one SELECT whose rows PostgreSQL turns into the body itself; embeds are lateral joins in it."""

from __future__ import annotations

from dataclasses import replace

from sahne.gateway.rest.plan import Embed, Read
from sahne.gateway.rest.query.columns import bare, columns_sql, groups_sql, spread_names
from sahne.gateway.rest.query.fragment import Parameters, conditions_sql, order_sql, related_sql, where_sql
from sahne.gateway.rest.query.names import quoted


def rows_sql(read: Read, source: str, parameters: Parameters) -> str:
    """The rows of the root: `source` is what stands in FROM under the root's alias."""
    where, joins = where_sql(read, parameters), _joins(read, parameters)
    order, limit = order_sql(read, read.order, parameters), limit_sql(read, parameters)
    return f"select {columns_sql(read)} from {source}{joins}{where}{groups_sql(read)}{order}{limit}"


def count_sql(read: Read, source: str, parameters: Parameters) -> str:
    """How many rows there are without the limit."""
    return f"(select count(*) {_counted_rows(read, source, parameters)})"


def plain_count_rows_sql(read: Read, source: str, parameters: Parameters) -> str:
    """The rows a count goes over, for EXPLAIN to estimate."""
    return f"select 1 {_counted_rows(read, source, parameters)}"


def _counted_rows(read: Read, source: str, parameters: Parameters) -> str:
    """FROM and WHERE, with those embeds alone that decide whether a row is there."""
    needed = tuple(each for each in read.embeds if each.inner or _may_be_filtered(read, each))
    inner = replace(read, selected=(), embeds=needed)
    return f"from {source}{_joins(inner, parameters)}{where_sql(read, parameters)}"


def _may_be_filtered(read: Read, embed: Embed) -> bool:
    return bool(read.filters) and embed.key not in read.types


def _joins(read: Read, parameters: Parameters) -> str:
    return "".join(_join(read, embed, parameters) for embed in read.embeds)


def _join(read: Read, embed: Embed, parameters: Parameters) -> str:
    rows = _embedded_rows(read, embed, parameters)
    is_list = not embed.relationship.is_to_one
    if embed.spread:
        columns = [_spread(name, is_list=is_list) for name in spread_names(embed)]
        value = ", ".join([*columns, "count(*) > 0 or null as _v" if is_list else "true as _v"])
    else:
        value = ("json_agg(_r)" if is_list else "row_to_json(_r)") + " as _v"
    lateral = f"lateral (select {value} from ({rows}) _r) {embed.joined}"
    if not embed.inner:
        return f" left join {lateral} on true"
    return f" join {lateral} on {embed.joined}._v is not null"


def _spread(name: str, *, is_list: bool) -> str:
    value = f"_r.{quoted(name)}"
    return f"coalesce(json_agg({value}), '[]') as {quoted(name)}" if is_list else f"{value} as {quoted(name)}"


def _embedded_rows(parent: Read, embed: Embed, parameters: Parameters) -> str:
    read, relationship = embed.read, embed.relationship
    source, ties = related_sql(relationship, parent.alias, read.alias)
    joins = _joins(read, parameters)
    conditions = " and ".join([*ties, *conditions_sql(read, read.filters, parameters)])
    where = f" where {conditions}" if conditions else ""
    limit = limit_sql(replace(read, rows_max=_rows_max(embed)), parameters)
    if embed.spread:
        read = bare(read)
    columns, order = columns_sql(read), order_sql(read, read.order, parameters)
    return f"select {columns} from {source}{joins}{where}{groups_sql(read)}{order}{limit}"


def _rows_max(embed: Embed) -> int | None:
    """A key leads to one row of a table by itself; a function, and a view that may multiply rows, is held to it."""
    relationship = embed.relationship
    if not relationship.is_to_one:
        return embed.read.rows_max
    return 1 if relationship.function or relationship.to_view else None


def limit_sql(read: Read, parameters: Parameters) -> str:
    """`limit … offset …`, within the most rows there may be."""
    sql, rows_max = "", read.rows_max
    if read.limit is not None:
        place = f"{parameters.place(read.limit)}::bigint"
        sql = f" limit least({place}, {rows_max})" if rows_max else f" limit {place}"
    elif rows_max:
        sql = f" limit {rows_max}"
    if read.offset is not None:
        sql += f" offset {parameters.place(read.offset)}::bigint"
    return sql
