"""Who makes the pictures, told honestly: what each heeds, what it costs, and whether a photo leaves the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.image_providers import LOCAL
from sahne.providers.images.provider import Capabilities
from sahne.studio.requests import REMOTE_QUERIES

# The studio works on photos and keywords, and reads no sentence; a model of one's own does
STUDIO = Capabilities(text_prompt=False, photo=True, seed=True, keeps_face=True, photo_leaves=False, company=None)
HERE = dict.fromkeys(LOCAL, STUDIO) | {"diffusers": replace(STUDIO, text_prompt=True, keeps_face=False)}


async def list_makers(
    database: Database, names: Sequence[str], elsewhere: Mapping[str, Capabilities]
) -> dict[str, list[dict[str, Any]]]:
    """`{"makers": [{"name", "models", …}]}`, the rest what it can do, in the order of `names`."""
    async with database.transaction(SERVICE) as conn:
        models = await every(conn, REMOTE_QUERIES["list_models"], {"providers": list(names)})
    return {
        "makers": [
            {
                "name": name,
                **asdict(capabilities_of(name, elsewhere)),
                "models": [_model(row) for row in models if row["provider"] == name],
            }
            for name in names
        ]
    }


def capabilities_of(name: str, elsewhere: Mapping[str, Capabilities]) -> Capabilities:
    """What a maker heeds, here or elsewhere."""
    return elsewhere[name] if name in elsewhere else HERE[name]


def _model(row: dict[str, Any]) -> dict[str, Any]:
    return {"name": row["model"], "photo": row["has_photo"], "cost_microdollars": row["price_microdollars"]}
