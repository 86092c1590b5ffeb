"""The real Supabase CLI, unmodified, pointed at a database by its URL (`--remote`); it needs no Docker for that."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.conftest import Packages

SECONDS_MAX = 90


@dataclass(frozen=True, slots=True)
class SupabaseCli:
    """The CLI in `project`, a folder with `supabase/migrations`; its own state stays in there."""

    packages: Packages
    project: Path

    def run(self, database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command against `database`, whatever it ends with."""
        return self._start(*arguments, f"--remote={database}")

    def say(self, *arguments: str) -> str:
        """What a command that needs no database and succeeds says on stdout."""
        done = self._start(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.packages.program("supabase")), *arguments], cwd=self.project,
            env={"PATH": self.packages.node.path, "HOME": str(self.project), "PGSSLMODE": "disable"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX, check=False,
        )  # fmt: skip

    def ask(self, database: str, *arguments: str) -> str:
        """What a command that succeeds says on stdout."""
        done = self.run(database, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask_json(self, database: str, *arguments: str) -> Any:
        """The JSON document of a command that succeeds."""
        return json.loads(self.ask(database, *arguments, "--output-format", "json"))
