"""The Supabase project beside which Sahne serves; without one it is a home of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from sahne.project_rules import AUTH_PATH, of_a_project
from sahne.variables import Within


@dataclass(frozen=True, kw_only=True)
class ProjectSettings:
    """Where the project is. What is asked of Supabase's doors is passed on to it (docs/guides/hosted-supabase.md)."""

    project_url: Annotated[str | None, of_a_project] = None
    # requests to it that are under way at once; one address may have a quarter of them
    project_requests_max: Annotated[int, Within(4, 10_000)] = 1_000

    @property
    def project_issuer(self) -> str | None:
        """What the project's tokens say of who gave them out; its public keys lie below."""
        return self.project_url.rstrip("/") + AUTH_PATH if self.project_url else None
