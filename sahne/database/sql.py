"""Named queries from `.sql` files.

A file holds queries, each led by `-- name: start_session` and a sentence that says what it does:

    -- name: start_session
    -- The session goes live, once.
    update public.live_sessions …;

Parameters are psycopg's: `%(session_id)s`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

POSTGRESQL = {"db.system.name": "postgresql"}  # of a span that is a statement
_names: dict[bytes, str] = {}

_NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


@cache
def load_queries(package: str, file: str = "queries.sql") -> dict[str, bytes]:
    """Every query of `file` in `package` by its name; the text keeps its comments so that logs can be traced.

    Raises:
        ValueError: a name stands twice in one file.
    """
    text = files(package).joinpath(file).read_text("utf-8")
    heads = list(_NAME.finditer(text))
    queries: dict[str, bytes] = {}
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : after.start() if after else len(text)].strip().rstrip(";")
        if head[1] in queries:
            raise ValueError(f"{package}/{file} names {head[1]!r} twice")
        queries[head[1]] = body.encode()
        _names[queries[head[1]]] = head[1]
    return queries


def query_name(statement: object) -> str:
    """What a statement is called in its file; one that lies in none is just a statement."""
    return _names.get(statement, "statement") if isinstance(statement, bytes) else "statement"
