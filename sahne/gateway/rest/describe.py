"""What there is to ask for: the methods of a path, and the document of all a role may see."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from sahne.database.catalog import Schema
from sahne.gateway.rest.choose import refuse_unknown
from sahne.gateway.rest.errors import NoSuchMediaType
from sahne.gateway.rest.media import Accepted
from sahne.gateway.rest.openapi import document_of
from sahne.gateway.rest.openapi_3 import modern
from sahne.gateway.rest.request import RestRequest
from sahne.gateway.rest.resolve import find_relation
from sahne.gateway.rest.respond import Response
from sahne.remembered import Remembered

DOCUMENTS_REMEMBERED_MAX = 16
MEDIA_TYPE = "application/openapi+json"
JSON = frozenset({"application/json", "application/*", "*/*"})
VERSIONS = frozenset({"", "2.0", "3.1"})
OF_READS = b"OPTIONS,GET,HEAD"
OF_WRITES = {"post": b"POST", "put": b"PUT", "patch": b"PATCH", "delete": b"DELETE"}
OF_CALLS, OF_CALLS_THAT_WRITE = b"OPTIONS,GET,HEAD,POST", b"OPTIONS,POST"


def allow_header(request: RestRequest, schema: Schema) -> bytes:
    """The `Allow` header of a path.

    Raises:
        NoTable, NoFunction: there is nothing of this name.
    """
    if not request.target:
        return OF_READS
    if not request.is_call:
        writes = find_relation(schema, request.target).writes
        if {"post", "patch"} <= writes:
            writes |= {"put"}
        return b",".join([OF_READS, *(method for verb, method in OF_WRITES.items() if verb in writes)])
    overloads = schema.functions.get(request.target)
    if not overloads:
        raise refuse_unknown(request, schema)
    return OF_CALLS if any(each.volatility != "v" for each in overloads) else OF_CALLS_THAT_WRITE


class Documents:
    """What was said of a schema to a role, until the catalog is another."""

    def __init__(self) -> None:
        self._documents: Remembered[tuple[int, str, str, str], bytes] = Remembered(DOCUMENTS_REMEMBERED_MAX)

    def describe(self, request: RestRequest, schema: Schema, role: str, version: int) -> Response:
        """The answer to whoever asks for the root: OpenAPI 2, or what of `VERSIONS` they accept.

        Raises:
            NoSuchMediaType: it will not do as JSON, or in another version.
        """
        of_openapi = _version_in(request.accepted)
        key = version, schema.name, role, of_openapi
        document = self._documents.find(key)
        if document is None:
            described = document_of(schema, role, version)
            document = orjson.dumps(modern(described) if of_openapi == "3.1" else described)
            self._documents.keep(key, document)
        named = f";version={of_openapi}" if of_openapi else ""
        content_type = f"{MEDIA_TYPE}{named}; charset=utf-8".encode()
        return 200, [(b"content-type", content_type)], b"" if request.method == "HEAD" else document


def _version_in(accepted: Sequence[Accepted]) -> str:
    for each in accepted:
        if each.name == MEDIA_TYPE and each.version in VERSIONS:
            return each.version
        if each.name in JSON:
            return ""
    raise NoSuchMediaType(hint=f"The root is {MEDIA_TYPE}, with ;version=3.1 where that is wanted.")
