"""The columns of a SELECT, and the groups that its aggregates are made over.

Where an aggregate is asked for, rows are grouped by everything else. What a spread resource aggregates is its parent's
to aggregate: it gives the bare columns.
"""

from __future__ import annotations

from dataclasses import replace

from sahne.gateway.rest.plan import Embed, Read, output_name, spread_columns
from sahne.gateway.rest.query.fragment import field_sql
from sahne.gateway.rest.query.names import quoted
from sahne.gateway.rest.syntax import Selected


def columns_sql(read: Read) -> str:
    """What stands between `select` and `from`."""
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


def groups_sql(read: Read) -> str:
    """`group by …` everything that is no aggregate, where there is one."""
    if not _is_grouped(read):
        return ""
    terms = [_value(read, item) for item in read.selected if not item.aggregate]
    for embed in read.embeds:
        if embed.spread:
            aggregates = {output_name(item) for item in spread_columns(embed.read) if item.aggregate}
            terms += [f"{embed.joined}.{quoted(name)}" for name in spread_names(embed) if name not in aggregates]
        elif embed.read.selected or embed.read.embeds:
            terms.append(_embedded(read, embed))
    return f" group by {', '.join(terms)}" if terms else ""


def spread_names(embed: Embed) -> list[str]:
    """The names under which a spread resource gives its columns, and those of its own spread ones, to its parent."""
    names = [output_name(item) for item in embed.read.selected]
    for child in embed.read.embeds:
        names += spread_names(child) if child.spread else [child.key]
    return names


def bare(read: Read) -> Read:
    """Without its aggregates, whose columns it gives under their names; a row that is only counted gives a 1."""
    columns = (Selected(each.field, output_name(each), each.cast) if each.aggregate else each for each in read.selected)
    embeds = (replace(each, read=bare(each.read)) if each.spread else each for each in read.embeds)
    return replace(read, selected=tuple(columns), embeds=tuple(embeds))


def _column(read: Read, item: Selected) -> str:
    if item.field.column == "*" and not item.aggregate:
        return f"1 as {quoted(item.alias)}" if item.alias else f"{quoted(read.alias)}.*"
    name = output_name(item)
    if item.aggregate:
        return f"{_aggregate(item, _value(read, item))} as {quoted(name)}"
    represented = _represented(read, item)
    if represented:
        return f"{represented} as {quoted(name)}"
    sql = _value(read, item)
    return f"{sql} as {quoted(name)}" if item.cast or item.field.way or name != item.field.column else sql


def _represented(read: Read, item: Selected) -> str | None:
    """The JSON that clients see in the place of a domain's value; None where that is the value's own."""
    representation = read.representations.get(item.field.column)
    if item.field.way or representation is None or representation.to_json is None:
        return None
    sql = f"{representation.to_json}({field_sql(item.field, read.alias, None)})"
    return f"cast({sql} as {item.cast})" if item.cast else sql


def _value(read: Read, item: Selected) -> str:
    if item.field.column == "*":
        return "*"
    sql = field_sql(item.field, read.alias, read.types.get(item.field.column))
    return f"cast({sql} as {item.cast})" if item.cast else sql


def _aggregate(item: Selected, value: str) -> str:
    sql = f"{item.aggregate}({value})"
    return f"cast({sql} as {item.aggregate_cast})" if item.aggregate_cast else sql


def _spread_columns(embed: Embed) -> list[str]:
    aggregates = {output_name(item): item for item in spread_columns(embed.read) if item.aggregate}
    columns = []
    for name in spread_names(embed):
        place = f"{embed.joined}.{quoted(name)}"
        item = aggregates.get(name)
        columns.append(f"{_aggregate(item, place)} as {quoted(name)}" if item else place)
    return columns


def _embedded(read: Read, embed: Embed) -> str:
    value = f"{embed.joined}._v"
    return f"{value}::jsonb" if _is_grouped(read) else value  # json has no equality to group by


def _is_grouped(read: Read) -> bool:
    items = [item for embed in read.embeds if embed.spread for item in spread_columns(embed.read)]
    return any(item.aggregate for item in (*read.selected, *items))
