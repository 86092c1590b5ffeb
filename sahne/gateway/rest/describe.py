"""What there is to ask for: the methods of a table or function, and the document of all a role may see. Pure."""

from __future__ import annotations

import orjson

from sahne.database.catalog import Function, Relation, Schema
from sahne.gateway.rest.choose import refuse_unknown
from sahne.gateway.rest.request import ROOT_MEDIA_TYPE, RestRequest
from sahne.gateway.rest.resolve import find_relation
from sahne.gateway.rest.respond import Response

OF_RELATIONS = b"OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"
OF_CALLS, OF_CALLS_THAT_WRITE = b"OPTIONS,GET,HEAD,POST", b"OPTIONS,POST"


def allow_header(request: RestRequest, schema: Schema) -> bytes:
    """The `Allow` header of a path.

    Raises:
        NoTable, NoFunction: there is nothing of this name.
    """
    if not request.target:
        return OF_CALLS[: -len(b",POST")]
    if not request.is_call:
        find_relation(schema, request.target)
        return OF_RELATIONS
    overloads = schema.functions.get(request.target)
    if not overloads:
        raise refuse_unknown(request, schema)
    return OF_CALLS if any(each.volatility != "v" for each in overloads) else OF_CALLS_THAT_WRITE


def describe(schema: Schema, role: str, version: int) -> Response:
    """What a role may see, as an OpenAPI 2 document: its paths with their verbs and columns."""
    relations = {name: each for name, each in schema.relations.items() if _verbs(schema, name, role)}
    paths: dict[str, object] = {f"/{name}": {verb: {} for verb in _verbs(schema, name, role)} for name in relations}
    for name, overloads in schema.functions.items():
        callable_ = [each for each in overloads if role in each.callers]
        if callable_:
            paths[f"/rpc/{name}"] = {verb: {} for verb in _call_verbs(callable_)}
    document = {
        "swagger": "2.0",
        "info": {"title": "Data API", "version": str(version)},
        "paths": paths,
        "definitions": {name: _definition(each, role) for name, each in relations.items()},
    }
    content_type = f"{ROOT_MEDIA_TYPE}; charset=utf-8".encode()
    return 200, [(b"content-type", content_type)], orjson.dumps(document)


def _verbs(schema: Schema, relation: str, role: str) -> list[str]:
    privilege = schema.privileges.by_table.get(relation, {}).get(role)
    if privilege is None:
        return []
    may = {"get": privilege.reads, "post": privilege.inserts, "patch": privilege.updates, "delete": privilege.deletes}
    return [verb for verb, what in may.items() if what]


def _call_verbs(overloads: list[Function]) -> list[str]:
    return ["get", "post"] if any(each.volatility != "v" for each in overloads) else ["post"]


def _definition(relation: Relation, role: str) -> dict[str, object]:
    readable = relation.readable(role) or tuple(relation.columns)
    return {
        "type": "object",
        "properties": {name: {"format": relation.columns[name].type} for name in readable},
    }
