"""Finds the relationship an embedding means, or says precisely why there is none or more than one. Pure."""

from __future__ import annotations

from difflib import get_close_matches

from sahne.database.catalog import Relation, Schema
from sahne.database.relationships import Relationship
from sahne.gateway.rest.errors import AmbiguousEmbed, NoRelationship, NoTable


def find_relation(schema: Schema, name: str) -> Relation:
    """The table or view called `name`.

    Raises:
        NoTable: there is none in the schema.
    """
    relation = schema.relations.get(name)
    if relation is None:
        near = get_close_matches(name, schema.relations, 1)
        raise NoTable(
            f"Could not find the table '{schema.name}.{name}' in the schema cache",
            hint=f"Perhaps you meant the table '{schema.name}.{near[0]}'" if near else None,
        )
    return relation


def find_relationship(schema: Schema, source: str, name: str, hint: str | None) -> Relationship:
    """The one relationship from `source` that `name!hint` means: a function, a table, a key's name or a key's column.

    Raises:
        NoRelationship, AmbiguousEmbed: none fits, or several do.
    """
    all_of = schema.relationships.get(source, ())
    computed = [each for each in all_of if each.function and each.function.name == name]
    if computed:
        return computed[0]
    all_of = tuple(each for each in all_of if each.function is None)
    fitting = [
        each
        for each in all_of
        if each.target.name == name and not _is_parent(each) and (hint is None or _hinted(each, hint))
    ]
    if source == name and hint is None:  # a table's own name means the children, however else its rows are tied
        fitting = [each for each in fitting if each.junction is None] or fitting
    if not fitting:
        fitting = [
            each
            for each in all_of
            if each.junction is None
            and _is_named(each, name)
            and (hint is None or each.target.name == hint or _hinted(each, hint))
        ]
        # a key refers to a table; the views over it are meant by their own names
        fitting = [each for each in fitting if not each.to_view] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise _ambiguous(source, name, fitting)
    raise _none(schema, source, name, hint)


def _is_parent(relationship: Relationship) -> bool:
    """Whether it leads from a row to the one it refers to in the same table: meant by the key's own name or column."""
    return relationship.source == relationship.target and relationship.holds_key


def _is_named(relationship: Relationship, name: str) -> bool:
    """By the name of its key, or by the one column that refers."""
    if relationship.source == relationship.target and not relationship.holds_key:
        return False
    return relationship.name == name or (relationship.holds_key and relationship.columns == (name,))


def _hinted(relationship: Relationship, hint: str) -> bool:
    junction = relationship.junction
    if junction is not None:
        return hint in (junction.relation.name, junction.source_key, junction.target_key)
    return hint == relationship.name or (hint,) in (relationship.columns, relationship.target_columns)


def _ambiguous(source: str, name: str, fitting: list[Relationship]) -> AmbiguousEmbed:
    ways = [_way(each, fitting) for each in fitting]
    return AmbiguousEmbed(
        f"Could not embed because more than one relationship was found for '{source}' and '{name}'",
        details=[
            {
                "cardinality": each.cardinality,
                "embedding": f"{each.source.name} with {each.target.name}",
                "relationship": _described(each),
            }
            for each in fitting
        ],
        hint=f"Try changing '{name}' to one of the following: {', '.join(ways)}."
        " Find the desired relationship in the 'details' key.",
    )


def _way(relationship: Relationship, fitting: list[Relationship]) -> str:
    """What to write for one of them: by its key, or by its column where a view shows the key's columns twice."""
    if relationship.junction:
        hint = relationship.junction.relation.name
    elif sum((each.target, each.name) == (relationship.target, relationship.name) for each in fitting) > 1:
        hint = (relationship.columns if relationship.holds_key else relationship.target_columns)[0]
    else:
        hint = relationship.name
    return f"'{relationship.target.name}!{hint}'"


def _described(relationship: Relationship) -> str:
    junction = relationship.junction
    if junction is not None:
        return (
            f"{junction.relation.name} using {junction.source_key}({', '.join(junction.source_columns)})"
            f" and {junction.target_key}({', '.join(junction.target_columns)})"
        )
    return (
        f"{relationship.name} using {relationship.source.name}({', '.join(relationship.columns)})"
        f" and {relationship.target.name}({', '.join(relationship.target_columns)})"
    )


def _none(schema: Schema, source: str, name: str, hint: str | None) -> NoRelationship:
    near = get_close_matches(name, {each.target.name for each in schema.relationships.get(source, ())}, 1)
    with_hint = f" using the hint '{hint}'" if hint else ""
    return NoRelationship(
        f"Could not find a relationship between '{source}' and '{name}' in the schema cache",
        details=f"Searched for a foreign key relationship between '{source}' and '{name}'{with_hint}"
        f" in the schema '{schema.name}', but no matches were found.",
        hint=f"Perhaps you meant '{near[0]}' instead of '{name}'." if near and near[0] != name else None,
    )
