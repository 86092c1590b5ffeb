"""The pieces every statement is made of: quoted names, numbered parameters, fields, filters, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sahne.database.relationships import Relationship
from sahne.gateway.rest.errors import UndefinedColumn
from sahne.gateway.rest.plan import Read
from sahne.gateway.rest.query.names import literal, quoted, table
from sahne.gateway.rest.syntax import Field, Filter, Fixed, Order, Tree, Value

COMPARISONS = {
    "eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "like": "like", "ilike": "ilike",
    "match": "~", "imatch": "~*", "cs": "@>", "cd": "<@", "ov": "&&", "sl": "<<", "sr": ">>", "nxr": "&<",
    "nxl": "&>", "adj": "-|-", "isdistinct": "is distinct from",
}  # fmt: skip
TEXT_SEARCHES = {
    "fts": "to_tsquery", "plfts": "plainto_tsquery", "phfts": "phraseto_tsquery", "wfts": "websearch_to_tsquery",
}  # fmt: skip
REPRESENTED = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "isdistinct", "in"})
SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
JSON_TYPES = frozenset({"json", "jsonb"})
TEXT_TYPES = frozenset({"text", "character varying", "character", "json", "jsonb"})


class Parameters:
    """Numbers the values of a statement; the same value is the same parameter."""

    def __init__(self) -> None:
        self.values: list[Value | str] = []

    def place(self, value: Value | str) -> str:
        """`$n`; a string names something else the run fills in (`payload`)."""
        if isinstance(value, Fixed) or value not in self.values:  # equal texts may be of different types
            self.values.append(value)
            return f"${len(self.values)}"
        return f"${self.values.index(value) + 1}"


def field_sql(field: Field, alias: str, base: str | None) -> str:
    """A column under `alias`, with its way into the JSON.

    Raises:
        UndefinedColumn: PostgreSQL has it in every table, and it tells which rows were written together.
    """
    if base is None and field.column in SYSTEM_COLUMNS:
        raise UndefinedColumn(f"column {alias}.{field.column} does not exist")
    sql = f"{quoted(alias)}.{quoted(field.column)}"
    if not field.way:
        return sql
    if base not in JSON_TYPES:
        sql = f"to_jsonb({sql})"
    for arrow, key in field.way:
        number = key.removeprefix("-")
        sql += arrow + (key if number.isascii() and number.isdigit() else literal(key))
    return sql


def where_sql(read: Read, parameters: Parameters) -> str:
    """`where …` or nothing."""
    conditions = conditions_sql(read, read.filters, parameters)
    return " where " + " and ".join(conditions) if conditions else ""


def conditions_sql(read: Read, members: Sequence[Filter | Tree], parameters: Parameters) -> list[str]:
    """Each filter or tree as a condition."""
    return [_condition(read, member, parameters) for member in members]


def _condition(read: Read, member: Filter | Tree, parameters: Parameters) -> str:
    if isinstance(member, Tree):
        inside = f" {member.joiner} ".join(_condition(read, each, parameters) for each in member.members)
        return f"not ({inside})" if member.negated else f"({inside})"
    embed = None if member.field.column in read.types else read.embed(member.field.column)
    if embed is not None:
        assert isinstance(member.value, Fixed), "the plan refuses what is not `is`"
        wants_null = (member.value.text == "null") != member.negated
        return f"{embed.joined}._v is {'' if wants_null else 'not '}null"
    base = read.types.get(member.field.column)
    column = field_sql(member.field, read.alias, base)
    representation = None if member.field.way else read.representations.get(member.field.column)
    if representation and representation.from_text and member.operator in REPRESENTED:
        sql = _represented(member, column, representation.from_text, parameters)
    else:
        sql = _comparison(member, column, base, parameters)
    return f"not {sql}" if member.negated else sql


def _comparison(member: Filter, field: str, base: str | None, parameters: Parameters) -> str:
    operator = member.operator
    if operator == "is":
        assert isinstance(member.value, Fixed)
        return f"{field} is {member.value.text.replace('_', ' ')}"
    place = parameters.place(member.value)
    if operator == "in":
        return f"{field} = any ({place})"
    if operator in TEXT_SEARCHES:
        config = f"{literal(member.option)}, " if member.option else ""
        if member.field.way or base in TEXT_TYPES:
            field = f"to_tsvector({config}{field})"
        return f"{field} @@ {TEXT_SEARCHES[operator]}({config}{place})"
    if member.quantifier:
        return f"{field} {COMPARISONS[operator]} {member.quantifier} ({place})"
    return f"{field} {COMPARISONS[operator]} {place}"


def _represented(member: Filter, field: str, from_text: str, parameters: Parameters) -> str:
    """A comparison with values as clients write them."""
    place, operator = parameters.place(member.value), COMPARISONS.get(member.operator, "=")
    quantifier = "any" if member.operator == "in" else member.quantifier
    if quantifier:
        return f"{field} {operator} {quantifier} (select {from_text}(_t) from unnest({place}::text[]) _t)"
    return f"{field} {operator} {from_text}({place}::text)"


def order_sql(read: Read, terms: Sequence[Order], parameters: Parameters) -> str:
    """`order by …` or nothing."""
    if not terms:
        return ""
    return " order by " + ", ".join(_term(read, term, parameters) for term in terms)


def _term(read: Read, term: Order, parameters: Parameters) -> str:
    if term.relation is None:
        sql = field_sql(term.field, read.alias, read.types.get(term.field.column))
    else:
        embed = read.embed(term.relation)
        assert embed is not None
        way = field_sql(term.field, "_o", embed.read.types.get(term.field.column))
        target = replace(embed.read, alias="_o")
        source, ties = related_sql(embed.relationship, read.alias, "_o")
        matching = " and ".join([*ties, *conditions_sql(target, target.filters, parameters)])
        sql = f"(select {way} from {source}{f' where {matching}' if matching else ''} limit 1)"
    return sql + (" desc" if term.descending else "") + (f" nulls {term.nulls}" if term.nulls else "")


def related_sql(relationship: Relationship, source: str, target: str) -> tuple[str, list[str]]:
    """What stands in FROM for the rows related to one under alias `source`, and the conditions that tie them to it."""
    quoted_target = quoted(target)
    if relationship.function:
        row = f"({quoted(source)}.*)::{table(*relationship.source)}"  # what a write gave back is but a record
        return f"{table(*relationship.function)}({row}) as {quoted_target}", []
    rows = f"{table(*relationship.target)} as {quoted_target}"
    junction = relationship.junction
    if junction is None:
        return rows, _ties(source, relationship.columns, target, relationship.target_columns)
    through = f"{junction.relation.name}_of_{target}"
    # a comma binds looser than a join: the laterals must see the target, so it comes last
    return f"{table(*junction.relation)} as {quoted(through)}, {rows}", [
        *_ties(source, relationship.columns, through, junction.source_columns),
        *_ties(target, relationship.target_columns, through, junction.target_columns),
    ]


def _ties(one: str, columns: Sequence[str], other: str, other_columns: Sequence[str]) -> list[str]:
    pairs = zip(columns, other_columns, strict=True)
    return [f"{quoted(other)}.{quoted(there)} = {quoted(one)}.{quoted(here)}" for here, there in pairs]
