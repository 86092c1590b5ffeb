"""The exposed schemas as values: tables, columns, relationships, functions. Read whole, once; then only memory.

`CatalogKeeper.current` is replaced as a whole when the database changes, so whoever holds a catalog sees one
moment of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sahne.database.catalog_exposure import DEFAULT_SCHEMA, DEFAULT_SEARCH_PATH, Exposure
from sahne.database.privileges import Privileges
from sahne.database.relationships import Name, Relationship
from sahne.database.result import StatementFailed
from sahne.database.rules import Rules


class Representation(NamedTuple):
    """Functions, as SQL names them, between a domain's value and what clients see and send in its place."""

    to_json: str | None = None
    from_json: str | None = None
    from_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`type` is how SQL writes it, `base` the type below a domain, `default` an SQL expression.

    `required`: it is never null; `length` is in characters; `words` are those of an enum.
    """

    name: str
    type: str
    base: str
    default: str | None = None
    comment: str | None = None
    required: bool = False
    length: int | None = None
    words: tuple[str, ...] = ()
    representation: Representation = field(default_factory=Representation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table or view. `partly_readable`: for roles without SELECT on the whole, the columns they may read.

    `writes` are the verbs, besides `get`, that are of any use with it: a view may take none.
    """

    schema: str = DEFAULT_SCHEMA
    name: str
    primary_key: tuple[str, ...]
    columns: Mapping[str, Column]
    partly_readable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    writes: frozenset[str] = frozenset({"post", "patch", "delete"})
    comment: str | None = None

    @property
    def is_represented(self) -> bool:
        """Whether a column's JSON is another than its value's."""
        return any(each.representation.to_json for each in self.columns.values())

    def readable(self, role: str) -> tuple[str, ...] | None:
        """The columns `select=*` means for a role, None for all of them."""
        return self.partly_readable.get(role) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One input of a function; `name` is empty for an unnamed one."""

    name: str
    type: str
    required: bool = True
    variadic: bool = False
    composite: bool = False


@dataclass(frozen=True, slots=True)
class Handler:
    """What writes the body of a media type: an aggregate over rows (of a relation, or of any), None for a function that
    gives it itself. `is_binary`: it is bytes and no text.
    """

    media_type: str
    is_binary: bool
    aggregate: Name | None = None
    relation: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """`returns_relation` is the exposed table whose rows come back; `columns` those of a `returns table`.

    `callers` are the roles that may call it; `handler` says that what it gives is a media type.
    """

    schema: str = DEFAULT_SCHEMA
    name: str
    volatility: str
    arguments: tuple[Argument, ...]
    returns: str
    returns_set: bool
    returns_row: bool
    returns_relation: str | None = None
    columns: tuple[Column, ...] = ()
    callers: frozenset[str] = frozenset()
    handler: Handler | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """What one schema holds, each by its name; `rules` and `privileges` are for the words of a refusal.

    `types` are those of its columns, as they are written, and without the schema they lie in. `handlers` of media types
    stand under the relation whose rows they take, those of any rows under no name.
    """

    name: str = DEFAULT_SCHEMA
    relations: Mapping[str, Relation] = field(default_factory=dict)
    relationships: Mapping[str, tuple[Relationship, ...]] = field(default_factory=dict)
    functions: Mapping[str, tuple[Function, ...]] = field(default_factory=dict)
    handlers: Mapping[str, Mapping[str, Handler]] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    privileges: Privileges = field(default_factory=Privileges)
    types: frozenset[str] = frozenset()
    comment: str | None = None

    def verbs(self, relation: Relation, role: str) -> tuple[str, ...]:
        """What a role may do with one of its relations, as methods of HTTP."""
        privilege = self.privileges.by_table.get(relation.name, {}).get(role)
        if privilege is None:
            return ()
        may = {"post": privilege.inserts, "patch": privilege.updates, "delete": privilege.deletes}
        writes = [verb for verb, what in may.items() if what and verb in relation.writes]
        return (*(["get"] if privilege.reads else []), *writes)

    def in_words(self, failure: StatementFailed, role: str) -> StatementFailed:
        """The failure as a person should read it: a constraint's sentence, or what a role may do instead."""
        return self.privileges.in_words(self.rules.in_words(failure), role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything a request is planned against. `version` counts the reloads; `timeouts` (ms) are roles' own.

    `schemas` holds the exposed ones, and `public` in any case: the rules of the product's own operations are there.
    """

    version: int = 0
    exposure: Exposure = field(default_factory=Exposure)
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    time_zones: frozenset[str] = frozenset()
    timeouts: Mapping[str, int] = field(default_factory=dict)

    @property
    def rules(self) -> Rules:
        """The sentences of the rules that operations run into."""
        public = self.schemas.get(DEFAULT_SCHEMA)
        return public.rules if public else Rules()

    def exposed(self, name: str | None) -> Schema | None:
        """The schema that is meant by `name`, or by nothing at all; None when it is not exposed."""
        schemas = self.exposure.schemas
        return self.schemas[name or schemas[0]] if name is None or name in schemas else None

    def settings(self, schema: Schema) -> Sequence[tuple[bytes, bytes]]:
        """What a transaction in `schema` sets besides what each one does: none for most."""
        path = self.exposure.search_path(schema.name)
        return () if path == DEFAULT_SEARCH_PATH else ((b"search_path", path.encode()),)
