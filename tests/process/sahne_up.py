"""A `sahne up` of a test: a process of its own, on free ports, in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sahne.providers.livekit_program import LiveKitNotInstalled, install_livekit
from tests.absent import absent
from tests.conftest import free_port
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]
READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60


@dataclass(slots=True)
class SahneUp:
    """A running `sahne up`."""

    process: subprocess.Popen[str]
    data: Path
    port: int
    db_port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def db_url(self) -> str:
        return f"postgresql://postgres:postgres@127.0.0.1:{self.db_port}/postgres"

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = orjson.loads((self.data / "state.json").read_bytes())
        return state

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(with_signal)
        return self.process.wait(STOP_SECONDS_MAX)


def sahne_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sahne", *arguments]


def environment() -> dict[str, str]:
    """This process's own, without settings of Sahne and with this checkout first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SAHNE_", "DATABASE_URL"))}
    return kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "160"}


def run_sahne(
    *arguments: str, cwd: Path, variables: dict[str, str] | None = None, typed: str = "", seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        sahne_command(*arguments), cwd=cwd, env=environment() | (variables or {}),
        input=typed, capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip


@contextmanager
def started_sahne(
    *arguments: str, cwd: Path, variables: dict[str, str] | None = None, out: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Any command that stays, for the block; what it says goes to `out`."""
    with out.open("w") if out else nullcontext() as log:
        process = subprocess.Popen(
            sahne_command(*arguments), cwd=cwd, env=environment() | (variables or {}), stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def launch(
    data: Path,
    *flags: str,
    port: int | None = None,
    db_port: int | None = None,
    variables: dict[str, str] | None = None,
) -> SahneUp:
    """Start it and do not wait."""
    port, db_port = port or free_port(), db_port or free_port()
    data.parent.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.up.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            sahne_command("up", "--data", str(data), "--port", str(port), "--db-port", str(db_port), *flags),
            cwd=data.parent, env=environment() | (variables or {}), stdout=out, stderr=out, stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip
    return SahneUp(process, data, port, db_port, log)


def wait_until_ready(started: SahneUp) -> SahneUp:
    def ready() -> bool:
        assert started.process.poll() is None or "ready http" in started.said(), started.said()
        return "ready http" in started.said()

    eventually(ready, READY_SECONDS_MAX)
    return started


@contextmanager
def sahne_up(
    data: Path,
    *flags: str,
    port: int | None = None,
    db_port: int | None = None,
    variables: dict[str, str] | None = None,
) -> Iterator[SahneUp]:
    """A ready one for the block; stopped after it, however it ends."""
    started = launch(data, *flags, port=port, db_port=db_port, variables=variables)
    try:
        yield wait_until_ready(started)
    finally:
        if started.process.poll() is None:
            started.process.send_signal(signal.SIGTERM)
            try:
                started.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                started.process.kill()
                started.process.wait()


@contextmanager
def sahne_up_with_livekit(folder: Path) -> Iterator[SahneUp]:
    """A ready one with real media; a livekit-server is got as `sahne up` would get one."""
    try:
        install_livekit(folder)
    except LiveKitNotInstalled as missing:
        absent("livekit-server", str(missing.details))
    with sahne_up(folder / "data") as running:
        yield running
