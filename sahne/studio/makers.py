"""Who makes the pictures, told honestly: what each heeds, what it costs, and whether a photo leaves the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sahne.database.actor import SERVICE
from sahne.database.fetch import every
from sahne.database.pool import Database
from sahne.providers.images.provider import Capabilities
from sahne.studio.requests import REMOTE_QUERIES

# Those that are here work on photos and keywords, and read no sentence
HERE = Capabilities(text_prompt=False, photo=True, seed=True, keeps_face=True, photo_leaves=False, company=None)


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
                **asdict(elsewhere.get(name, HERE)),
                "models": [_model(row) for row in models if row["provider"] == name],
            }
            for name in names
        ]
    }


def _model(row: dict[str, Any]) -> dict[str, Any]:
    return {"name": row["model"], "photo": row["has_photo"], "cost_microdollars": row["price_microdollars"]}
