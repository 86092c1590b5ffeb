"""Who comes to a busy server with many others is let in soon: some connections a turn of the loop, not one."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import uvloop

from sahne.gateway.listening import TAKEN_A_TURN_MAX, several_times

VISITORS = 4 * TAKEN_A_TURN_MAX


def turns_to_take_all(sockets: list[socket.socket]) -> int:
    """How many turns a loop that always has something to do needs for visitors who all knock before it begins."""
    with ExitStack() as stack:
        for _ in range(VISITORS):
            stack.enter_context(socket.create_connection(sockets[0].getsockname()))
        return uvloop.run(_take(sockets))


async def _take(sockets: list[socket.socket]) -> int:
    loop, taken, turn = asyncio.get_running_loop(), [], 0

    class Visitor(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            taken.append((turn, transport))

    servers = [await loop.create_server(Visitor, sock=each) for each in sockets]
    while len(taken) < VISITORS:
        turn += 1
        await asyncio.sleep(0)
    for _, transport in taken:
        transport.close()
    for server in servers:
        server.close()
        await server.wait_closed()
    return taken[-1][0] - taken[0][0] + 1


def test_many_who_knock_at_once_are_let_in_within_a_few_turns() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=VISITORS) as door:
        assert turns_to_take_all(several_times(door)) <= VISITORS / TAKEN_A_TURN_MAX + 2


def test_one_socket_alone_lets_in_one_a_turn() -> None:
    """What `several_times` is for: a libuv that takes all of them makes it needless."""
    with socket.create_server(("127.0.0.1", 0), backlog=VISITORS) as door:
        assert turns_to_take_all([door]) >= VISITORS
