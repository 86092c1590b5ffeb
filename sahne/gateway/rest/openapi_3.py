"""The same document as OpenAPI 3.1, for tools that read no older one. Pure."""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]
# what stands in a parameter itself in 2 and in its schema in 3
OF_SCHEMAS = ("type", "format", "enum", "items", "default")
JSON = "application/json"


def modern(document: Json) -> Json:
    """An OpenAPI 2 document of ours as one of 3.1."""
    parameters, bodies = _apart(document["parameters"])
    return {
        "openapi": "3.1.0",
        "info": document["info"],
        "servers": [{"url": document["basePath"]}],
        "paths": {
            path: {verb: _operation(of, document["produces"]) for verb, of in verbs.items()}
            for path, verbs in document["paths"].items()
        },
        "components": {
            "schemas": {_key(name): _renamed(each) for name, each in document["definitions"].items()},
            "parameters": {_key(name): _parameter(each) for name, each in parameters.items()},
            "requestBodies": {_key(name): _body(each) for name, each in bodies.items()},
        },
    }


def _apart(parameters: Json) -> tuple[Json, Json]:
    """The parameters, and those that are bodies."""
    bodies = {name: each for name, each in parameters.items() if each["in"] == "body"}
    return {name: each for name, each in parameters.items() if name not in bodies}, bodies


def _operation(operation: Json, produces: list[str]) -> Json:
    """A verb of a path; what is referred to by `#/parameters/body.…` is its body."""
    given = operation.get("parameters", [])
    bodies = [each for each in given if each.get("in") == "body" or "/body." in each.get("$ref", "")]
    types = operation.get("produces", produces)
    return {
        **{name: operation[name] for name in ("tags", "summary", "description") if name in operation},
        "parameters": [_parameter(each) for each in given if each not in bodies],
        **({"requestBody": _body(bodies[0])} if bodies else {}),
        "responses": {status: _response(each, types) for status, each in operation["responses"].items()},
    }


def _parameter(parameter: Json) -> Json:
    if "$ref" in parameter:
        return {"$ref": _refer(parameter["$ref"])}
    several = {"style": "form", "explode": True} if "collectionFormat" in parameter else {}
    about = {name: each for name, each in parameter.items() if name not in (*OF_SCHEMAS, "collectionFormat")}
    return about | several | {"schema": {name: parameter[name] for name in OF_SCHEMAS if name in parameter}}


def _body(parameter: Json) -> Json:
    if "$ref" in parameter:
        return {"$ref": "#/components/requestBodies/" + _key(parameter["$ref"].removeprefix("#/parameters/"))}
    return {"required": parameter["required"], "content": {JSON: {"schema": _renamed(parameter["schema"])}}}


def _response(response: Json, types: list[str]) -> Json:
    if "schema" not in response:
        return response
    schema = _renamed(response["schema"])
    return {"description": response["description"], "content": {each: {"schema": schema} for each in types}}


def _renamed(part: Any) -> Any:
    """With what it refers to where 3 has it."""
    if isinstance(part, dict):
        return {
            name: _refer(each) if name == "$ref" and isinstance(each, str) else _renamed(each)
            for name, each in part.items()
        }
    return [_renamed(each) for each in part] if isinstance(part, list) else part


def _refer(reference: str) -> str:
    _, kind, name = reference.split("/", 2)
    return f"#/components/{'schemas' if kind == 'definitions' else kind}/{_key(name)}"


def _key(name: str) -> str:
    """A name with the letters that 3 has in its names: of another one its number."""
    return re.sub(r"[^A-Za-z0-9._-]", lambda found: f"_{ord(found[0]):x}_", name)
