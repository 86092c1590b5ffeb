"""The command line: one file a command, each a thin sentence over a verb below.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C before it was done. A failure says what was
seen and what to do, never a traceback.
"""

from __future__ import annotations

from sahne.cli.app import app

__all__ = ["app"]
