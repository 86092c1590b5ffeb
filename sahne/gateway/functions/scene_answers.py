"""What operations of scenes answer, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from sahne.gateway.functions.rows import Scene, SceneCategory, SceneVersion, StudioAct


class Scenes(TypedDict):
    """Scenes that are offered; `next` is the `after` of the page that follows, null at the end."""

    scenes: list[Scene]
    next: str | None


class SceneCategories(TypedDict):
    """The groups of scenes, in their order."""

    categories: list[SceneCategory]


class Translation(TypedDict):
    """What something is called in a language."""

    locale: str
    name: str
    description: str | None


class KeptScene(TypedDict):
    """A scene as admins keep it: what makes its pictures, by whom (null is the order of the settings), its version."""

    scene: Scene
    prompt_template: str
    negative_prompt: str | None
    providers: list[str] | None
    translations: list[Translation]
    version: int
    version_id: UUID
    is_offered: bool
    experiment_id: UUID | None


class KeptScenes(TypedDict):
    """All scenes, a page; `next` is the `after` of the page that follows, null at the end."""

    scenes: list[KeptScene]
    next: str | None


class KeptSceneAnswer(TypedDict):
    """A scene as admins keep it."""

    scene: KeptScene


class KeptCategory(TypedDict):
    """A group as admins keep it."""

    category: SceneCategory
    translations: list[Translation]


class KeptCategories(TypedDict):
    """All groups, in their order."""

    categories: list[KeptCategory]


class KeptCategoryAnswer(TypedDict):
    """A group as admins keep it."""

    category: KeptCategory


class Ordered(TypedDict):
    """How many have a place now."""

    ordered: int


class SamplePrompt(TypedDict):
    """What a maker would be told of somebody; of whom nothing is known, `gender` is null."""

    gender: Literal["male", "female"] | None
    prompt: str


class AskedMaker(TypedDict):
    """Who would be asked, in turn, and what of the scene they do not heed."""

    name: str
    unused: list[Literal["prompt", "negative_prompt"]]


class AboutField(TypedDict):
    """What is to be said of a field."""

    field: str
    what: str


class ScenePreview(TypedDict):
    """A dry run: `faults` are why it could not be kept, `notes` what is good to know."""

    samples: list[SamplePrompt]
    negative_prompt: str | None
    makers: list[AskedMaker]
    faults: list[AboutField]
    notes: list[AboutField]


class SceneVersions(TypedDict):
    """How a scene was made, the newest first."""

    versions: list[SceneVersion]


class VersionChange(TypedDict):
    """A field that two versions have otherwise; lists are words with commas between."""

    field: Literal["prompt_template", "negative_prompt", "style_keywords", "category", "providers"]
    before: str | None
    after: str | None


class VersionChanges(TypedDict):
    """What one version has otherwise than another."""

    changes: list[VersionChange]


class SceneVariant(TypedDict):
    """One way of making a scene's pictures, its share, and what came of it: `asked` and `failed` count generations;
    `made` pictures that came, `kept` those that are there still, of these `favourites` and `shared` by a link."""

    id: UUID
    label: str
    weight: int
    version_id: UUID
    version: int
    is_winner: bool
    people: int
    asked: int
    failed: int
    made: int
    kept: int
    favourites: int
    shared: int


class SceneExperiment(TypedDict):
    """Several ways, each for a share of the people, until `ended_at`."""

    id: UUID
    scene_id: UUID
    name: str
    started_at: datetime
    ended_at: datetime | None
    variants: list[SceneVariant]


class SceneExperiments(TypedDict):
    """What was tried with a scene, the newest first."""

    experiments: list[SceneExperiment]


class SceneExperimentAnswer(TypedDict):
    """An experiment."""

    experiment: SceneExperiment


class ExperimentEnded(TypedDict):
    """An experiment that is over, and the scene as it is made from now on."""

    experiment: SceneExperiment
    scene: KeptScene


class StudioLog(TypedDict):
    """What admins did with scenes and categories, the newest first."""

    acts: list[StudioAct]
