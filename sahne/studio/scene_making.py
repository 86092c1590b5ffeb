"""What somebody is told before a picture of a scene is made: by whom, what of theirs goes where, how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.providers.images.generator import IMAGE_SIZES
from sahne.providers.images.provider import Capabilities
from sahne.studio.makers import capabilities_of
from sahne.studio.requests import order_of
from sahne.studio.scenes import ask

Answer = dict[str, Any]


async def read_scene_making(
    pipeline: Pipeline, actor: Actor, scene_id: UUID, names: Sequence[str], elsewhere: Mapping[str, Capabilities]
) -> Answer:
    """`{"making": {scene_id, makers, photo_goes_to, sizes, images_max}}`, the makers as they are asked in turn."""
    known = await ask(pipeline, actor, "read_scene_making", scene_id=scene_id)
    makers = [
        _maker(name, capabilities_of(name, elsewhere), known)
        for name in _asked(order_of(known["providers"], names), elsewhere)
    ]
    return {
        "making": {
            "scene_id": scene_id,
            "makers": makers,
            "photo_goes_to": [each["company"] for each in makers if each["company"] and each["takes_photo"]],
            "sizes": list(IMAGE_SIZES),
            "images_max": known["images_max"],
        }
    }


def _asked(order: Sequence[str], elsewhere: Mapping[str, Capabilities]) -> list[str]:
    """Those elsewhere that come first, and the first that is here: who makes pictures here hands none on."""
    remote = list(takewhile(lambda name: name in elsewhere, order))
    return [*remote, *order[len(remote) : len(remote) + 1]]


def _maker(name: str, told: Capabilities, known: Mapping[str, Any]) -> Answer:
    models = [model["has_photo"] for model in known["models"] if model["provider"] == name]
    seconds = known["elsewhere"] if told.photo_leaves else (known["here"] or {}).get(name)
    seconds_min, seconds_max = seconds or (None, None)
    maker = {
        "name": name,
        "company": told.company,
        "text_prompt": told.text_prompt,
        "takes_photo": True in models if told.photo_leaves else told.photo,
        "needs_photo": False not in models if told.photo_leaves else not told.text_prompt,
        "keeps_face": told.keeps_face,
        "seconds_min": seconds_min,
        "seconds_max": seconds_max,
    }
    return {**maker, "words": _in_words(maker)}


def _in_words(maker: Mapping[str, Any]) -> str:
    """The same in sentences."""
    company = maker["company"]
    if company is None:
        by = "what the scene asks for" if maker["text_prompt"] else "the scene's backdrop and style"
        face = "the photo's own, not drawn anew." if maker["keeps_face"] else "drawn anew from it."
        return f"Made on this server, by {by}: your photo does not leave it. The face is {face}"
    if not maker["takes_photo"]:
        return f"Made by {company}, which is sent what the scene asks for, and no photo."
    return (
        f"Made by {company}: your photo is sent there, without where and when it was taken, with what the scene asks "
        "for. The face is drawn anew from it."
    )
