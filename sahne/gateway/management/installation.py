"""What Supabase calls an organisation, a project, its keys and its storage: of this installation there is one each."""

from __future__ import annotations

from typing import Any

from sahne.errors import NotFound, SahneError
from sahne.settings import Settings

REF = "sahne"
ORGANIZATION = {
    "id": REF,
    "slug": REF,
    "name": "Sahne",
    "plan": "free",  # of which agents are told that nothing costs anything
    "allowed_release_channels": [],
    "opt_in_tags": [],
}


# what Supabase offers and one installation has not, by a name in the path; of an error agents see the sentence alone
NOT_OFFERED = {
    "branches": "An installation of Sahne has no branches: its database is the one there is.",
    "functions": "Sahne runs no edge functions: its own operations are described at /docs.",
    "storage": "What storage takes is set by the server's settings, such as SAHNE_UPLOAD_BYTES_MAX.",
    "projects": "An installation of Sahne is one project, started and stopped where it runs.",
}


class NotOffered(SahneError):
    """An installation of Sahne has no such thing."""

    code = "not_offered"
    status = 501

    def __init__(self, method: str, path: str) -> None:
        sentence = next((said for name, said in NOT_OFFERED.items() if name in path.split("/")), None)
        super().__init__(sentence, details=f"{method} {path}", hint="docs/guides/agents.md lists what is there.")


def refuse_other(ref: str) -> None:
    """Raises NotFound for every name but the one."""
    if ref != REF:
        raise NotFound("There is no such project here.", details=ref, hint=f"The one there is is called {REF}.")


def project(settings: Settings, created_at: str) -> dict[str, Any]:
    """The one."""
    return {
        "id": REF,
        "ref": REF,
        "organization_id": REF,
        "organization_slug": REF,
        "name": settings.api_url,
        "status": "ACTIVE_HEALTHY",
        "created_at": created_at,
        "region": "self-hosted",
    }


def keys_for_clients(settings: Settings) -> list[dict[str, Any]]:
    """Those that may stand in an app; no other is ever told."""
    return [
        {"id": "publishable", "name": "default", "type": "publishable", "api_key": settings.publishable_key},
        {"id": "anon", "name": "anon", "type": "legacy", "api_key": settings.anon_key},
    ]


def storage_config(settings: Settings) -> dict[str, Any]:
    """What the settings say of storage."""
    return {
        "fileSizeLimit": settings.upload_bytes_max,
        "features": {"imageTransformation": {"enabled": True}, "s3Protocol": {"enabled": True}},
    }
