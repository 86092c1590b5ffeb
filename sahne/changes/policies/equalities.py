"""Of which rows of another table a verdict can hang: where that can be proven, those of which a column is one of the
judged row's values.

`session_id IN (SELECT session_id FROM seats WHERE …)` hangs on the seats of that session and on no other, and so does
`EXISTS (SELECT FROM seats WHERE ((seats.session_id = lines.session_id) AND …))`. A table that stands anywhere else, or
is read in any other way, may decide with any row of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sahne.changes.policies.catalog import Column, Relation
from sahne.changes.policies.written import Tokens, all_of, bare, closing, is_name, outside, qualified, split, tokens_of

# Types of which two values are equal when, and only when, PostgreSQL writes them alike
WRITTEN_ALIKE = frozenset({"uuid", "text", "bigint", "integer", "smallint"})


class Equality(NamedTuple):
    """A row of another table matters where its `column` is the judged row's value at `place`, and nowhere else."""

    place: int
    column: str


class _Source(NamedTuple):
    """What a query reads, where it is one table: its name, how its columns are called, and its condition."""

    table: tuple[str, str]
    alias: str
    condition: Tokens


@dataclass(frozen=True, slots=True)
class Equalities:
    """Finds them for one judged table, of which `columns` are the values, among the tables that its policies read."""

    judged: Relation
    columns: Sequence[Column]
    others: Mapping[int, Relation]

    def among(
        self, conditions: Iterable[Tokens], joins: Iterable[tuple[Tokens, Tokens]]
    ) -> dict[int, frozenset[Equality]]:
        """By the other table's number, for those that stand in no place where any row may decide."""
        found: defaultdict[int, set[Equality]] = defaultdict(set)
        anywhere: set[int] = set()
        parts = [(words, self._of_condition(words)) for words in set(conditions)]
        parts += [((*value, *query), self._of_join(value, query)) for value, query in set(joins)]
        for words, proven in parts:
            for oid, other in self.others.items():
                count = len(qualified(words, other.schema, other.name))
                if count == 1 and proven is not None and proven[0] == oid:
                    found[oid].add(proven[1])
                elif count:
                    anywhere.add(oid)
        return {oid: frozenset(equalities) for oid, equalities in found.items() if oid not in anywhere}

    def _of_join(self, value: Tokens, query: Tokens) -> tuple[int, Equality] | None:
        """`value IN (query)` as it is joined: null is equal to nothing."""
        place = self._place_of(bare(value))
        return None if place is None else self._of_query(query, place)

    def _of_query(self, query: Tokens, place: int) -> tuple[int, Equality] | None:
        """`SELECT alias.column FROM table …`, or the same within what a function's rows are written out to."""
        start = next((at for at in outside(query) if query[at] == "FROM"), None)
        if start is None or query[:1] != ("SELECT",):
            return None
        wanted = query[1:start]
        if "AS" in wanted:
            wanted = wanted[: wanted.index("AS")]
        inner = _rows_within(query[start + 1 :], wanted, self.columns[place])
        if inner is not None:
            return self._of_query(inner, place)
        source = _source(query[start + 1 :])
        return None if source is None else self._equal(source, wanted, place)

    def _of_condition(self, words: Tokens) -> tuple[int, Equality] | None:
        """`EXISTS (SELECT … FROM table WHERE ((alias.column = judged.column) AND …))`, or that it does not."""
        words = bare(words)
        if words[:1] == ("NOT",):
            words = bare(words[1:])
        if words[:3] != ("EXISTS", "(", "SELECT") or closing(words, 1) != len(words) - 1:
            return None
        query = words[2:-1]
        start = next((at for at in outside(query) if query[at] == "FROM"), None)
        source = _source(query[start + 1 :]) if start is not None else None
        if source is None:
            return None
        for condition in all_of(source.condition):
            sides = [bare(side) for side in split(bare(condition), "=")]
            for one, other in (sides, sides[::-1]) if len(sides) == 2 else ():
                place = self._place_of(other) if len(other) == 3 else None
                if place is not None and (equal := self._equal(source, one, place)) is not None:
                    return equal
        return None

    def _equal(self, source: _Source, words: Tokens, place: int) -> tuple[int, Equality] | None:
        """The column of the source that these words are, if it is compared as it is written."""
        oid = next((oid for oid, each in self.others.items() if (each.schema, each.name) == source.table), None)
        if oid is None or source.alias == self.judged.name or words[:-1] not in ((), (source.alias, ".")):
            return None
        own = self.columns[place]
        column = next((each for each in self.others[oid].columns.values() if (each.quoted,) == words[-1:]), None)
        if column is None or column.type != own.type or column.collation or own.collation:
            return None
        return (oid, Equality(place, column.name)) if column.type in WRITTEN_ALIKE else None

    def _place_of(self, words: Tokens) -> int | None:
        """Which value of the judged row these words are."""
        if len(words) != 1 and words[:-1] != (self.judged.name, "."):
            return None
        return next((place for place, each in enumerate(self.columns) if (each.quoted,) == words[-1:]), None)


def _rows_within(source: Tokens, wanted: Tokens, column: Column) -> Tokens | None:
    """The query of `(query) rows (answer)`, where what is wanted of it is `rows.answer` in the column's type."""
    if source[:2] != ("(", "SELECT"):
        return None
    end = closing(source, 0)
    rows = source[end + 1 : end + 2]
    if source[end + 2 :] != ("(", "answer", ")") or wanted[:4] != (*rows, ".", "answer", "::"):
        return None
    return source[1:end] if wanted[4:] == tokens_of(column.type) else None


def _source(words: Tokens) -> _Source | None:
    """`schema.table [alias] [WHERE condition]`, or in its place `(SELECT * FROM schema.table WHERE …) alias`."""
    table, rest = words[:3], words[3:]
    if words[:4] == ("(", "SELECT", "*", "FROM"):
        table, rest = words[4:7], words[closing(words, 0) + 1 :]
    if len(table) != 3 or table[1] != ".":
        return None
    alias, rest = (rest[0], rest[1:]) if rest and is_name(rest[0]) else (table[2], rest)
    if rest and (rest[0] != "WHERE" or not _is_whole(rest[1:], alias)):
        return None
    return _Source((table[0], table[2]), alias, rest[1:])


def _is_whole(condition: Tokens, alias: str) -> bool:
    """Whether it is one condition behind which nothing comes: in a bracket, or a column."""
    if condition[:1] == ("(",):
        return closing(condition, 0) == len(condition) - 1
    return len(condition) == 1 or (len(condition) == 3 and condition[:2] == (alias, "."))
