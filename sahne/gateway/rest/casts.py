"""The types that `select=column::type` may name: those whose values are no longer than what they are made of. Pure."""

from __future__ import annotations

from collections.abc import Collection

from sahne.gateway.rest.errors import ParseFailed

PRECISION_MAX = 100  # of numeric(…) and varchar(…): with a length the value is padded to it
CASTABLE = frozenset({
    "text", "varchar", "character varying", "name", "uuid", "bool", "boolean",
    "int", "int2", "int4", "int8", "integer", "smallint", "bigint", "oid", "money",
    "numeric", "decimal", "real", "float", "float4", "float8", "double precision",
    "date", "time", "timetz", "time with time zone", "time without time zone", "interval",
    "timestamp", "timestamptz", "timestamp with time zone", "timestamp without time zone",
    "json", "jsonb", "bytea", "inet", "cidr", "macaddr", "regclass", "tsvector", "tsquery",
    "daterange", "int4range", "int8range", "numrange", "tsrange", "tstzrange",
})  # fmt: skip


def check_cast(type_: str, own: Collection[str]) -> None:
    """Refuse a cast to any other type; `own` are those of the schema's columns.

    Raises:
        ParseFailed: it is not in the list, or longer than `PRECISION_MAX`.
    """
    name, _, bounds = type_.removesuffix("[]").partition("(")
    lengths = [int(length) for length in bounds.rstrip(")").split(",") if length]
    if (name.strip() in CASTABLE or type_ in own) and all(length <= PRECISION_MAX for length in lengths):
        return
    raise ParseFailed(
        f"A column cannot be cast to {type_}",
        details=f"A length is at most {PRECISION_MAX}." if lengths else None,
        hint=f"The types are {', '.join(sorted(CASTABLE))}, arrays of them, and those of the schema's own columns.",
    )
