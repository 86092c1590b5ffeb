"""Which operation of S3 a request is: by its method, by what its path names, and by its parameters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.responses import Response

from sahne.gateway.storage.calls import Call
from sahne.gateway.storage.s3 import buckets, multipart, objects
from sahne.gateway.storage.s3.answers import answer_error
from sahne.gateway.storage.s3.credentials import who_signed
from sahne.gateway.storage.s3.errors import MethodNotAllowed
from sahne.gateway.storage.s3.objects import Signed

Operation = Callable[[Signed], Awaitable[Response]]
Level = Literal["service", "bucket", "object"]


def _of_call(operation: Callable[[Call], Awaitable[Response]]) -> Operation:
    return lambda signed: operation(signed.call)


# What else than parameters tells operations apart
HEADERS_OF_OPERATIONS = {"x-amz-copy-source"}
# The first of a method and level whose parameters, and headers of these, are all there
_OPERATIONS: list[tuple[str, Level, str, Operation]] = [
    ("GET", "service", "", _of_call(buckets.show_all)),
    ("GET", "bucket", "list-type", _of_call(buckets.list_v2)),
    ("GET", "bucket", "location", _of_call(buckets.location)),
    ("GET", "bucket", "versioning", _of_call(buckets.versioning)),
    ("GET", "bucket", "uploads", multipart.show_all),
    *(
        ("GET", "bucket", parameter, _of_call(buckets.not_configured))
        for parameter in ("acl", "cors", "encryption", "lifecycle", "object-lock", "policy", "tagging", "website")
    ),
    ("GET", "bucket", "", _of_call(buckets.list_v1)),
    ("HEAD", "bucket", "", _of_call(buckets.show)),
    ("PUT", "bucket", "", _of_call(buckets.create)),
    ("DELETE", "bucket", "", _of_call(buckets.delete)),
    ("POST", "bucket", "delete", objects.delete_many),
    ("POST", "object", "uploads", multipart.begin),
    ("POST", "object", "uploadId", multipart.end),
    ("GET", "object", "uploadId", multipart.show_parts),
    ("DELETE", "object", "uploadId", multipart.abort),
    ("PUT", "object", "uploadId partNumber x-amz-copy-source", multipart.put_copy),
    ("PUT", "object", "uploadId partNumber", multipart.put),
    ("PUT", "object", "x-amz-copy-source", objects.copy),
    ("PUT", "object", "", objects.put),
    ("GET", "object", "", objects.get),
    ("HEAD", "object", "", objects.get),
    ("DELETE", "object", "", objects.delete),
]


async def answer(call: Call) -> Response:
    """Any request below `/s3`."""
    try:
        actor, signing = who_signed(call.parts, call.request)
        operation = _operation_of(call)
        return await operation(Signed(call.as_actor(actor), signing))
    except Exception as error:
        return answer_error(call.request, error)


def _operation_of(call: Call) -> Operation:
    """The operation, whose place the call gets. Raises MethodNotAllowed."""
    bucket, _, name = str(call.request.path_params["key"]).removeprefix("/").partition("/")
    call.request.scope["path_params"] = {"bucket": bucket, "name": name}
    level: Level = "object" if name else "bucket" if bucket else "service"
    said = {*call.request.query_params, *(HEADERS_OF_OPERATIONS & {*call.request.headers})}
    for method, at, needed, operation in _OPERATIONS:
        if (method, at) == (call.request.method, level) and said.issuperset(needed.split()):
            return operation
    raise MethodNotAllowed()
