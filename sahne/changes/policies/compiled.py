"""The policies of one table for one role as one question about all viewers, in the cheapest way that is right.

A condition falls into alternatives, each of them conditions that all hold: an alternative is a join of the viewers, the
row as it is in the stream, and what `row's value IN (query)` names, which PostgreSQL can begin at either end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from psycopg import sql

from sahne.changes.policies.catalog import Catalog, Column, Relation
from sahne.changes.policies.equalities import WRITTEN_ALIKE, Equalities, Equality
from sahne.changes.policies.expansion import Expansion, Reader, Stands
from sahne.changes.policies.uses import NotUnderstood, uses_of
from sahne.changes.policies.written import Tokens, all_of, bare, closing, outside, split, tokens_of, united
from sahne.database.catalog_exposure import DEFAULT_SEARCH_PATH

ALTERNATIVES_MAX = 64


class Tier(StrEnum):
    """How a verdict is found, the cheapest first."""

    OPEN = "open"  # row security does not bind this role
    CONSTANT = "constant"  # everybody, or nobody
    CLAIM = "claim"  # a column is a claim: looked up in memory
    SET = "set"  # one statement for all viewers
    PROBE = "probe"  # viewer by viewer


class Alternative(NamedTuple):
    """A way to be permitted: `conditions` that all hold, `joins` of a value and the query that must name it."""

    conditions: tuple[Tokens, ...]
    joins: tuple[tuple[Tokens, Tokens], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """How verdicts on a table are found for a role.

    `columns` are those of the row that matter. `depends` are the columns of other tables that do, by the table's
    number; of those in `equalities` a row matters only where one of these holds. `not_kept` says why verdicts are not
    (None: they are, until something they stand on changes). `lookups` are the columns and claims of which a pair must
    be equal, where that is all.
    """

    relation: Relation
    role: str
    tier: Tier
    reason: str = ""
    everybody: bool = False
    columns: tuple[Column, ...] = ()
    lookups: tuple[tuple[str, str], ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    depends: Mapping[int, frozenset[str]] = field(default_factory=dict)
    equalities: Mapping[int, frozenset[Equality]] = field(default_factory=dict)
    relations: Mapping[int, Relation] = field(default_factory=dict)
    functions: frozenset[int] = frozenset()
    not_kept: str | None = None

    def values_of(self, row: Mapping[str, str | None]) -> tuple[str | None, ...] | None:
        """The row's values that matter; None where one of them is not in the stream."""
        try:
            return tuple(row[column.name] for column in self.columns)
        except KeyError:
            return None


async def compile_policies(catalog: Catalog, table: int, role: str, viewer: str, claims: dict[Tokens, str]) -> Compiled:
    """The policies of a table for a role; what is not understood is left to the probe, with the reason.

    `viewer` is the name of the table of viewers and of its row, `claims` the expressions its columns stand for.
    """
    relation = await catalog.relation(table, role)
    if not relation.bound:
        return Compiled(relation=relation, role=role, tier=Tier.OPEN, everybody=True)
    expansion = Expansion(catalog, viewer, claims)
    reader = Reader(role, DEFAULT_SEARCH_PATH)
    try:
        permissive, restrictive = await expansion.conditions_of(relation.policies, reader)
        alternatives = joined_ways(permissive, restrictive)
        return _in_cheapest_tier(relation, role, alternatives, expansion.stands, viewer, claims)
    except (NotUnderstood, ValueError, LookupError, RecursionError) as error:
        return Compiled(
            relation=relation,
            role=role,
            tier=Tier.PROBE,
            reason=str(error),
            relations=expansion.stands.relations,
            functions=frozenset(expansion.stands.functions),
        )


def joined_ways(permissive: Sequence[Tokens], restrictive: Sequence[Tokens]) -> list[Alternative]:
    """The ways to be permitted: any of the permissive conditions, with all of the restrictive ones."""
    return [
        alternative
        for words in permissive
        for all_of in _alternatives(words)
        for alternative in _with_joins((*all_of, *restrictive))
    ]


def _in_cheapest_tier(
    relation: Relation,
    role: str,
    alternatives: list[Alternative],
    stands: Stands,
    viewer: str,
    claims: Mapping[Tokens, str],
) -> Compiled:
    if len(alternatives) > ALTERNATIVES_MAX:
        raise NotUnderstood("it falls into too many alternatives")
    alternatives = [each for each in alternatives if ("false",) not in each.conditions]
    if any(not each.joins and set(each.conditions) <= {("true",)} for each in alternatives) or not alternatives:
        return Compiled(relation=relation, role=role, tier=Tier.CONSTANT, everybody=bool(alternatives))
    own = {number for policy in relation.policies for number in uses_of(policy.tree).own}
    columns = tuple(relation.columns[number] for number in sorted(own))
    if generated := [column.name for column in columns if column.generated]:
        raise NotUnderstood(f"the stream does not tell of {generated[0]}, which is generated")
    lookups = [_lookup(each, relation, columns, viewer, claims) for each in alternatives]
    found = tuple(lookup for lookup in lookups if lookup is not None)
    return Compiled(
        relation=relation,
        role=role,
        tier=Tier.CLAIM if len(found) == len(lookups) else Tier.SET,
        columns=columns,
        lookups=found,
        alternatives=tuple(alternatives),
        depends={
            oid: frozenset(stands.relations[oid].columns[number].name for number in numbers)
            for oid, numbers in stands.tables.items()
        },
        equalities=Equalities(relation, columns, stands.relations).among(
            [condition for each in alternatives for condition in each.conditions],
            [join for each in alternatives for join in each.joins],
        ),
        relations=stands.relations,
        functions=frozenset(stands.functions),
        not_kept=_why_not_kept(stands),
    )


def _why_not_kept(stands: Stands) -> str | None:
    if stands.of_time:
        return "it asks what time it is"
    for relation in stands.relations.values():
        if relation.has_relatives or relation.kind != "r":
            return f"{relation.schema}.{relation.name} has parts"
        if not relation.told_whole:
            return f"{relation.schema}.{relation.name} is not published as a whole"
    return None


def _lookup(
    alternative: Alternative, relation: Relation, columns: tuple[Column, ...], viewer: str, claims: Mapping[Tokens, str]
) -> tuple[str, str] | None:
    """The column and the claim of `column = claim`, if that is all there is to an alternative."""
    if alternative.joins or len(alternative.conditions) != 1:
        return None
    sides = [bare(side) for side in split(bare(alternative.conditions[0]), "=")]
    if len(sides) != 2:
        return None
    for one, other in (sides, sides[::-1]):
        if len(other) != 3 or other[:2] != (viewer, "."):
            continue
        words = next((words for words, column in claims.items() if column == other[2]), ("::", "claims", ")"))
        type_words = words[len(words) - 1 - words[::-1].index("::") + 1 : -1]
        name = one[-1] if len(one) == 1 or one[:-1] == (relation.name, ".") else ""
        column = next((each for each in columns if each.quoted == name), None)
        if column and not column.collation and column.type in WRITTEN_ALIKE and tokens_of(column.type) == type_words:
            return column.name, other[2]
    return None


def _alternatives(words: Tokens) -> list[tuple[Tokens, ...]]:
    """The ways in which a condition holds, each a list of what must hold then."""
    words = bare(words)
    parts = split(words, "OR")
    if len(parts) > 1:
        return [each for part in parts for each in _alternatives(part)]
    return [tuple(all_of(words))]


def _with_joins(conditions: tuple[Tokens, ...]) -> list[Alternative]:
    """One for each way to take one query of every union, as PostgreSQL begins a union at one end only."""
    found = [(condition, _join(condition)) for condition in conditions]
    rest = tuple(condition for condition, join in found if join is None)
    ways = [[(join[0], part) for part in united(join[1])] for _, join in found if join is not None]
    return [Alternative(rest, joins) for joins in product(*ways)]


def _join(words: Tokens) -> tuple[Tokens, Tokens] | None:
    """`value IN (query)` and `value = ANY (ARRAY(query))` as value and query; null is no member of either."""
    for at in outside(words):
        if words[at] == "IN" and words[at + 1 : at + 3] == ("(", "SELECT"):
            value, opening = words[:at], at + 1
        elif words[at : at + 5] == ("=", "ANY", "(", "ARRAY", "("):
            value, opening = words[:at], at + 4
        else:
            continue
        end = closing(words, opening)
        rest = words[end + 1 :]
        if set(rest) - {")"} or _is_many(value) or words[opening + 1] != "SELECT":
            return None
        return value, words[opening + 1 : end]
    return None


def _is_many(value: Tokens) -> bool:
    """Whether it is a row, or something that is not a value by itself."""
    inside = value[1:-1] if value[:1] == ("(",) else value
    return not value or value[0] == "ROW" or "NOT" in value or any(inside[at] == "," for at in outside(inside))


def statement_of(compiled: Compiled, viewer: str, *, some: bool) -> bytes:
    """The numbers of the viewers who may see, and the snapshot that says so.

    Its parameters are the values of `columns`, and with `some` the numbers of those who are asked for.
    """
    row = [
        f"${place}::{column.type}{f' COLLATE {column.collation}' if column.collation else ''} AS {column.quoted}"
        for place, column in enumerate(compiled.columns, 1)
    ]
    asked = f" AND {viewer}.{viewer}_id = ANY (${len(row) + 1}::int[])" if some else ""
    role = sql.Literal(compiled.role).as_string(None)
    rows = f"(SELECT {', '.join(row) or '1 AS nothing'}) AS {compiled.relation.name}"
    ways = []
    for alternative in compiled.alternatives:
        joins = [
            (
                f", LATERAL ({' '.join(query)}) AS named_{n}_{viewer} ({viewer}_value)",
                f"({' '.join(value)}) = named_{n}_{viewer}.{viewer}_value",
            )
            for n, (value, query) in enumerate(alternative.joins)
        ]
        conditions = [f"({' '.join(words)})" for words in alternative.conditions] + [join for _, join in joins]
        ways.append(
            f"SELECT {viewer}.{viewer}_id FROM pg_temp.{viewer} AS {viewer}, {rows}{''.join(one for one, _ in joins)}"
            f" WHERE {viewer}.{viewer}_role = {role}{asked}{''.join(f' AND {each}' for each in conditions)}"
        )
    listed = " UNION ".join(ways)
    return f"SELECT pg_current_snapshot()::text AS snapshot, ARRAY({listed})::text AS viewers".encode()
