"""A real livekit-server for tests: the one there is, or built once by the installer; else a loud skip."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

from sahne.providers.livekit_program import LiveKitNotInstalled, find_livekit, install_livekit
from tests.absent import absent

# Nothing listens there: tests do not download
UNREACHABLE = "http://127.0.0.1:1"


def livekit_binary() -> Path:
    """The path of a livekit-server."""
    found = find_livekit(Path(".sahne"))
    if found is None and shutil.which("go"):
        try:
            found = install_livekit(Path(".sahne"), releases_url=UNREACHABLE)
        except LiveKitNotInstalled as missing:
            absent("livekit-server", str(missing.details))
    if found is None:
        warnings.warn("NO livekit-server AND NO Go: everything with real media is skipped", stacklevel=1)
        absent("livekit-server", "install it, or Go to build it with")
    return found.path
