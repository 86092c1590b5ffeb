"""The OpenAPI 2 document of what a role may see of a schema: its paths, and its relations' columns. Pure.

It says what PostgREST's says in the same places, as tools read it that were made for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from sahne.database.catalog import Argument, Column, Function, Relation, Schema
from sahne.gateway.rest.choose import WHOLE_BODY

Json = dict[str, Any]
JSON, ONE = "application/json", "application/vnd.pgrst.object+json"
OF_ROWS = [JSON, f"{ONE};nulls=stripped", ONE, "text/csv"]
OF_CALLS = OF_ROWS[:-1]
RETURNS = ["return=representation", "return=minimal", "return=headers-only"]
RESOLUTIONS = ["resolution=ignore-duplicates", "resolution=merge-duplicates"]
COUNTS = ["count=exact", "count=planned", "count=estimated"]
OF_A_READ = ("select", "order", "range", "rangeUnit", "offset", "limit", "preferCount")
TYPES = {
    "boolean": "boolean", "smallint": "integer", "integer": "integer", "bigint": "integer",
    "numeric": "number", "real": "number", "double precision": "number", "json": None, "jsonb": None,
}  # fmt: skip


def document_of(schema: Schema, role: str, version: int) -> Json:
    """The document, for the role that asks."""
    relations = [each for each in schema.relations.values() if schema.verbs(each, role)]
    calls = [each for overloads in schema.functions.values() for each in overloads if _is_callable(each, role)]
    title, description = _in_two(schema.comment)
    return {
        "swagger": "2.0",
        "info": {"title": title or "Data API", "version": str(version)} | _described("description", description),
        "basePath": "/rest/v1",
        "consumes": OF_ROWS,
        "produces": OF_ROWS,
        "paths": {
            "/": _root(),
            **{f"/{each.name}": _path(schema, each, role) for each in relations},
            **{f"/rpc/{each.name}": _call(each) for each in calls},  # of several, the last
        },
        "definitions": {each.name: _definition(schema, each, role) for each in relations},
        "parameters": _parameters(schema, relations, role),
    }


def _root() -> Json:
    return {
        "get": {
            "tags": ["Introspection"],
            "summary": "OpenAPI description (this document)",
            "produces": ["application/openapi+json", JSON],
            "responses": _answered(200, "OK"),
        }
    }


def _path(schema: Schema, relation: Relation, role: str) -> Json:
    name = relation.name
    summary, description = _in_two(relation.comment)
    about: Json = {"tags": [name], **_described("summary", summary), **_described("description", description)}
    filters = [f"rowFilter.{name}.{column}" for column in _columns(schema, relation, role)]
    rows = {"schema": {"type": "array", "items": {"$ref": f"#/definitions/{name}"}}}
    verbs: dict[str, tuple[Iterable[str], Json]] = {
        "get": (
            [*filters, *OF_A_READ],
            {"200": {"description": "OK", **rows}, "206": {"description": "Partial Content"}},
        ),
        "post": ([f"body.{name}", "select", "preferPost"], _answered(201, "Created")),
        "patch": ([*filters, f"body.{name}", "preferReturn"], _answered(204, "No Content")),
        "delete": ([*filters, "preferReturn"], _answered(204, "No Content")),
    }
    return {
        verb: {
            **about,
            "parameters": [{"$ref": f"#/parameters/{each}"} for each in parameters],
            "responses": responses,
        }
        for verb, (parameters, responses) in verbs.items()
        if verb in schema.verbs(relation, role)
    }


def _answered(status: int, description: str) -> Json:
    return {str(status): {"description": description}}


def _definition(schema: Schema, relation: Relation, role: str) -> Json:
    names = _columns(schema, relation, role)
    required = [name for name in names if relation.columns[name].required]
    return {
        "type": "object",
        "properties": {name: _property(schema, relation, relation.columns[name]) for name in names},
        **({"required": required} if required else {}),
        **_described("description", relation.comment),
    }


def _property(schema: Schema, relation: Relation, column: Column) -> Json:
    return {
        **_typed(column.base),
        **_described("description", _column_in_words(schema, relation, column)),
        **_default(column),
        **({"enum": list(column.words)} if column.words else {}),
        **({"maxLength": column.length} if column.length else {}),
    }


def _column_in_words(schema: Schema, relation: Relation, column: Column) -> str | None:
    """Its comment, with what it is a key of."""
    notes = ["This is a Primary Key.<pk/>"] if column.name in relation.primary_key else []
    keys = [
        each
        for each in schema.relationships.get(relation.name, ())
        if each.holds_key and each.junction is None and each.columns == (column.name,)
    ]
    for key in sorted(keys, key=lambda each: each.to_view)[:1]:
        target, (its_column,) = key.target.name, key.target_columns
        notes.append(f"This is a Foreign Key to `{target}.{its_column}`.<fk table='{target}' column='{its_column}'/>")
    if not notes:
        return column.comment
    noted = "\n".join(["Note:", *notes])
    return f"{column.comment}\n\n{noted}" if column.comment else noted


def _typed(type_: str) -> Json:
    """The type of JSON, and PostgreSQL's own as its format."""
    if type_.endswith("[]"):
        of_item = TYPES.get(type_[:-2], "string")
        return {"type": "array", "format": type_, "items": {"type": of_item} if of_item else {}}
    of_json = TYPES.get(type_, "string")
    return {"type": of_json, "format": type_} if of_json else {"format": type_}


def _default(column: Column) -> Json:
    """A constant as it is; of a text that is made anew for each row, how SQL makes it."""
    if column.default is None or column.representation.to_json:
        return {}
    text = column.default.removesuffix(f"::{column.base}")
    if TYPES.get(column.base, "string") == "string" and not column.base.endswith("[]"):
        return {"default": text.strip("'")}
    try:
        return {"default": orjson.loads(text)}
    except ValueError:
        return {}


def _parameters(schema: Schema, relations: Iterable[Relation], role: str) -> Json:
    parameters: Json = {
        "preferReturn": _header("Prefer", "Preference", enum=RETURNS),
        "preferCount": _header("Prefer", "Preference", enum=COUNTS),
        "preferPost": _header("Prefer", "Preference", enum=[*RETURNS, *RESOLUTIONS]),
        "select": _queried("select", "Filtering Columns"),
        "on_conflict": _queried("on_conflict", "On Conflict"),
        "order": _queried("order", "Ordering"),
        "range": _header("Range", "Limiting and Pagination"),
        "rangeUnit": _header("Range-Unit", "Limiting and Pagination", default="items"),
        "offset": _queried("offset", "Limiting and Pagination"),
        "limit": _queried("limit", "Limiting and Pagination"),
    }
    for relation in relations:
        name = relation.name
        body = {"name": name, "description": name, "required": False, "in": "body"}
        parameters[f"body.{name}"] = body | {"schema": {"$ref": f"#/definitions/{name}"}}
        for column in _columns(schema, relation, role):
            filtered = _queried(column, relation.columns[column].comment)
            parameters[f"rowFilter.{name}.{column}"] = filtered | {"format": relation.columns[column].base}
    return parameters


def _header(name: str, description: str, **more: Any) -> Json:
    return {"name": name, "description": description, "required": False, "in": "header", "type": "string", **more}


def _queried(name: str, description: str | None) -> Json:
    return {"name": name, **_described("description", description), "required": False, "in": "query", "type": "string"}


def _call(function: Function) -> Json:
    summary, description = _in_two(function.comment)
    about: Json = {
        "tags": [f"(rpc) {function.name}"],
        **_described("summary", summary),
        **_described("description", description),
        "produces": OF_CALLS,
        "responses": _answered(200, "OK"),
    }
    post = about | {"parameters": [{"name": "args", "in": "body", "required": True, "schema": _body(function)}]}
    if function.volatility == "v" or not _is_named(function):
        return {"post": post}
    queried = [_argument(each) for each in function.arguments]
    return {"get": about | ({"parameters": queried} if queried else {}), "post": post}


def _body(function: Function) -> Json:
    if not _is_named(function):
        return _typed(function.arguments[0].type)
    required = [each.name for each in function.arguments if each.required]
    return {
        "type": "object",
        **({"properties": {each.name: _typed(each.type) for each in function.arguments}} if function.arguments else {}),
        **({"required": required} if required else {}),
    }


def _is_callable(function: Function, role: str) -> bool:
    """Whether a role may call it, and can: by the names of its arguments, or with the body as the only one."""
    of_bodies = {type_ for types in WHOLE_BODY.values() for type_ in types}
    takes_body = len(function.arguments) == 1 and function.arguments[0].type in of_bodies
    return role in function.callers and (_is_named(function) or takes_body)


def _is_named(function: Function) -> bool:
    return all(each.name for each in function.arguments)


def _argument(argument: Argument) -> Json:
    queried: Json = {"name": argument.name, "in": "query", "required": argument.required}
    if argument.variadic:
        items = _typed(argument.type.removesuffix("[]"))
        return queried | {"type": "array", "items": items, "collectionFormat": "multi"}
    of_json = TYPES.get(argument.type, "string") or "string"
    return queried | {"type": of_json, "format": argument.type}


def _columns(schema: Schema, relation: Relation, role: str) -> list[str]:
    """Those that a role may read or write."""
    privilege = schema.privileges.by_table[relation.name][role]
    allowed = {*privilege.reads, *privilege.inserts, *privilege.updates}
    return [name for name in relation.columns if name in allowed]


def _in_two(comment: str | None) -> tuple[str | None, str | None]:
    """A comment's first line, and the rest of it."""
    first, _, rest = (comment or "").partition("\n")
    return first or None, rest.lstrip("\n") or None


def _described(key: str, text: str | None) -> Json:
    return {key: text} if text else {}
