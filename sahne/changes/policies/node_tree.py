"""PostgreSQL's own parse tree of an expression or a query, as its catalogs keep it (`pg_node_tree`).

Shape of the text: `{LABEL :field value …}`, `(item …)`, `<>` for nothing, else bare words
(`src/backend/nodes/outfuncs.c`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}()]|<>|(?:\\.|[^\s{}()\\])+')


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its label and its fields."""

    label: str
    fields: dict[str, list[Item]] = field(default_factory=dict)

    def word(self, name: str) -> str:
        """A field of one word; empty where there is none."""
        values = self.fields.get(name, [])
        return values[0] if values and isinstance(values[0], str) else ""

    def number(self, name: str) -> int:
        """A field that is a number; 0 where there is none."""
        return int(self.word(name) or 0)

    def one(self, name: str) -> Node | None:
        """The node in a field."""
        values = self.fields.get(name, [])
        return values[0] if values and isinstance(values[0], Node) else None

    def inner(self, *names: str) -> Iterator[Node]:
        """The nodes right under this one, in lists too; with `names` those of these fields."""
        for name in names or self.fields:
            yield from _nodes(self.fields.get(name, []))

    def all(self) -> Iterator[Node]:
        """This node and whatever is under it."""
        yield self
        for each in self.inner():
            yield from each.all()


Item: TypeAlias = "str | Node | list[Item]"


def read_tree(text: str) -> list[Node]:
    """The nodes of a tree's text, in their order.

    Raises:
        ValueError: this is no such text.
    """
    tokens = _TOKEN.findall(text)
    items, end = _items(tokens, 0)
    if end != len(tokens):
        raise ValueError("a parse tree ends early")
    return list(_nodes(items))


def _items(tokens: list[str], at: int) -> tuple[list[Item], int]:
    items: list[Item] = []
    while at < len(tokens) and tokens[at] not in (")", "}") and not _starts_a_field(tokens[at]):
        if tokens[at] == "{":
            node, at = _node(tokens, at)
            items.append(node)
        elif tokens[at] == "(":
            inner, at = _items(tokens, at + 1)
            items.append(inner)
            at = _closed(tokens, at, ")")
        else:
            if tokens[at] != "<>":
                items.append(tokens[at])
            at += 1
    return items, at


def _node(tokens: list[str], at: int) -> tuple[Node, int]:
    node = Node(tokens[at + 1])
    at += 2
    while at < len(tokens) and _starts_a_field(tokens[at]):
        name = tokens[at][1:]
        node.fields[name], at = _items(tokens, at + 1)
    return node, _closed(tokens, at, "}")


def _closed(tokens: list[str], at: int, bracket: str) -> int:
    if at >= len(tokens) or tokens[at] != bracket:
        raise ValueError("a parse tree ends early")
    return at + 1


def _starts_a_field(token: str) -> bool:
    return len(token) > 1 and token[0] == ":"


def _nodes(items: list[Item]) -> Iterator[Node]:
    for item in items:
        if isinstance(item, Node):
            yield item
        elif isinstance(item, list):
            yield from _nodes(item)
