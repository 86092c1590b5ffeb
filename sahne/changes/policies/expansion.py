"""A condition written out: no function of anybody's left in it, the claims columns of a row of viewers, and each table
in it with what row security lets its reader see of it.

The words are PostgreSQL's own and so is the tree beside them: what is replaced in the words is counted in the tree, and
a difference is a reason to leave it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sahne.changes.policies.catalog import Catalog, Function, Policy, Relation
from sahne.changes.policies.node_tree import Node
from sahne.changes.policies.uses import NotUnderstood, Uses, uses_of
from sahne.changes.policies.written import (
    Tokens,
    closing,
    is_name,
    joined,
    listed,
    only_expression,
    qualified,
    quoted,
    united,
)

DEPTH_MAX = 12  # functions and policies in one another
TOKENS_MAX = 20_000

# Of PostgreSQL's own functions those that are the same for everybody, though not at all times or in all sessions
OF_TIME = frozenset({"now", "transaction_timestamp", "statement_timestamp"})
THE_SAME_FOR_ALL = frozenset({
    "timestamptz_pl_interval", "timestamptz_mi_interval", "date_trunc", "date_part", "extract", "timestamptz",
    "to_jsonb", "to_json", "jsonb_build_object", "jsonb_build_array", "json_build_object", "json_build_array",
    "concat", "concat_ws", "enum_in",
})  # fmt: skip
CURRENT_SETTING = "current_setting"
CLAIMS = ("current_setting", "(", "'request.jwt.claims'", "::", "text", ",", "true", ")")
OF_ONE_CLAIM = re.compile(r"'request\.jwt\.claim(\.\w+)?'")  # nobody sets these: the same in every session of the login
SEARCH_PATH = "search_path="


@dataclass(frozen=True, slots=True)
class Reader:
    """As whom it runs, and where its names are looked for."""

    role: str
    path: str


@dataclass(slots=True)
class Stands:
    """What the verdict stands on: columns of other tables by their number, functions, the clock."""

    tables: dict[int, set[int]] = field(default_factory=dict)
    relations: dict[int, Relation] = field(default_factory=dict)
    functions: set[int] = field(default_factory=set)
    of_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where something stands in the words, and what is put there; of a function its body's query and name."""

    at: int
    of: Relation | Function
    words: Tokens
    body: str = ""
    uses: Uses = field(default_factory=Uses)


class Expansion:
    """Writes out the conditions of one table and role; what they stand on is gathered in `stands`.

    `viewer` is the name of the row of viewers, and begins those of its columns: the claims and what is in `columns`.
    What stands on the claims alone is asked once for each viewer; a new expression of that kind is added there.
    """

    def __init__(self, catalog: Catalog, viewer: str, columns: dict[Tokens, str]) -> None:
        self.stands = Stands()
        self._columns = columns
        self._catalog = catalog
        self._viewer = viewer
        self._count = 0

    async def conditions_of(
        self, policies: Iterable[Policy], reader: Reader, depth: int = 0
    ) -> tuple[list[Tokens], list[Tokens]]:
        """The conditions of a table's policies, of which one must hold, and those that all must."""
        permissive: list[Tokens] = []
        restrictive: list[Tokens] = []
        for policy in policies:
            words = await self.written_out(policy.condition, policy.tree, reader, depth)
            (permissive if policy.permissive else restrictive).append(words)
        return permissive, restrictive

    async def written_out(self, words: Tokens, tree: list[Node], reader: Reader, depth: int = 0) -> Tokens:
        """One condition, or one query.

        Raises:
            NotUnderstood: something in it is not provably the same for many viewers at once.
        """
        if depth > DEPTH_MAX or len(words) > TOKENS_MAX:
            raise NotUnderstood("it is too large")
        if self._viewer in words:
            raise NotUnderstood("it names the viewers itself")
        uses = uses_of(tree)
        self.stands.of_time |= uses.of_time
        words = self._with_claims(words, await self._refuse_strange_functions(uses, reader))
        places = [*await self._calls(words, uses, reader, depth), *await self._tables(words, uses, reader, depth)]
        for place in sorted(places, key=lambda place: place.at, reverse=True):  # what is inside of another comes first
            words = self._replaced(words, place)
        return self._without_needless_queries(words)

    async def _refuse_strange_functions(self, uses: Uses, reader: Reader) -> int:
        """How often settings are asked for; whatever is called by operators or casts is PostgreSQL's own and pure."""
        settings = 0
        if casts := await self._catalog.impure_casts(uses.casts):
            raise NotUnderstood(f"it casts to {casts[0]}")
        of_operators = await self._catalog.functions_of(uses.operators)
        for oid in of_operators | set(uses.functions):
            function = await self._catalog.function(oid, reader.role)
            if function.name == CURRENT_SETTING and function.of_postgres:
                settings += uses.functions[oid]
            elif function.of_postgres:
                self.stands.of_time |= function.name in OF_TIME
                if function.volatility != "i" and function.name not in OF_TIME | THE_SAME_FOR_ALL:
                    raise NotUnderstood(f"it calls {function.name}, which is not the same for everybody")
            elif oid in of_operators:
                raise NotUnderstood(f"it has an operator that calls {function.schema}.{function.name}")
        return settings

    def _with_claims(self, words: Tokens, settings: int) -> Tokens:
        """The claims as the viewer's column."""
        found: list[str] = []
        at = counted = 0
        while at < len(words):
            if words[at] == CURRENT_SETTING and words[at + 1 : at + 2] == ("(",):
                counted += 1
                if words[at : at + len(CLAIMS)] == CLAIMS:
                    found += [self._viewer, ".", f"{self._viewer}_claims"]
                    at += len(CLAIMS)
                    continue
                if not OF_ONE_CLAIM.fullmatch(words[at + 2]):
                    raise NotUnderstood(f"it asks for the setting {words[at + 2]}")
            found.append(words[at])
            at += 1
        if counted != settings:
            raise NotUnderstood("its words and its tree differ in the settings it asks for")
        return tuple(found)

    async def _tables(self, words: Tokens, uses: Uses, reader: Reader, depth: int) -> list[_Place]:
        """Where tables stand, and what of them their reader sees."""
        found: list[_Place] = []
        for oid, count in uses.tables.items():
            relation = await self._catalog.relation(oid, reader.role)
            places = [at for at in qualified(words, relation.schema, relation.name) if words[at + 3 : at + 4] != ("(",)]
            if len(places) != count or relation.schema.strip('"') in uses.aliases:
                raise NotUnderstood(f"its words and its tree differ in {relation.schema}.{relation.name}")
            rows = await self._as_read(relation, uses, reader, depth)
            found += [_Place(at=at, of=relation, words=rows) for at in places]
        return found

    async def _as_read(self, relation: Relation, uses: Uses, reader: Reader, depth: int) -> Tokens:
        """A table as its reader sees it: with the policies of its own."""
        self._note(relation, uses.columns.get(relation.oid, set()))
        rows: Tokens = (relation.schema, ".", relation.name)
        if not relation.bound:
            return rows
        for policy in relation.policies:
            self.stands.tables[relation.oid] |= uses_of(policy.tree).own
        condition = joined(*await self.conditions_of(relation.policies, reader, depth + 1))
        return ("(", "SELECT", "*", "FROM", *rows, "WHERE", *condition, ")")

    def _note(self, relation: Relation, columns: set[int]) -> None:
        if relation.of_postgres or relation.kind not in ("r", "p"):
            raise NotUnderstood(f"it reads {relation.schema}.{relation.name}, which is no table of the project's")
        for number in columns:
            if number not in relation.columns or not relation.columns[number].readable:
                raise NotUnderstood(f"a column of {relation.schema}.{relation.name} may not be read")
        if not columns and not any(column.readable for column in relation.columns.values()):
            raise NotUnderstood(f"{relation.schema}.{relation.name} may not be read")
        self.stands.relations[relation.oid] = relation
        self.stands.tables.setdefault(relation.oid, set()).update(columns)

    async def _calls(self, words: Tokens, uses: Uses, reader: Reader, depth: int) -> list[_Place]:
        """Where functions are called that are not PostgreSQL's own, and what their bodies are."""
        found: list[_Place] = []
        for oid, count in uses.functions.items():
            function = await self._catalog.function(oid, reader.role)
            if function.of_postgres:
                continue
            self.stands.functions.add(oid)
            inside = self._refuse_opaque(function, reader)
            places = [at for at in qualified(words, function.schema, function.name) if words[at + 3 : at + 4] == ("(",)]
            if len(places) != count:
                raise NotUnderstood(f"its words and its tree differ in {function.schema}.{function.name}")
            body = await self._catalog.body_of(function, inside.path)
            if function.body is None:
                await self._refuse_out_of_reach(function, uses_of(body.tree), inside)
            query = await self.written_out(body.words, body.tree, inside, depth + 1)
            found += [_Place(at=at, of=function, words=query, body=body.name, uses=uses_of(body.tree)) for at in places]
        return found

    async def _refuse_out_of_reach(self, function: Function, uses: Uses, inside: Reader) -> None:
        """A body that is read when it is called looks names up as who runs it, in schemas that they may use."""
        reachable = [(await self._catalog.relation(oid, inside.role)).reachable for oid in uses.tables]
        reachable += [(await self._catalog.function(oid, inside.role)).reachable for oid in uses.functions]
        if not all(reachable):
            raise NotUnderstood(f"{function.schema}.{function.name} reads in a schema that {inside.role} may not use")

    def _refuse_opaque(self, function: Function, reader: Reader) -> Reader:
        """As whom its body runs; a body is written out where it is one query that anybody may read, and no more."""
        name = f"{function.schema}.{function.name}"
        paths = [each.removeprefix(SEARCH_PATH) for each in function.config if each.startswith(SEARCH_PATH)]
        if function.language != "sql" or function.kind != "f":
            raise NotUnderstood(f"{name} is not written in SQL")
        if function.volatility == "v":
            raise NotUnderstood(f"{name} is volatile")
        if len(function.config) != len(paths):
            raise NotUnderstood(f"{name} changes settings")
        if function.as_owner and not paths:
            raise NotUnderstood(f"{name} runs as its owner and its search path is not fixed")
        if (function.strict and function.arguments) or function.other_arguments or function.kind_of_type not in "bed":
            raise NotUnderstood(f"{name} is strict, or answers more than one column")
        if function.many and function.arguments:
            raise NotUnderstood(f"{name} has arguments and answers many rows")
        if not function.callable:
            raise NotUnderstood(f"{name} may not be called")
        return Reader(function.owner if function.as_owner else reader.role, paths[0] if paths else reader.path)

    def _replaced(self, words: Tokens, place: _Place) -> Tokens:
        at = place.at
        if isinstance(place.of, Relation):
            named = at + 3 < len(words) and is_name(words[at + 3])
            alias: Tokens = () if named else (place.of.name,)
            return (*words[:at], *place.words, *alias, *words[at + 3 :])
        end = closing(words, at + 3)
        if place.of.many:
            return self._rows_of(words, at, end, place.of, place.words)
        arguments = words[at + 4 : end]
        if place.uses.arguments and not arguments:
            raise NotUnderstood(f"{place.of.schema}.{place.of.name} has its arguments by default")
        value = self._value_with(place, place.of, arguments) if arguments else self._value_of(place, place.of)
        return (*words[:at], *value, *words[end + 1 :])

    def _rows_of(self, words: Tokens, at: int, end: int, function: Function, query: Tokens) -> Tokens:
        """`(SELECT f() AS name)` as the query that f is."""
        if words[at - 2 : at] != ("(", "SELECT") or words[end + 1] != "AS" or words[end + 3] != ")":
            raise NotUnderstood(f"{function.schema}.{function.name} answers many rows and stands by itself")
        name = words[end + 1 : end + 3]
        parts = [self._cast_rows(part, function, name) for part in united(query, all_rows=True)]
        rows = tuple(token for part in parts for token in ("UNION", "ALL", *part))[2:]
        return (*words[: at - 1], *rows, *words[end + 3 :])

    def _cast_rows(self, query: Tokens, function: Function, name: Tokens) -> Tokens:
        rows = self._fresh("rows")
        cast = (rows, ".", "answer", "::", *function.type_words, *name)
        return ("SELECT", *cast, "FROM", "(", *query, ")", rows, "(", "answer", ")")

    def _value_of(self, place: _Place, function: Function) -> Tokens:
        """The value of a function without arguments: the viewer's column where it stands on the claims alone."""
        expression = only_expression(place.words)
        if expression is None or place.uses.many:
            return self._first_of(function, place.words)
        value: Tokens = ("(", "(", *expression, ")", "::", *function.type_words, ")")
        if place.uses.tables or "SELECT" in expression or not self._is_of_claims(expression):
            return value
        column = self._columns.setdefault(value, f"{self._viewer}_claim_{len(self._columns)}")
        return (self._viewer, ".", column)

    def _is_of_claims(self, expression: Tokens) -> bool:
        return self._viewer in expression and not self.stands.of_time

    def _value_with(self, place: _Place, function: Function, arguments: Tokens) -> Tokens:
        """The value for these arguments, which are a row of their own so that no name in them is taken for another."""
        row = self._fresh("given")
        names = [quoted(each) for each in function.names[: function.arguments]]
        if place.uses.arguments and not all(function.names[: function.arguments]):
            raise NotUnderstood(f"{function.schema}.{function.name} has arguments without names")
        words = place.words
        by_itself = "FROM" not in words  # then PostgreSQL writes the argument's name alone
        found: list[str] = []
        counted = at = 0
        while at < len(words):
            if words[at] == place.body and words[at + 2 : at + 3] and words[at + 2] in names:
                at += 2
            elif not (by_itself and words[at] in names and words[at - 1] not in (".", "::")):
                found.append(words[at])
                at += 1
                continue
            found += [row, ".", words[at]]
            counted += 1
            at += 1
        if counted != sum(place.uses.arguments.values()):
            raise NotUnderstood(f"the words and the tree of {function.schema}.{function.name} differ in its arguments")
        given = ("(", "SELECT", *arguments, ")", row, "(", *listed(names), ")")
        return self._first_of(function, tuple(found), (*given, ",", "LATERAL"))

    def _first_of(self, function: Function, query: Tokens, beside: Tokens = ()) -> Tokens:
        rows = self._fresh("rows")
        return (
            *("(", "SELECT", rows, ".", "answer", "::", *function.type_words, "FROM", *beside, "(", *query, ")"),
            *(rows, "(", "answer", ")", "LIMIT", "1", ")"),
        )

    def _without_needless_queries(self, words: Tokens) -> Tokens:
        """`(SELECT viewer.claim AS name)`, which is how to ask once a statement, as the claim itself."""
        found: list[str] = []
        at = 0
        while at < len(words):
            if words[at : at + 4] == ("(", "SELECT", self._viewer, ".") and words[at + 5 : at + 8 : 2] == ("AS", ")"):
                found += words[at + 2 : at + 5]
                at += 8
            else:
                found.append(words[at])
                at += 1
        return tuple(found)

    def _fresh(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}_{self._viewer}"
