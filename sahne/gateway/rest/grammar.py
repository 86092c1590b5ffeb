"""Reads the small languages of the query string: select lists, filters, logic trees, order terms. Pure.

Source: PostgREST's API reference. Depth is bounded so that a URL cannot exhaust the stack.
"""

from __future__ import annotations

import re
from typing import Literal, cast

from sahne.gateway.rest.errors import ParseFailed
from sahne.gateway.rest.syntax import Embedded, Field, Filter, Fixed, Kind, Order, Selected, Tree, Value

DEPTH_MAX = 16
EMBEDS_MAX = 20  # each is a join of its own
SELECTED_MAX = 200
ORDERS_MAX = 50
STEPS_MAX = 32  # of a way into JSON
MEMBERS_MAX = 500  # of a logic tree

OPERATORS = (
    "eq", "gte", "gt", "lte", "lt", "neq", "like", "ilike", "match", "imatch", "in", "isdistinct", "is",
    "plfts", "phfts", "wfts", "fts", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj",
)  # fmt: skip
QUANTIFIED = frozenset({"eq", "gte", "gt", "lte", "lt", "like", "ilike", "match", "imatch"})
TEXT_SEARCH = frozenset({"fts", "plfts", "phfts", "wfts"})
IS_VALUES = frozenset({"null", "not_null", "true", "false", "unknown"})
AGGREGATES = frozenset({"sum", "avg", "count", "max", "min"})

OPERATION = re.compile(rf"(not\.)?({'|'.join(OPERATORS)})(?:\((any|all)\)|\(([A-Za-z_0-9]+)\))?\.")
_NAME = re.compile(r"[^\s\"!,.:()\-<>*&|][^\"!,.:()<>*&|\-]*(?:-(?!>)[^\"!,.:()<>*&|\-]*)*")
_JSON_KEY = re.compile(r"[^(\-:.,>)]+(?:-(?!>)[^(\-:.,>)]*)*")
_CAST = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*(?:\(\d+(?:,\d+)?\))?(?:\[\])?")


class Reader:
    """A cursor over one parameter; `what` names it in messages."""

    def __init__(self, text: str, what: str) -> None:
        self.text = text
        self.at = 0
        self.what = what
        self.selected = 0
        self.embedded = 0

    def take(self, literal: str) -> bool:
        """Step over `literal` if it comes next."""
        if self.text.startswith(literal, self.at):
            self.at += len(literal)
            return True
        return False

    def need(self, literal: str) -> None:
        """Step over `literal` or refuse."""
        if not self.take(literal):
            raise self.unexpected(f'"{literal}"')

    def unexpected(self, expected: str) -> ParseFailed:
        """The refusal for what stands here."""
        token = f'"{self.text[self.at]}"' if self.at < len(self.text) else "end of input"
        return ParseFailed(
            f'"failed to parse {self.what} ({self.text})" (line 1, column {self.at + 1})',
            details=f"unexpected {token} expecting {expected}",
        )

    def end(self) -> None:
        """Refuse anything left over."""
        if self.at < len(self.text):
            raise self.unexpected("end of input")

    def quoted(self) -> str:
        """What stands in double quotes, `\\` escaping."""
        start = self.at
        self.need('"')
        out = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\" and self.at + 1 < len(self.text):
                out.append(self.text[self.at + 1])
                self.at += 2
                continue
            self.at += 1
            if char == '"':
                return "".join(out)
            out.append(char)
        self.at = start
        raise self.unexpected("a closing quote")

    def name(self) -> str:
        """A field or relation name, quoted or plain."""
        self.skip_blanks()
        if self.text.startswith('"', self.at):
            return self.quoted()
        return self._matched(_NAME)

    def json_key(self) -> str:
        """A key of a JSON object, quoted or plain, or the place in an array."""
        if self.text.startswith('"', self.at):
            return self.quoted()
        return self._matched(_JSON_KEY)

    def skip_blanks(self) -> None:
        """Step over blanks: people write them after commas."""
        while self.text.startswith(" ", self.at):
            self.at += 1

    def _matched(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if not match:
            raise self.unexpected("field name (* or [a..z0..9_$])")
        self.at = match.end()
        return match[0].strip()

    def field(self) -> Field:
        """A column with its JSON path."""
        column = self.name()
        way: list[tuple[str, str]] = []
        while self.text.startswith("->", self.at):
            arrow = "->>" if self.take("->>") else "->"
            if arrow == "->":
                self.need("->")
            minus = "-" if self.take("-") else ""
            way.append((arrow, minus + self.json_key()))
            if len(way) > STEPS_MAX:
                raise ParseFailed("Too long a way into JSON", details=f"{STEPS_MAX} steps are the limit")
        return Field(column, tuple(way))


def read_select(text: str) -> tuple[Selected | Embedded, ...]:
    """A whole `select` parameter; an empty one selects every column.

    Raises:
        ParseFailed: it cannot be read, or has too many columns or embedded resources.
    """
    if not text.strip():
        return (Selected(Field("*")),)
    reader = Reader(text, "select parameter")
    items = _select_items(reader, 0)
    reader.end()
    return items


def _select_items(reader: Reader, depth: int) -> tuple[Selected | Embedded, ...]:
    if depth > DEPTH_MAX:
        raise reader.unexpected(f"at most {DEPTH_MAX} levels")
    items: list[Selected | Embedded] = []
    reader.skip_blanks()
    if reader.text.startswith(")", reader.at):
        return ()
    while True:
        items.append(_select_item(reader, depth))
        _refuse_too_many(reader, items[-1])
        if not reader.take(","):
            return tuple(items)


def _refuse_too_many(reader: Reader, item: Selected | Embedded) -> None:
    """As soon as it is one too many: reading on is what such a list costs."""
    if isinstance(item, Embedded):
        reader.embedded += 1
    else:
        reader.selected += 1
    if reader.embedded > EMBEDS_MAX:
        raise ParseFailed("Too many embedded resources", details=f"{EMBEDS_MAX} are the limit")
    if reader.selected > SELECTED_MAX:
        raise ParseFailed("Too many selected columns", details=f"{SELECTED_MAX} are the limit")


def _select_item(reader: Reader, depth: int) -> Selected | Embedded:
    reader.skip_blanks()
    if reader.take("*"):
        return Selected(Field("*"))
    spread = reader.take("...")
    if reader.take("count()"):
        return _count_of_rows(reader, None)
    field = reader.field()
    alias = None
    if not spread and not reader.text.startswith("::", reader.at) and reader.take(":"):
        alias = field.column
        if reader.take("count()"):
            return _count_of_rows(reader, alias)
        field = reader.field()
    hint, inner = None, False
    while reader.take("!"):
        word = reader.name()
        if word in ("inner", "left"):
            inner = word == "inner"
        else:
            hint = word
    if reader.take("("):
        children = _select_items(reader, depth + 1)
        reader.need(")")
        return Embedded(name=field.column, children=children, alias=alias, hint=hint, inner=inner, spread=spread)
    if spread or hint or inner:
        raise reader.unexpected('"("')
    cast_to = _cast(reader)
    if not reader.take("."):
        return Selected(field, alias, cast_to)
    aggregate = reader.name()
    if aggregate not in AGGREGATES:
        raise reader.unexpected("an aggregate function")
    reader.need("()")
    return Selected(field, alias, cast_to, aggregate, aggregate_cast=_cast(reader))


def _count_of_rows(reader: Reader, alias: str | None) -> Selected:
    return Selected(Field("*"), alias, aggregate="count", aggregate_cast=_cast(reader))


def _cast(reader: Reader) -> str | None:
    if not reader.take("::"):
        return None
    match = _CAST.match(reader.text, reader.at)
    if not match:
        raise reader.unexpected("a type name")
    reader.at = match.end()
    return match[0].strip().lower()


def read_order(text: str) -> tuple[Order, ...]:
    """A whole `order` parameter."""
    reader = Reader(text, "order")
    terms: list[Order] = []
    while True:
        field, relation = reader.field(), None
        if reader.take("("):
            relation, field = field.column, reader.field()
            reader.need(")")
        descending, nulls = _way(reader)
        terms.append(Order(field, descending, nulls, relation))
        if not reader.take(","):
            reader.end()
            return tuple(terms)
        if len(terms) == ORDERS_MAX:
            raise ParseFailed("Too many columns to order by", details=f"{ORDERS_MAX} are the limit")


def _way(reader: Reader) -> tuple[bool, Literal["first", "last"] | None]:
    """`.desc.nullslast`: each once, and in this order."""
    descending = reader.take(".desc")
    if not descending:
        reader.take(".asc")
    if reader.take(".nullsfirst"):
        return descending, "first"
    if reader.take(".nullslast"):
        return descending, "last"
    if reader.text.startswith(".", reader.at):
        raise reader.unexpected('"asc", "desc", "nullsfirst" or "nullslast"')
    return descending, None


def read_names(text: str, what: str) -> tuple[str, ...]:
    """`columns=` and `on_conflict=`: names joined by commas."""
    reader = Reader(text, what)
    names = [reader.name()]
    while reader.take(","):
        names.append(reader.name())
    reader.end()
    return tuple(names)


def read_tree(joiner: Literal["and", "or"], text: str, *, negated: bool) -> Tree:
    """`or=(a.eq.1,not.and(b.gt.2,c.is.null))`."""
    reader = Reader(text, "logic tree")
    tree = Tree(joiner, _members(reader, 0), negated)
    reader.end()
    if _size(tree) > MEMBERS_MAX:
        raise ParseFailed("Too many filters in a logic tree", details=f"{MEMBERS_MAX} are the limit")
    return tree


def _size(member: Filter | Tree) -> int:
    return sum(_size(each) for each in member.members) if isinstance(member, Tree) else 1


def _members(reader: Reader, depth: int) -> tuple[Filter | Tree, ...]:
    if depth > DEPTH_MAX:
        raise reader.unexpected(f"at most {DEPTH_MAX} levels")
    reader.need("(")
    members = [_member(reader, depth)]
    while reader.take(","):
        members.append(_member(reader, depth))
    reader.need(")")
    return tuple(members)


def _member(reader: Reader, depth: int) -> Filter | Tree:
    reader.skip_blanks()
    start = reader.at
    negated = reader.take("not.")
    joiners: tuple[Literal["and", "or"], ...] = ("and", "or")
    for joiner in joiners:
        if reader.text.startswith(joiner + "(", reader.at):
            reader.at += len(joiner)
            return Tree(joiner, _members(reader, depth + 1), negated)
    reader.at = start
    field = reader.field()
    reader.need(".")
    match = OPERATION.match(reader.text, reader.at)
    if not match:
        raise reader.unexpected("operator (eq, gt, ...)")
    reader.at = match.end()
    operator = match[2]
    kind = kind_of(operator, match[3])
    if operator == "in":
        value = _parenthesised(reader)
    elif reader.text.startswith('"', reader.at):
        value = reader.quoted()
    elif reader.text.startswith("{", reader.at):
        value = _until(reader, "}") + "}"
        reader.need("}")
    else:
        value = _until(reader, ",)")
    return filter_of(field, match, Fixed(value, kind))


def filter_of(field: Field, prefix: re.Match[str], operand: Value) -> Filter:
    """A filter out of a matched operator prefix and its operand."""
    operator, quantifier, option = prefix[2], prefix[3], prefix[4]
    if (quantifier and operator not in QUANTIFIED) or (option and operator not in TEXT_SEARCH):
        raise ParseFailed(
            f'"failed to parse filter ({prefix[0]})" (line 1, column {len(operator) + 1})',
            details=f'unexpected "(" after {operator}',
        )
    if operator == "is" and isinstance(operand, Fixed) and operand.text.lower() not in IS_VALUES:
        raise ParseFailed(
            f'"failed to parse filter (is.{operand.text})" (line 1, column 4)',
            details="unexpected value expecting isVal: (null, not_null, true, false, unknown)",
        )
    return Filter(
        field=field,
        operator=operator,
        value=operand,
        negated=bool(prefix[1]),
        quantifier=cast(Literal["any", "all"] | None, quantifier),
        option=option,
    )


def kind_of(operator: str, quantifier: str | None) -> Kind:
    """How the operand of an operator is made ready."""
    if operator == "in":
        return "list"
    if operator in TEXT_SEARCH:
        return "search"
    if operator in ("like", "ilike"):
        return "like-array" if quantifier else "like"
    if operator in ("match", "imatch"):
        return "regular-array" if quantifier else "regular"
    return "array" if quantifier else "text"


def _parenthesised(reader: Reader) -> str:
    start = reader.at
    reader.need("(")
    while reader.at < len(reader.text) and reader.text[reader.at] != ")":
        if reader.text[reader.at] == '"':
            reader.quoted()
        else:
            reader.at += 1
    reader.need(")")
    return reader.text[start : reader.at]


def _until(reader: Reader, stops: str) -> str:
    start = reader.at
    while reader.at < len(reader.text) and reader.text[reader.at] not in stops:
        reader.at += 1
    return reader.text[start : reader.at]
