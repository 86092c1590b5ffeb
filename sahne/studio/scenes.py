"""Scenes and categories: what people are offered, and how admins keep them. Who may what, the database says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.database.refusals import refusals
from sahne.database.sql import load_queries
from sahne.providers.images.provider import Capabilities
from sahne.studio.makers import capabilities_of
from sahne.studio.prompts import PROMPT_CHARACTERS_MAX, render_prompt
from sahne.studio.requests import order_of

QUERIES = load_queries(__package__, "scenes.sql")

Answer = dict[str, Any]
Order = Literal["featured", "newest", "popular"]
SAMPLES = ("male", "female", None)  # of whom a template tells something else each


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which scenes, in which order: None where it does not matter. `after` is the `next` of the page before."""

    words: str | None
    category: str | None
    subcategory: str | None
    is_premium: bool | None
    _: KW_ONLY
    order: Order
    after: str | None
    limit: int
    locale: str | None


async def list_scenes(pipeline: Pipeline, actor: Actor, wanted: Wanted) -> Answer:
    """`{"scenes": [row], "next"}`: those that are offered now, named in `locale` where they have a name there."""
    return await ask(pipeline, actor, "list_scenes", **asdict(wanted))


async def list_categories(pipeline: Pipeline, actor: Actor, locale: str | None) -> Answer:
    """`{"categories": [row]}`, in their order."""
    return await ask(pipeline, actor, "list_categories", locale=locale)


async def admin_scenes(pipeline: Pipeline, actor: Actor, after: str | None, limit: int) -> Answer:
    """`{"scenes": [kept], "next"}`: all there are, with what makes their pictures."""
    return await ask(pipeline, actor, "admin_scenes", after=after, limit=limit)


async def read_admin_scene(pipeline: Pipeline, actor: Actor, scene_id: UUID) -> Answer:
    """`{"scene": kept}`."""
    return await ask(pipeline, actor, "read_admin_scene", scene_id=scene_id)


async def save_scene(pipeline: Pipeline, actor: Actor, scene_id: UUID | None, fields: Mapping[str, Any]) -> Answer:
    """`{"scene": kept}`: a new one where there is no id; else only what is in `fields` changes."""
    return await ask(pipeline, actor, "save_scene", scene_id=scene_id, fields=fields)


async def order_scenes(pipeline: Pipeline, actor: Actor, ids: Sequence[UUID]) -> Answer:
    """`{"ordered": how many}`: the first first."""
    return await ask(pipeline, actor, "order_scenes", ids=tuple(ids))


async def admin_categories(pipeline: Pipeline, actor: Actor) -> Answer:
    """`{"categories": [kept]}`: retired ones too."""
    return await ask(pipeline, actor, "admin_categories")


async def save_category(
    pipeline: Pipeline, actor: Actor, category_id: UUID | None, fields: Mapping[str, Any]
) -> Answer:
    """`{"category": kept}`: a new one where there is no id; else only what is in `fields` changes."""
    return await ask(pipeline, actor, "save_category", category_id=category_id, fields=fields)


async def order_categories(pipeline: Pipeline, actor: Actor, ids: Sequence[UUID]) -> Answer:
    """`{"ordered": how many}`: the first first."""
    return await ask(pipeline, actor, "order_categories", ids=tuple(ids))


async def read_studio_log(pipeline: Pipeline, actor: Actor, before: int | None, limit: int) -> Answer:
    """`{"acts": [row]}`: what admins did here, the newest first."""
    return await ask(pipeline, actor, "read_studio_log", before=before, limit=limit)


async def preview_scene(
    pipeline: Pipeline,
    actor: Actor,
    scene_id: UUID | None,
    fields: Mapping[str, Any],
    *,
    makers: Sequence[str],
    elsewhere: Mapping[str, Capabilities],
) -> Answer:
    """A dry run: `{"samples", "negative_prompt", "makers", "faults", "notes"}`. Nothing is kept and nothing is spent.

    `makers` are those there are, in order of fallback; `faults` are why it could not be kept, `notes` are good to know.
    """
    answer = await ask(pipeline, actor, "preview_scene", scene_id=scene_id, fields=fields)
    scene, faults = answer["scene"], answer["faults"]
    prompts = [_filled(scene, gender) for gender in SAMPLES]
    asked = {name: capabilities_of(name, elsewhere) for name in order_of(scene["providers"], makers)}
    return {
        "samples": [{"gender": gender, "prompt": prompt} for gender, prompt in zip(SAMPLES, prompts, strict=True)],
        "negative_prompt": scene["negative_prompt"],
        "makers": [{"name": name, "unused": _unused(each)} for name, each in asked.items()],
        "faults": faults,
        "notes": list(_notes(scene, prompts, makers)),
    }


def _filled(scene: Mapping[str, Any], gender: str | None) -> str:
    return render_prompt(
        scene["prompt_template"], gender=gender, style=scene["style_keywords"], category=scene["category"]
    )


def _unused(capabilities: Capabilities) -> list[str]:
    """What of a scene this maker does not heed (ruling S20)."""
    return ["negative_prompt"] if capabilities.text_prompt else ["prompt", "negative_prompt"]


def _notes(scene: Mapping[str, Any], prompts: Sequence[str], makers: Sequence[str]) -> list[dict[str, str]]:
    notes = [
        {"field": "providers", "what": f"{name} is not set up here"}
        for name in scene["providers"] or ()
        if name not in makers
    ]
    if any(len(prompt) == PROMPT_CHARACTERS_MAX for prompt in prompts):
        notes.append({"field": "prompt_template", "what": f"is cut off after {PROMPT_CHARACTERS_MAX} characters"})
    if not scene["style_keywords"]:
        notes.append(
            {"field": "style_keywords", "what": "are what the maker here chooses a backdrop by; there are none"}
        )
    return notes


async def ask(pipeline: Pipeline, actor: Actor, verb: str, **values: Any) -> Answer:
    """The JSON object that a verb of `scenes.sql` answers the actor, in one round trip.

    Raises:
        SahneError: what the database refuses, in its own words; nothing has happened then.
    """
    with refusals():
        result = await pipeline.run(actor.as_service(), QUERIES[verb], values)
    answer: Answer = result.json()
    return answer
