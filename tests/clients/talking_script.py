"""A program of a client that says how far it is, and has SQL run between its steps."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from threading import Timer

import psycopg

from tests.clients.conftest import JS, Packages


def follow(
    packages: Packages, name: str, env: Mapping[str, str], *, database_url: str, before: str = "", seconds_max: float
) -> int:
    """Run `js/{name}` to its end and answer how many of its steps went well; `before` is run once it has started.

    It prints `ok …` for each step and `sql …` for what it wants to have run, then waits for `done`.
    """
    command = [packages.node.program, str(JS / name)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    lines: list[str] = []
    with (
        psycopg.connect(database_url, autocommit=True) as conn,
        subprocess.Popen(command, env=env, text=True, **pipes) as client,  # type: ignore[call-overload]
    ):
        if before:
            conn.execute(before.encode())
        deadline = Timer(seconds_max, client.kill)
        deadline.start()
        for line in client.stdout:
            lines.append(line)
            if line.startswith("sql "):
                conn.execute(line.removeprefix("sql "))
                client.stdin.write("done\n")
                client.stdin.flush()
        said = client.stderr.read()
        deadline.cancel()
    assert client.returncode == 0, "".join(lines) + said
    return sum(line.startswith("ok ") for line in lines)
