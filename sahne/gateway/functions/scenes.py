"""`studio/scenes`, `studio/categories`, and how admins keep both: each operation is one verb of
`studio/scenes.py` or `studio/scene_versions.py`."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.query_strings import LogPage
from sahne.gateway.functions.refusals import (
    CONFLICT,
    EXPERIMENT_ENDED,
    EXPERIMENT_RUNNING,
    FORBIDDEN,
    NOT_FOUND,
    OF_NAMED,
)
from sahne.gateway.functions.scene_answers import (
    ExperimentEnded,
    KeptCategories,
    KeptCategoryAnswer,
    KeptSceneAnswer,
    KeptScenes,
    Ordered,
    SceneCategories,
    SceneExperimentAnswer,
    SceneExperiments,
    ScenePreview,
    Scenes,
    SceneVersions,
    StudioLog,
    VersionChanges,
)
from sahne.gateway.functions.scene_bodies import (
    CategoryEdit,
    CategoryOrder,
    ExperimentEnd,
    InLanguage,
    KeptScenesPage,
    NewCategory,
    NewExperiment,
    NewScene,
    Restoring,
    SceneEdit,
    SceneOrder,
    ScenesPage,
    SceneTrial,
    VersionsPage,
)
from sahne.studio import scene_versions, scenes

OF_ADMINS = (*OF_NAMED, FORBIDDEN)
OF_ONE = (*OF_ADMINS, NOT_FOUND)


@operation("GET", "studio/scenes", answer=Scenes, who=Who.ANYBODY)
async def list_scenes(call: Call, query: ScenesPage) -> Answer:
    """Scenes that are offered now, found by words of any of their languages; named in `locale` where they have a name.

    `after` is the `next` of the page before, in the same order.
    """
    wanted = scenes.Wanted(
        query.q, query.category, query.subcategory, None if query.premium is None else query.premium == "true",
        order=query.order, after=query.after, limit=query.limit, locale=query.locale,
    )  # fmt: skip
    return await scenes.list_scenes(call.parts.pipeline, call.actor, wanted)


@operation("GET", "studio/categories", answer=SceneCategories, who=Who.ANYBODY)
async def list_categories(call: Call, query: InLanguage) -> Answer:
    """The groups of scenes, named in `locale` where they have a name."""
    return await scenes.list_categories(call.parts.pipeline, call.actor, query.locale)


@operation("GET", "admin/scenes", answer=KeptScenes, who=Who.ADMINS, refuses=OF_ADMINS)
async def admin_scenes(call: Call, query: KeptScenesPage) -> Answer:
    """Every scene in its order, with what makes its pictures; retired ones and those out of their time too."""
    return await scenes.admin_scenes(call.parts.pipeline, call.actor, query.after, query.limit)


@operation("POST", "admin/scenes", answer=KeptSceneAnswer, who=Who.ADMINS, refuses=(*OF_ADMINS, CONFLICT))
async def add_scene(call: Call, body: NewScene) -> Answer:
    """Add a scene; with a time (`active_from`, `active_until`) it is offered in it alone."""
    return await scenes.save_scene(call.parts.pipeline, call.actor, None, _given(body))


@operation("POST", "admin/scenes/preview", answer=ScenePreview, who=Who.ADMINS, refuses=OF_ONE)
async def preview_scene(call: Call, body: SceneTrial) -> Answer:
    """Try what a template says, who would be asked, and what is wrong with it. Nothing is kept, made or spent."""
    parts = call.parts
    fields = body.model_dump(mode="json", exclude_unset=True, exclude={"scene_id"})
    return await scenes.preview_scene(
        parts.pipeline, call.actor, body.scene_id, fields, makers=parts.settings.image_provider_names,
        elsewhere={name: provider.capabilities for name, provider in parts.image_providers.items()},
    )  # fmt: skip


@operation("POST", "admin/scenes/order", answer=Ordered, who=Who.ADMINS, refuses=OF_ONE)
async def order_scenes(call: Call, body: SceneOrder) -> Answer:
    """Put scenes in an order."""
    return await scenes.order_scenes(call.parts.pipeline, call.actor, body.scene_ids)


@operation("GET", "admin/scenes/{scene_id}", answer=KeptSceneAnswer, who=Who.ADMINS, refuses=OF_ONE)
async def read_admin_scene(call: Call, scene_id: UUID) -> Answer:
    """A scene with what makes its pictures."""
    return await scenes.read_admin_scene(call.parts.pipeline, call.actor, scene_id)


@operation(
    "PATCH",
    "admin/scenes/{scene_id}",
    answer=KeptSceneAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ONE, CONFLICT, EXPERIMENT_RUNNING),
)
async def edit_scene(call: Call, scene_id: UUID, body: SceneEdit) -> Answer:
    """Change a scene; `is_active` false retires it. Pictures that were made remember the version they were made by."""
    return await scenes.save_scene(call.parts.pipeline, call.actor, scene_id, _given(body))


@operation("GET", "admin/scenes/{scene_id}/versions", answer=SceneVersions, who=Who.ADMINS, refuses=OF_ONE)
async def list_scene_versions(call: Call, scene_id: UUID, query: VersionsPage) -> Answer:
    """How a scene's pictures were made, the newest first; variants of experiments too."""
    return await scene_versions.list_versions(call.parts.pipeline, call.actor, scene_id, query.before, query.limit)


@operation(
    "GET",
    "admin/scene-versions/{version_id}/changes/{other_id}",
    answer=VersionChanges,
    who=Who.ADMINS,
    refuses=OF_ONE,
)
async def compare_scene_versions(call: Call, version_id: UUID, other_id: UUID) -> Answer:
    """What the other version of a scene has otherwise than the first."""
    return await scene_versions.compare_versions(call.parts.pipeline, call.actor, version_id, other_id)


@operation(
    "POST",
    "admin/scene-versions/{version_id}/restore",
    answer=KeptSceneAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ONE, EXPERIMENT_RUNNING),
)
async def restore_scene_version(call: Call, version_id: UUID, body: Restoring | None) -> Answer:
    """Make the scene's pictures by this version from now on; that is a new version."""
    note = body.note if body else None
    return await scene_versions.restore_version(call.parts.pipeline, call.actor, version_id, note)


@operation("GET", "admin/scenes/{scene_id}/experiments", answer=SceneExperiments, who=Who.ADMINS, refuses=OF_ONE)
async def list_experiments(call: Call, scene_id: UUID) -> Answer:
    """What was tried with a scene, and what came of each variant."""
    return await scene_versions.list_experiments(call.parts.pipeline, call.actor, scene_id)


@operation(
    "POST",
    "admin/scenes/{scene_id}/experiments",
    answer=SceneExperimentAnswer,
    who=Who.ADMINS,
    refuses=(*OF_ONE, EXPERIMENT_RUNNING),
)
async def start_experiment(call: Call, scene_id: UUID, body: NewExperiment) -> Answer:
    """Make a scene's pictures in several ways, each for its share of the people, who keep theirs."""
    variants = [each.model_dump(mode="json", exclude_unset=True) | {"weight": each.weight} for each in body.variants]
    return await scene_versions.start_experiment(call.parts.pipeline, call.actor, scene_id, body.name, variants)


@operation(
    "POST",
    "admin/scene-experiments/{experiment_id}/end",
    answer=ExperimentEnded,
    who=Who.ADMINS,
    refuses=(*OF_ONE, EXPERIMENT_ENDED),
)
async def end_experiment(call: Call, experiment_id: UUID, body: ExperimentEnd | None) -> Answer:
    """End it; with a `winner_id` the scene is made by that variant from now on, as a new version."""
    winner_id = body.winner_id if body else None
    return await scene_versions.end_experiment(call.parts.pipeline, call.actor, experiment_id, winner_id)


@operation("GET", "admin/categories", answer=KeptCategories, who=Who.ADMINS, refuses=OF_ADMINS)
async def admin_categories(call: Call) -> Answer:
    """Every group of scenes, retired ones too."""
    return await scenes.admin_categories(call.parts.pipeline, call.actor)


@operation("POST", "admin/categories", answer=KeptCategoryAnswer, who=Who.ADMINS, refuses=(*OF_ADMINS, CONFLICT))
async def add_category(call: Call, body: NewCategory) -> Answer:
    """Add a group."""
    return await scenes.save_category(call.parts.pipeline, call.actor, None, _given(body))


@operation("POST", "admin/categories/order", answer=Ordered, who=Who.ADMINS, refuses=OF_ONE)
async def order_categories(call: Call, body: CategoryOrder) -> Answer:
    """Put groups in an order."""
    return await scenes.order_categories(call.parts.pipeline, call.actor, body.category_ids)


@operation(
    "PATCH", "admin/categories/{category_id}", answer=KeptCategoryAnswer, who=Who.ADMINS, refuses=(*OF_ONE, CONFLICT)
)
async def edit_category(call: Call, category_id: UUID, body: CategoryEdit) -> Answer:
    """Change a group; `is_active` false retires it, and its scenes stay."""
    return await scenes.save_category(call.parts.pipeline, call.actor, category_id, _given(body))


@operation("GET", "admin/studio-log", answer=StudioLog, who=Who.ADMINS, refuses=OF_ADMINS)
async def read_studio_log(call: Call, query: LogPage) -> Answer:
    """What admins did with scenes and categories, the newest first."""
    return await scenes.read_studio_log(call.parts.pipeline, call.actor, query.before, query.limit)


def _given(body: BaseModel) -> dict[str, object]:
    """The fields that were sent."""
    return body.model_dump(mode="json", exclude_unset=True)


OPERATIONS = (list_scenes, list_categories)
OF_ADMINISTRATION = (
    admin_scenes,
    add_scene,
    preview_scene,
    order_scenes,
    read_admin_scene,
    edit_scene,
    list_scene_versions,
    compare_scene_versions,
    restore_scene_version,
    list_experiments,
    start_experiment,
    end_experiment,
    admin_categories,
    add_category,
    order_categories,
    edit_category,
    read_studio_log,
)
