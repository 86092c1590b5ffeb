"""The unmodified `@supabase/mcp-server-supabase` as a child process, driven by the client of the `mcp` package."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp import Client, StdioServerParameters, types
from mcp.client.stdio import stdio_client

from tests.clients.conftest import Packages

PROJECT = "sahne"


@dataclass(frozen=True, slots=True)
class SupabaseMcp:
    """Its tools, as an agent calls them; `called` are those that were."""

    client: Client
    called: set[str] = field(default_factory=set)

    async def offered(self) -> set[str]:
        """The names of its tools."""
        return {tool.name for tool in (await self.client.list_tools()).tools}

    async def ask(self, tool: str, **arguments: Any) -> Any:
        """What a tool answers."""
        is_error, answer = await self._call(tool, arguments)
        assert not is_error, answer
        return answer

    async def of_project(self, tool: str, **arguments: Any) -> Any:
        """What a tool answers of the one project."""
        return await self.ask(tool, project_id=PROJECT, **arguments)

    async def rows(self, query: str) -> Any:
        """The rows of SQL, out of the boundaries that mark them as data."""
        marked = (await self.of_project("execute_sql", query=query))["result"]
        return json.loads(marked.split(">\n")[1].split("\n</")[0])

    async def refusal(self, tool: str, **arguments: Any) -> str:
        """The sentence by which a tool is refused."""
        is_error, answer = await self._call(tool, arguments)
        assert is_error, answer
        return str(answer["error"]["message"])

    async def _call(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, Any]:
        self.called.add(tool)
        result = await self.client.call_tool(tool, arguments)
        (told,) = result.content
        assert isinstance(told, types.TextContent)
        return result.is_error, json.loads(told.text)


@asynccontextmanager
async def supabase_mcp(packages: Packages, url: str, token: str, *options: str) -> AsyncIterator[SupabaseMcp]:
    """The server, asking `url`."""
    program = packages.folder / "@supabase" / "mcp-server-supabase" / "dist" / "cli.js"
    address = f"{url}/management"
    asked = ["--api-url", address, "--content-api-url", f"{address}/content", "--access-token", token, *options]
    parameters = StdioServerParameters(command=packages.node.program, args=[str(program), *asked])
    async with Client(stdio_client(parameters)) as client:
        yield SupabaseMcp(client)
