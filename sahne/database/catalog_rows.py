"""A catalog out of the rows of the queries in `catalog.sql`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sahne.database.catalog import Argument, Catalog, Column, Function, Handler, Relation, Representation, Schema
from sahne.database.catalog_exposure import Exposure
from sahne.database.privileges import Privilege, Privileges
from sahne.database.relationships import (
    ForeignKey,
    Name,
    PassedOn,
    Relationship,
    origin_of,
    relationships_of,
    with_computed,
)
from sahne.database.rules import Rule, Rules

Rows = Sequence[dict[str, Any]]
WRITES = {"post": 1 << 3, "patch": 1 << 2, "delete": 1 << 4}  # as pg_relation_is_updatable has them


def catalog_from(
    version: int,
    exposure: Exposure,
    of_database: Mapping[str, Rows],
    of_schemas: Mapping[str, Mapping[str, Rows]],
    behind: Mapping[str, Rows],
) -> Catalog:
    """A catalog out of the rows of the queries in `catalog.sql`, by the query's name.

    `behind` are the relations of the schemas that are not exposed and that views show.
    """
    passed_on = _passed_on(of_database["view_columns"])
    relationships = with_computed(
        _relationships(of_database["foreign_keys"], passed_on), _computed(of_database["computed_relationships"])
    )
    all_relations = {schema: rows["relations"] for schema, rows in of_schemas.items()} | dict(behind)
    relations = {Name(schema, row["name"]): row for schema, rows in all_relations.items() for row in rows}
    for view in passed_on:
        if view in relations:
            _inherit(relations, view, passed_on)
    representations = {
        row["type"]: Representation(row["to_json"], row["from_json"], row["from_text"])
        for row in of_database["representations"]
    }
    return Catalog(
        version=version,
        exposure=exposure,
        schemas={
            name: _schema(name, rows, _through_exposed(relationships, exposure), representations)
            for name, rows in of_schemas.items()
        },
        time_zones=frozenset(row["name"] for row in of_database["time_zones"]),
        timeouts={row["role"]: int(row["milliseconds"]) for row in of_database["role_settings"]},
    )


def _through_exposed(
    relationships: Mapping[Name, tuple[Relationship, ...]], exposure: Exposure
) -> Mapping[Name, tuple[Relationship, ...]]:
    """Without those through a junction that nobody may ask for: what it ties is not for callers to know."""
    return {
        source: tuple(
            each for each in outgoing if each.junction is None or each.junction.relation.schema in exposure.schemas
        )
        for source, outgoing in relationships.items()
    }


def _schema(
    schema: str,
    rows: Mapping[str, Rows],
    relationships: Mapping[Name, tuple[Relationship, ...]],
    representations: Mapping[str, Representation],
) -> Schema:
    privileges = _privileges(rows["privileges"], rows["relations"])
    functions: dict[str, list[Function]] = {}
    for row in rows["functions"]:
        functions.setdefault(row["name"], []).append(_function(schema, row))
    relations = {row["name"]: _relation(schema, row, privileges, representations) for row in rows["relations"]}
    types = {each.type for relation in relations.values() for each in relation.columns.values()}
    return Schema(
        name=schema,
        relations=relations,
        relationships={
            source.name: tuple(each for each in outgoing if _is_within(each, schema))
            for source, outgoing in relationships.items()
            if source.schema == schema
        },
        functions={name: tuple(overloads) for name, overloads in functions.items()},
        handlers=_handlers(schema, rows["media_handlers"]),
        rules=Rules(
            {row["name"]: Rule(row["constraint_name"], row["sentence"]) for row in rows["rules"]},
            {row["name"]: row["table_name"] for row in rows["partitions"]},
        ),
        privileges=privileges,
        comment=next((row["comment"] for row in rows["of_schema"]), None),
        types=frozenset(name for type_ in types if "(" not in type_ for name in (type_, type_.rpartition(".")[2])),
    )


def _handlers(schema: str, rows: Rows) -> dict[str, dict[str, Handler]]:
    handlers: dict[str, dict[str, Handler]] = {}
    for row in rows:
        relation = row["relation"]
        handlers.setdefault(relation or "", {})[row["media_type"]] = Handler(
            row["media_type"],
            row["is_binary"],
            Name(schema, row["aggregate"]),
            Name(schema, relation) if relation else None,
        )
    return handlers


def _is_within(relationship: Relationship, schema: str) -> bool:
    """Whether it leads to a relation of the schema, and not by a function of another one."""
    return {relationship.target.schema, (relationship.function or relationship.target).schema} == {schema}


def _inherit(relations: Mapping[Name, dict[str, Any]], view: Name, passed_on: PassedOn) -> None:
    """A view's column has the default of the column it shows, unless its own; a whole key that it shows is its key."""
    row = relations[view]
    origins = {column: origin_of(view, column, passed_on) for column in passed_on[view]}
    shown: dict[Name, dict[str, str]] = {}
    for column, (table, name) in origins.items():
        shown.setdefault(table, {}).setdefault(name, column)
    for each in row["columns"] or []:
        table, name = origins.get(each["name"], (view, ""))
        of_table = relations[table]["columns"] if table in relations and table != view else ()
        if each["default"] is None:
            each["default"] = next((column["default"] for column in of_table if column["name"] == name), None)
    keys = [(names, relations[table]["primary_key"]) for table, names in shown.items() if table in relations]
    row["primary_key"] = [names[name] for names, key in keys if names.keys() >= set(key) for name in key]


def _passed_on(view_columns: Rows) -> PassedOn:
    passed_on: dict[Name, dict[str, tuple[Name, str]]] = {}
    for row in view_columns:
        view = passed_on.setdefault(Name(row["view_schema"], row["view"]), {})
        view[row["name"]] = (Name(row["origin_schema"], row["origin"]), row["origin_column"])
    return passed_on


def _relationships(keys: Rows, passed_on: PassedOn) -> Mapping[Name, tuple[Relationship, ...]]:
    """Between all schemas: a view may show what lies in another one."""
    foreign_keys = [
        ForeignKey(
            name=row["name"],
            source=Name(row["source_schema"], row["source"]),
            target=Name(row["target_schema"], row["target"]),
            columns=tuple(row["columns"]),
            target_columns=tuple(row["target_columns"]),
            is_unique=row["is_unique"],
            source_key=tuple(row["source_key"]),
        )
        for row in keys
    ]
    return relationships_of(foreign_keys, passed_on)


def _computed(rows: Rows) -> list[Relationship]:
    return [
        Relationship(
            name=row["name"],
            source=Name(row["source_schema"], row["source"]),
            target=Name(row["target_schema"], row["target"]),
            cardinality="many-to-one" if row["is_one"] else "one-to-many",
            function=Name(row["schema"], row["name"]),
        )
        for row in rows
    ]


def _privileges(rows: Rows, relations: Rows) -> Privileges:
    by_table: dict[str, dict[str, Privilege]] = {}
    for row in rows:
        by_table.setdefault(row["table_name"], {})[row["role"]] = Privilege(
            columns=row["columns"],
            reads=tuple(row["reads"]),
            inserts=tuple(row["inserts"]),
            updates=tuple(row["updates"]),
            deletes=row["deletes"],
        )
    return Privileges(by_table, {row["name"]: row["way"] for row in relations if row["way"]})


def _relation(
    schema: str, row: Mapping[str, Any], privileges: Privileges, representations: Mapping[str, Representation]
) -> Relation:
    of_roles = privileges.by_table.get(row["name"], {})
    return Relation(
        schema=schema,
        name=row["name"],
        primary_key=tuple(row["primary_key"]),
        columns={each["name"]: _column(each, representations) for each in row["columns"] or []},
        writes=frozenset(verb for verb, bit in WRITES.items() if row["writes"] & bit),
        comment=row["comment"],
        partly_readable={role: its.reads for role, its in of_roles.items() if 0 < len(its.reads) < its.columns},
    )


def _column(row: Mapping[str, Any], representations: Mapping[str, Representation]) -> Column:
    representation = representations.get(row["type"], Representation())
    return Column(**{**row, "words": tuple(row["words"] or ()), "representation": representation})


def _function(schema: str, row: Mapping[str, Any]) -> Function:
    modes = row["modes"] or ["i"] * len(row["types"])
    names = row["names"] or [""] * len(row["types"])
    every = list(zip(names, row["types"], modes, row["composites"], strict=True))
    inputs = [each for each in every if each[2] in "ibv"]
    required = len(inputs) - row["defaults"]
    return Function(
        schema=schema,
        name=row["name"],
        volatility=row["volatility"],
        arguments=tuple(
            Argument(
                name=name,
                type=type_,
                required=place < required,
                variadic=mode == "v",
                composite=composite,
            )
            for place, (name, type_, mode, composite) in enumerate(inputs)
        ),
        returns=row["returns"],
        returns_set=row["returns_set"],
        returns_row=row["returns_row"],
        returns_relation=row["returns_relation"],
        columns=tuple(Column(name=name, type=type_, base=type_) for name, type_, mode, _ in every if mode in "tbo"),
        callers=frozenset(row["callers"]),
        comment=row["comment"],
        handler=Handler(row["media_type"], row["gives_bytes"]) if row["media_type"] else None,
    )
