"""The door of `/management`: the routes of Supabase's Management API that its MCP server asks.

It opens to `SAHNE_MANAGEMENT_TOKEN` alone, and is only there where `SAHNE_MANAGEMENT` says so. What Supabase has and
an installation of one's own has not (branches, edge functions, more projects) is refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from secrets import compare_digest
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from sahne.database.sql import load_queries
from sahne.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated, Unavailable
from sahne.gateway.asgi import Door, Receive, Scope, Send
from sahne.gateway.exact_paths import fitted_exactly
from sahne.gateway.management import advisors, installation, migrations
from sahne.gateway.management.installation import NotOffered, refuse_other
from sahne.gateway.management.log_lines import LogLines
from sahne.gateway.management.statements import Statements
from sahne.gateway.management.table_types import table_types
from sahne.gateway.parts import Parts
from sahne.telemetry import subscribe

PREFIX = "/management/v1"
CONTENT = "/management/content"  # what the MCP server asks, without the token, about documents
ASKS_SCHEMA = "{ schema }"
CONTENT_SCHEMA = "type Query { schema: String! }"
NO_SEARCH = "There is no search of documents here: /llms.txt lists them."
LOG_WINDOW = timedelta(days=1)
QUERIES = {name: text.decode() for name, text in load_queries(__package__, "installation.sql").items()}

Answer = Callable[[Request], Awaitable[Any]]


class ManagementTokenUnknown(Unauthenticated):
    """What is the operator's wants the operator's own token."""

    code = "management_token_unknown"


class ReadsOnly(Forbidden):
    """The operator's agents only read on this server."""

    code = "management_reads_only"


@contextmanager
def open_management(parts: Parts) -> Iterator[Door]:
    """The door, as long as it is open: it keeps the log lines of that time."""
    lines = LogLines()
    stop = subscribe(lines)
    try:
        yield _guarded(parts.settings.management_token or "", _routes(Management(parts, lines)))
    finally:
        stop()


def _guarded(token: str, door: Door) -> Door:
    wanted = f"Bearer {token}".encode()

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        sent = bytes(dict(scope["headers"]).get(b"authorization", b""))
        if scope["path"] != CONTENT and not (token and compare_digest(sent, wanted)):
            raise ManagementTokenUnknown(hint="Send the value of SAHNE_MANAGEMENT_TOKEN as a bearer token.")
        await door(scope, receive, send)

    return guarded


class Management:
    """What each route answers, as data."""

    def __init__(self, parts: Parts, lines: LogLines) -> None:
        self._parts = parts
        self._lines = lines
        self._statements = Statements(parts.settings)
        self._may_write = parts.settings.management == "on"

    async def organizations(self, _: Request) -> Any:
        """The one there is."""
        return [installation.ORGANIZATION]

    async def organization(self, request: Request) -> Any:
        """By its name."""
        refuse_other(request.path_params["slug"])
        return installation.ORGANIZATION

    async def projects(self, _: Request) -> Any:
        """The one there is."""
        return [await self._project()]

    async def project(self, _: Request) -> Any:
        """This installation."""
        return await self._project()

    async def query(self, request: Request) -> Any:
        """SQL, which may write where this server lets it and the caller does not say otherwise."""
        body = await _body(request)
        parameters = body.get("parameters") or []
        if not isinstance(parameters, list):
            raise InvalidRequest("The parameters are a list.")
        reads = not self._may_write or body.get("read_only") is True
        run = self._statements.read if reads else self._statements.run_as_owner
        return await run(_text(body, "query"), parameters)

    async def migrations(self, _: Request) -> Any:
        """The history."""
        return await migrations.history(self._statements)

    async def apply_migration(self, request: Request) -> Any:
        """One more."""
        if not self._may_write:
            raise ReadsOnly(hint="Set SAHNE_MANAGEMENT=on to have agents change the schema.")
        body = await _body(request)
        await migrations.apply(self._statements, self._parts.settings, _text(body, "name"), _text(body, "query"))
        return {}

    async def advisors(self, request: Request) -> Any:
        """What is wrong with the schemas that are shown."""
        kind = request.path_params["kind"]
        if kind not in ("security", "performance"):
            raise NotFound(details=kind, hint="The advisors are security and performance.")
        return {"lints": await advisors.findings(self._parts.database, kind, self._catalog.exposure.schemas)}

    async def logs(self, request: Request) -> Any:
        """SQL, PostgreSQL's, over the lines of a time."""
        sql = request.query_params.get("sql")
        if not sql:
            raise InvalidRequest("The sql is missing.")
        end = _moment(request, "iso_timestamp_end") or datetime.now(UTC)
        start = _moment(request, "iso_timestamp_start") or end - LOG_WINDOW
        return {"result": await self._statements.read(sql, logs=self._lines.between(start, end)), "error": None}

    async def types(self, _: Request) -> Any:
        """TypeScript."""
        return {"types": await table_types(self._parts.database, self._catalog)}

    async def keys(self, _: Request) -> Any:
        """Those of apps."""
        return installation.keys_for_clients(self._parts.settings)

    async def legacy_keys(self, _: Request) -> Any:
        """Whether the old kind of keys is taken."""
        return {"enabled": True}

    async def buckets(self, _: Request) -> Any:
        """Of storage."""
        return await self._statements.read(QUERIES["buckets"])

    async def storage_config(self, _: Request) -> Any:
        """Of storage."""
        return installation.storage_config(self._parts.settings)

    async def content(self, request: Request) -> Any:
        """GraphQL, in which nothing can be asked but what it is."""
        if request.query_params.get("query", "").strip() == ASKS_SCHEMA:
            return {"data": {"schema": CONTENT_SCHEMA}}
        return {"errors": [{"message": NO_SEARCH, "locations": []}]}

    async def nothing_there(self, _: Request) -> Any:
        """Of what can be listed, and of which there is none."""
        return []

    async def not_offered(self, request: Request) -> Any:
        """Every other route."""
        raise NotOffered(request.method, request.url.path)

    async def _project(self) -> dict[str, Any]:
        rows = await self._statements.run_as_owner(QUERIES["created_at"])
        return installation.project(self._parts.settings, rows[0]["created_at"])

    @property
    def _catalog(self) -> Any:
        catalog = self._parts.catalog.current
        if catalog is None:
            raise Unavailable(hint="The database does not answer.")
        return catalog


def _routes(management: Management) -> Door:
    def at(path: str, answer: Answer, *methods: str) -> Route:
        return Route(f"{PREFIX}/{path}", _as_json(answer), methods=methods or ("GET",))

    of_one = "projects/{ref}"
    return Router(
        fitted_exactly(
            [
                at("organizations", management.organizations),
                at("organizations/{slug}", management.organization),
                at("projects", management.projects),
                at(of_one, management.project),
                at(f"{of_one}/database/query", management.query, "POST"),
                at(f"{of_one}/database/migrations", management.migrations),
                at(f"{of_one}/database/migrations", management.apply_migration, "POST"),
                at(f"{of_one}/advisors/{{kind}}", management.advisors),
                at(f"{of_one}/analytics/endpoints/logs", management.logs),
                at(f"{of_one}/types/typescript", management.types),
                at(f"{of_one}/api-keys", management.keys),
                at(f"{of_one}/api-keys/legacy", management.legacy_keys),
                at(f"{of_one}/storage/buckets", management.buckets),
                at(f"{of_one}/config/storage", management.storage_config),
                at(f"{of_one}/functions", management.nothing_there),
                at(f"{of_one}/branches", management.nothing_there),
                Route(CONTENT, _as_json(management.content)),
                at("{path:path}", management.not_offered, "GET", "POST", "PUT", "PATCH", "DELETE"),
            ]
        ),
        redirect_slashes=False,
    )


def _as_json(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def answered(request: Request) -> Response:
        if "ref" in request.path_params:
            refuse_other(request.path_params["ref"])
        content = orjson.dumps(await answer(request), default=str)
        return Response(content, media_type="application/json")

    return answered


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise InvalidRequest("The body is no object.")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise InvalidRequest(f"The {name} is missing, or no text.")
    return value


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(f"{name} is no moment.", hint="Send one like 2026-01-31T12:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
