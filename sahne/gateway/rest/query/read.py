"""A read plan as one SELECT whose rows PostgreSQL turns into the body itself; embeds are lateral joins in it.

Where an aggregate is asked for, the rows are grouped by everything else. What a spread resource aggregates is its
parent's to aggregate: it gives the bare columns.
"""

from __future__ import annotations

from dataclasses import replace

from sahne.gateway.rest.plan import Embed, Read, output_name, spread_columns
from sahne.gateway.rest.query.fragment import (
    Parameters,
    conditions_sql,
    field_sql,
    join_sql,
    order_sql,
    quoted,
    table,
    where_sql,
)
from sahne.gateway.rest.syntax import Selected


def rows_sql(read: Read, source: str, parameters: Parameters) -> str:
    """The rows of the root: `source` is what stands in FROM under the root's alias."""
    where, joins = where_sql(read, parameters), _joins(read, parameters)
    order, limit = order_sql(read, read.order, parameters), limit_sql(read, parameters)
    return f"select {_columns(read)} from {source}{joins}{where}{_groups(read)}{order}{limit}"


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


def _columns(read: Read) -> str:
    columns = [_column(read, item) for item in read.selected]
    for embed in read.embeds:
        if embed.spread:
            columns += _spread_columns(embed)
        elif embed.read.selected or embed.read.embeds:
            value = _embedded(read, embed)
            if not embed.relationship.is_to_one:
                value = f"coalesce({value}, '[]')"
            columns.append(f"{value} as {quoted(embed.key)}")
    return ", ".join(columns)


def _column(read: Read, item: Selected) -> str:
    if item.field.column == "*" and not item.aggregate:
        return f"1 as {quoted(item.alias)}" if item.alias else f"{quoted(read.alias)}.*"
    name, sql = output_name(item), _value(read, item)
    if item.aggregate:
        return f"{_aggregate(item, sql)} as {quoted(name)}"
    return f"{sql} as {quoted(name)}" if item.cast or item.field.way or name != item.field.column else sql


def _value(read: Read, item: Selected) -> str:
    if item.field.column == "*":
        return "*"
    sql = field_sql(item.field, read.alias, read.types.get(item.field.column))
    return f"cast({sql} as {item.cast})" if item.cast else sql


def _aggregate(item: Selected, value: str) -> str:
    sql = f"{item.aggregate}({value})"
    return f"cast({sql} as {item.aggregate_cast})" if item.aggregate_cast else sql


def _embedded(read: Read, embed: Embed) -> str:
    value = f"{embed.joined}._v"
    return f"{value}::jsonb" if _is_grouped(read) else value  # json has no equality to group by


def _spread_columns(embed: Embed) -> list[str]:
    aggregates = {output_name(item): item for item in spread_columns(embed.read) if item.aggregate}
    columns = []
    for name in _spread_names(embed):
        place = f"{embed.joined}.{quoted(name)}"
        item = aggregates.get(name)
        columns.append(f"{_aggregate(item, place)} as {quoted(name)}" if item else place)
    return columns


def _is_grouped(read: Read) -> bool:
    items = [item for embed in read.embeds if embed.spread for item in spread_columns(embed.read)]
    return any(item.aggregate for item in (*read.selected, *items))


def _groups(read: Read) -> str:
    """`group by …` everything that is no aggregate, where there is one."""
    if not _is_grouped(read):
        return ""
    terms = [_value(read, item) for item in read.selected if not item.aggregate]
    for embed in read.embeds:
        if embed.spread:
            aggregates = {output_name(item) for item in spread_columns(embed.read) if item.aggregate}
            terms += [f"{embed.joined}.{quoted(name)}" for name in _spread_names(embed) if name not in aggregates]
        elif embed.read.selected or embed.read.embeds:
            terms.append(_embedded(read, embed))
    return f" group by {', '.join(terms)}" if terms else ""


def _spread_names(embed: Embed) -> list[str]:
    names = [output_name(item) for item in embed.read.selected]
    for child in embed.read.embeds:
        names += _spread_names(child) if child.spread else [child.key]
    return names


def _joins(read: Read, parameters: Parameters) -> str:
    return "".join(_join(read, embed, parameters) for embed in read.embeds)


def _join(read: Read, embed: Embed, parameters: Parameters) -> str:
    rows = _embedded_rows(read, embed, parameters)
    is_list = not embed.relationship.is_to_one
    if embed.spread:
        columns = [_spread(name, is_list=is_list) for name in _spread_names(embed)]
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
    source = f"{table(*relationship.target)} as {quoted(read.alias)}"
    junction = relationship.junction
    if junction is None:
        ties = join_sql(relationship, parent.alias, read.alias)
    else:
        through = quoted(f"{junction.relation.name}_of_{embed.joined}")
        # a comma binds looser than a join: the laterals must see the target, so it comes last
        source = f"{table(*junction.relation)} as {through}, {source}"
        ties = " and ".join(
            [
                f"{through}.{quoted(here)} = {quoted(parent.alias)}.{quoted(there)}"
                for here, there in zip(junction.source_columns, relationship.columns, strict=True)
            ]
            + [
                f"{through}.{quoted(here)} = {quoted(read.alias)}.{quoted(there)}"
                for here, there in zip(junction.target_columns, relationship.target_columns, strict=True)
            ]
        )
    joins = _joins(read, parameters)
    where = " and ".join([ties, *conditions_sql(read, read.filters, parameters)])
    limit = limit_sql(replace(read, rows_max=None) if relationship.is_to_one else read, parameters)
    if embed.spread:
        read = _bare(read)
    columns, order = _columns(read), order_sql(read, read.order, parameters)
    return f"select {columns} from {source}{joins} where {where}{_groups(read)}{order}{limit}"


def _bare(read: Read) -> Read:
    """Without its aggregates, whose columns it gives under their names; a row that is only counted gives a 1."""
    columns = (Selected(each.field, output_name(each), each.cast) if each.aggregate else each for each in read.selected)
    embeds = (replace(each, read=_bare(each.read)) if each.spread else each for each in read.embeds)
    return replace(read, selected=tuple(columns), embeds=tuple(embeds))


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
