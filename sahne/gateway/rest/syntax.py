"""The words of a query string as values: what was asked, before anything is known of the database.

Values that differ from request to request are `Placeholder(n)`: places in a list, so that one plan serves them all.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

Embedding = tuple[str, ...]  # the names from the root down to an embedded resource; () is the root

Kind = Literal["text", "like", "list", "array", "like-array", "regular", "regular-array", "number", "search"]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The value number `place` of the request, made ready as `kind` says."""

    place: int
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that belongs to the shape itself (inside a logic tree)."""

    text: str
    kind: Kind = "text"


Value = Placeholder | Fixed


@dataclass(frozen=True, slots=True)
class Field:
    """A column and a way into its JSON: `facts->crew->>camera`."""

    column: str
    way: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Selected:
    """A column in `select`; column `*` is every readable one, under the aggregate `count` every row.

    `cast` is of the column, `aggregate_cast` of what the aggregate makes of it.
    """

    field: Field
    alias: str | None = None
    cast: str | None = None
    aggregate: str | None = None
    _: KW_ONLY
    aggregate_cast: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A resource in `select`: `alias:name!hint!inner(children)`, `...name(children)` when `spread`."""

    name: str
    children: tuple[Selected | Embedded, ...]
    alias: str | None = None
    hint: str | None = None
    inner: bool = False
    spread: bool = False

    @property
    def key(self) -> str:
        """The name it has in the answer and in other parameters."""
        return self.alias or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`operator` is the word of the URL (`eq`, `fts` …); `option` a text search configuration."""

    field: Field
    operator: str
    value: Value
    negated: bool = False
    quantifier: Literal["any", "all"] | None = None
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """`and(…)` or `or(…)` of filters and trees."""

    joiner: Literal["and", "or"]
    members: tuple[Filter | Tree, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """One term of `order`; `relation` for `directors(name)`."""

    field: Field
    descending: bool = False
    nulls: Literal["first", "last"] | None = None
    relation: str | None = None


@dataclass(slots=True, kw_only=True)
class Query:
    """A whole query string, by the embedding each part belongs to."""

    select: tuple[Selected | Embedded, ...] = (Selected(Field("*")),)
    filters: dict[Embedding, list[Filter | Tree]] = field(default_factory=dict)
    orders: dict[Embedding, tuple[Order, ...]] = field(default_factory=dict)
    limits: dict[Embedding, Placeholder] = field(default_factory=dict)
    offsets: dict[Embedding, Placeholder] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None
    on_conflict: tuple[str, ...] | None = None
    arguments: dict[str, list[Placeholder]] = field(default_factory=dict)
