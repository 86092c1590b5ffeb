"""What an expression or a query uses, read off its parse tree: tables, columns, functions, the clock.

Only nodes that are known here pass; anything else, however harmless, is a reason to ask viewer by viewer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sahne.changes.policies.node_tree import Node

# A bit of PostgreSQL's set of columns is the column's number less this one (`FirstLowInvalidHeapAttributeNumber`)
LOWEST_COLUMN = -7
FIRST_OF_ANYBODY = 16384  # numbers below are PostgreSQL's own (`FirstNormalObjectId`)
OF_TABLE, OF_QUERY, OF_JOIN, OF_FUNCTION, OF_VALUES, OF_RESULT = 0, 1, 2, 3, 5, 8
SELECT = 1
ARGUMENT = 0
CURRENT_TIMESTAMP = 3

PLAIN = frozenset({
    "ALIAS", "ARRAY", "ARRAYCOERCEEXPR", "ARRAYEXPR", "BOOLEANTEST", "BOOLEXPR", "CASE", "CASEEXPR",
    "CASETESTEXPR", "CASEWHEN", "COALESCE", "COALESCEEXPR", "COERCEVIAIO", "CONST", "DISTINCTEXPR",
    "FROMEXPR", "FUNCEXPR", "JOINEXPR", "MINMAX", "MINMAXEXPR", "NULLIFEXPR", "NULLTEST", "OPEXPR", "PARAM",
    "QUERY", "RANGETBLENTRY", "RANGETBLFUNCTION", "RANGETBLREF", "RELABELTYPE", "ROW", "ROWCOMPARE",
    "ROWCOMPAREEXPR", "ROWEXPR", "RTE", "RTEPERMISSIONINFO", "SCALARARRAYOPEXPR", "SETOPERATIONSTMT",
    "SORTGROUPCLAUSE", "SQLVALUEFUNCTION", "SUBLINK", "TARGETENTRY", "VAR", "WHEN",
})  # fmt: skip
OPERATORS = frozenset({"OPEXPR", "SCALARARRAYOPEXPR", "DISTINCTEXPR", "NULLIFEXPR"})
# Parts of a query whose answer may hang on the order of rows, that lock, write or number them
NOT_PLAIN = (
    "cteList", "rowMarks", "limitCount", "limitOffset", "groupClause", "groupingSets", "havingQual", "windowClause",
    "returningList", "onConflict", "mergeActionList", "utilityStmt",
)  # fmt: skip


class NotUnderstood(Exception):
    """This cannot be proven to be the same for many viewers at once; its message says what it is."""


@dataclass(slots=True, kw_only=True)
class Uses:
    """What is used, and how often where it is replaced. `own` are the columns of the table that is outside of it."""

    tables: Counter[int] = field(default_factory=Counter)
    columns: dict[int, set[int]] = field(default_factory=dict)
    functions: Counter[int] = field(default_factory=Counter)
    operators: set[int] = field(default_factory=set)
    casts: set[int] = field(default_factory=set)
    own: set[int] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)
    arguments: Counter[int] = field(default_factory=Counter)
    of_time: bool = False
    many: bool = False  # a function of PostgreSQL's in it answers many rows


def uses_of(nodes: Iterable[Node]) -> Uses:
    """What these trees use.

    Raises:
        NotUnderstood: something in it is not known to be plain.
    """
    uses = Uses()
    for node in nodes:
        _read(node, 0, uses)
    return uses


def _read(node: Node, depth: int, uses: Uses) -> None:
    if node.label not in PLAIN:
        raise NotUnderstood(f"it holds a {node.label}")
    match node.label:
        case "QUERY":
            _refuse_what_is_not_plain(node)
            depth += 1
        case "RANGETBLENTRY" | "RTE":
            _read_entry(node, uses)
        case "RTEPERMISSIONINFO":
            _read_columns(node, uses)
        case "VAR" if node.number("varlevelsup") == depth:
            if node.number("varattno") <= 0:
                raise NotUnderstood("it reads a row as a whole, or what PostgreSQL keeps of it")
            uses.own.add(node.number("varattno"))
        case "VAR" if node.number("varattno") < 0:
            raise NotUnderstood("it reads what PostgreSQL keeps of a row")
        case "FUNCEXPR":
            uses.functions[node.number("funcid")] += 1
            uses.many |= node.word("funcretset") == "true"
        case "RANGETBLFUNCTION" if any(each.number("funcid") >= FIRST_OF_ANYBODY for each in node.all()):
            raise NotUnderstood("it reads from a function's rows")  # of which there is one where the body finds none
        case "COERCEVIAIO":
            uses.casts.add(node.number("resulttype"))
        case "PARAM" if node.number("paramkind") == ARGUMENT:
            uses.arguments[node.number("paramid")] += 1
        case "SQLVALUEFUNCTION":
            if node.number("op") != CURRENT_TIMESTAMP:
                raise NotUnderstood("it asks who is asking, or what day it is here")
            uses.of_time = True
    if node.label in OPERATORS:
        uses.operators.add(node.number("opno"))
    if node.label.startswith("ROWCOMPARE"):
        raise NotUnderstood("it compares rows")
    for inner in node.inner():
        _read(inner, depth, uses)


def _refuse_what_is_not_plain(query: Node) -> None:
    if query.number("commandType") != SELECT:
        raise NotUnderstood("it does more than select")
    for name in NOT_PLAIN:
        if any(True for _ in query.inner(name)):
            raise NotUnderstood(f"a query in it has a {name}")
    if query.word("hasDistinctOn") == "true" or query.word("hasAggs") == "true":
        raise NotUnderstood("a query in it counts, or picks among its rows")


def _read_entry(entry: Node, uses: Uses) -> None:
    kind = entry.number("rtekind")
    if kind not in (OF_TABLE, OF_QUERY, OF_JOIN, OF_FUNCTION, OF_VALUES, OF_RESULT):
        raise NotUnderstood("it reads from something that is no table")
    for alias in entry.inner("alias", "eref"):
        uses.aliases.add(alias.word("aliasname"))
    if kind != OF_TABLE:
        return
    if entry.word("inh") != "true" or entry.one("tablesample"):
        raise NotUnderstood("it reads a part of a table")
    uses.tables[entry.number("relid")] += 1
    if "selectedCols" in entry.fields:  # before PostgreSQL 16 they stood here
        _read_columns(entry, uses)


def _read_columns(entry: Node, uses: Uses) -> None:
    if entry.number("checkAsUser"):
        raise NotUnderstood("it reads through a view")
    words = next((each for each in entry.fields.get("selectedCols", []) if isinstance(each, list)), [])
    numbers = {int(word) + LOWEST_COLUMN for word in words if isinstance(word, str) and word != "b"}
    if any(number <= 0 for number in numbers):
        raise NotUnderstood("it reads a row as a whole, or what PostgreSQL keeps of it")
    uses.columns.setdefault(entry.number("relid"), set()).update(numbers)
