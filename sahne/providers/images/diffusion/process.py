"""The other process as the worker has it: started with little, spoken to in lines, ended with all that it started."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sahne.providers.images.diffusion.program import LINE_BYTES_MAX
from sahne.settings import Settings

PROGRAM = Path(__file__).with_name("program.py")
CHECK_SECONDS_MAX = 60.0  # PyTorch may come from a cold disk
STOP_SECONDS_MAX = 30.0  # of the step under way
# What it is told of our environment: no key, and no address of a database
TOLD = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME"})
TOLD_BEGIN = ("CUDA_", "NVIDIA_", "HIP_", "ROCR_", "HSA_", "PYTORCH_", "TORCH_", "OMP_", "MKL_", "OPENBLAS_", "LC_")
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}

Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Which model is run by which Python. `steps` and `guidance` are the pipeline's own where they are None.

    `strength` is how much of a photo is drawn anew, 0 to 1.
    """

    model: Path
    python: Path | None = None
    steps: int | None = None
    guidance: float | None = None
    strength: float = 0.6

    @classmethod
    def of(cls, settings: Settings) -> ModelOptions:
        """As they say; a maker without its model is refused before."""
        assert settings.diffusers_model
        return cls(
            model=settings.diffusers_model,
            python=settings.diffusers_python,
            steps=settings.diffusers_steps,
            guidance=settings.diffusers_guidance,
            strength=settings.diffusers_strength,
        )

    def command(self, *, checks: bool) -> list[str]:
        """How it is started: `-I` keeps our folder and our variables out of what it imports, `-W` our log short."""
        told = asdict(self) | {"model": str(self.model.absolute()), "checks": checks}
        python = told.pop("python") or sys.executable
        return [str(python), "-I", "-W", "ignore", str(PROGRAM), json.dumps(told)]


class ModelFailed(Exception):
    """The other process cannot do it, or is gone; `why` is one of `faults.py`."""

    def __init__(self, why: str, words: str) -> None:
        self.why = why
        self.words = words
        super().__init__(f"{why}: {words}")


def check_model(options: ModelOptions) -> None:
    """Look at all that a picture will need, and load nothing.

    Raises:
        ModelFailed: by the program's own word, or because it cannot be started.
    """
    command, environment = options.command(checks=True), environment_of_program(os.environ)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=environment,
            check=False,
            timeout=CHECK_SECONDS_MAX,
        )
    except OSError as error:
        raise ModelFailed("no_python", str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise ModelFailed("died", f"it said nothing for {CHECK_SECONDS_MAX:.0f} s") from error
    _read(done.stdout, done.returncode)


def environment_of_program(ours: Mapping[str, str]) -> dict[str, str]:
    """What of our variables it sees."""
    return {name: value for name, value in ours.items() if name in TOLD or name.startswith(TOLD_BEGIN)} | OFFLINE


class ModelProcess:
    """One program that has loaded its model, or is about to."""

    def __init__(self, process: Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self._heard, self._said = process.stdout, process.stdin

    @classmethod
    async def start(cls, options: ModelOptions) -> ModelProcess:
        """Ready for a picture; its log is ours.

        Raises:
            ModelFailed
        """
        environment = environment_of_program(os.environ)
        try:
            process = await asyncio.create_subprocess_exec(
                *options.command(checks=False),
                stdin=PIPE,
                stdout=PIPE,
                env=environment,
                limit=LINE_BYTES_MAX,
                start_new_session=True,
            )
        except OSError as error:
            raise ModelFailed("no_python", str(error)) from error
        started = cls(process)
        try:
            await started.hear()
        except BaseException:
            await started.end()
            raise
        return started

    async def say(self, line: Line) -> None:
        """Raises ModelFailed: it is gone."""
        try:
            self._said.write(json.dumps(line).encode() + b"\n")
            await self._said.drain()
        except ConnectionError:
            raise await self._gone() from None

    async def hear(self) -> Line:
        """Its next line, however long that takes.

        Raises:
            ModelFailed: it says so, or is gone.
        """
        try:
            line = await self._heard.readline()
        except ValueError as error:
            raise ModelFailed("failed", "a line beyond all bounds") from error
        if not line:
            raise await self._gone()
        return _read(line, None)

    async def stop(self) -> None:
        """After a step: the picture is not wanted, the next one will be. Raises ModelFailed."""
        await self.say({"go": False})
        try:
            async with asyncio.timeout(STOP_SECONDS_MAX):
                await self.hear()
        except TimeoutError as error:
            raise ModelFailed("died", f"it did not stop in {STOP_SECONDS_MAX:.0f} s") from error

    async def end(self) -> None:
        """At once, with whatever it started."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def _gone(self) -> ModelFailed:
        return _died(await self._process.wait())


def _read(line: bytes, code: int | None) -> Line:
    """What a line says. Raises ModelFailed: that it failed, or nothing that can be read."""
    try:
        said: Line = json.loads(line)
    except ValueError:
        raise (_died(code) if code else ModelFailed("failed", "a line that is no JSON")) from None
    if said["say"] == "failed":
        raise ModelFailed(said["why"], said["words"])
    return said


def _died(code: int) -> ModelFailed:
    """A signal is told as one: 9 is what a system without memory sends."""
    return ModelFailed("died", f"signal {-code}" if code < 0 else f"exit code {code}")
