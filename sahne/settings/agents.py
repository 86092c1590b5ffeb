"""Programs that ask in a person's place, or in the operator's: which doors they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from sahne.variables import Characters


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """All of them are closed unless they are opened."""

    # the operator's: SQL, migrations, advisors and logs in the words of Supabase's Management API
    management: Literal["off", "read-only", "on"] = "off"
    # what opens it, and nothing else does
    management_token: Annotated[str | None, Characters(24)] = None
    # said a second time, with keys of one's own
    management_in_production: bool = False
    # a person's own, in the Model Context Protocol (`pip install 'sahne[mcp]'`)
    mcp: bool = False
