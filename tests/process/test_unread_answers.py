"""Large answers that nobody reads, from callers without an account and with one: the server's memory has a bound."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import psycopg
import pytest

from benchmarks.harness import peak_memory_mb
from benchmarks.rivals import start_sahne
from tests.world import bearer, token

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]

MEMORY_MB_MAX = 400
NOBODIES = 24  # all of them together have a part of the connections
PEOPLE = 7  # each of them may have one: one is left
ROWS, ROW_BYTES = 1_000, 29_000  # as many as an answer may have, and nearly as large as it may be
SMALL_WINDOW = 4096
WIDE = f"""
create table public.wide (id int primary key, content text not null);
insert into public.wide select n, repeat('x', {ROW_BYTES}) from generate_series(1, {ROWS}) n;
grant select on public.wide to anon, authenticated;
"""
OPTIONS = {"SAHNE_PIPELINE_CONNECTIONS": "8", "SAHNE_CALLER_CONNECTIONS_PERCENT": "25"}


@pytest.mark.parametrize(("readers", "has_account"), [(NOBODIES, False), (PEOPLE, True)], ids=["nobodies", "people"])
async def test_memory_stays_bounded_and_one_who_asks_little_is_answered(
    database_url: str, tmp_path: Path, readers: int, *, has_account: bool
) -> None:
    with ExitStack() as stack:
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute("drop table if exists public.wide")
            for statement in WIDE.strip().split(";\n"):
                owner.execute(statement.encode())
        url, pid = start_sahne(stack, database_url, tmp_path, OPTIONS)
        unread = [asyncio.create_task(begin(stack, url, number if has_account else None)) for number in range(readers)]
        async with httpx.AsyncClient(timeout=30) as http:
            while not all(task.done() for task in unread):
                answer = await http.get(f"{url}/wide?id=eq.1&select=id", headers=bearer(UUID(int=0xB0)))
                assert (answer.status_code, answer.text) == (200, '[{"id":1}]')
        statuses = Counter([task.result() for task in unread])
        assert statuses["200"] > 1
        assert set(statuses) <= {"200", "503", "504"}
        assert peak_memory_mb(pid) < MEMORY_MB_MAX


async def begin(stack: ExitStack, url: str, person: int | None) -> str:
    """Ask for all of the table, and read the status of the answer alone."""
    loop, place = asyncio.get_running_loop(), urlsplit(url)
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
    client.setblocking(False)
    await loop.sock_connect(client, (place.hostname, place.port))
    key = token(role="anon") if person is None else token(UUID(int=1 + person))
    head = f"GET {place.path}/wide HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\r\n"
    await loop.sock_sendall(client, head.encode())
    return (await loop.sock_recv(client, 12)).decode()[9:]
