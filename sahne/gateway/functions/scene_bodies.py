"""Bodies and query strings that operations of scenes are asked with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictInt

from sahne.gateway.functions.bodies import (
    AN_ID,
    DESCRIPTION_CHARACTERS_MAX,
    REASON_CHARACTERS_MAX,
    URL_CHARACTERS_MAX,
    StrictBody,
)
from sahne.gateway.functions.ids import Id
from sahne.gateway.functions.query_strings import PAGE_ROWS_MAX, WORDS_CHARACTERS_MAX, StrictQuery
from sahne.gateway.functions.values import COINS_MAX, Locale, Moment, Place, Slug
from sahne.image_providers import LOCAL, REMOTE
from sahne.studio.prompts import PROMPT_CHARACTERS_MAX

NAME_CHARACTERS_MAX = 120
TRANSLATION_CHARACTERS_MAX = 1_000
TRANSLATIONS_MAX = 50
KEYWORD_CHARACTERS_MAX = 60
KEYWORDS_MAX = 20
LABEL_CHARACTERS_MAX = 40
WEIGHT_MAX = 1_000
VARIANTS_MAX = 8
ORDERED_MAX = 500
VERSION_MAX = 2**31 - 1

Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS_MAX)]
Link = Annotated[str | None, Field(max_length=URL_CHARACTERS_MAX)]
Template = Annotated[str, Field(min_length=1, max_length=PROMPT_CHARACTERS_MAX)]
Negative = Annotated[str | None, Field(max_length=PROMPT_CHARACTERS_MAX)]
Keyword = Annotated[str, Field(min_length=1, max_length=KEYWORD_CHARACTERS_MAX)]
Keywords = Annotated[list[Keyword] | None, Field(max_length=KEYWORDS_MAX)]
MakerName = Literal[*LOCAL, *REMOTE]  # type: ignore[valid-type]
MakerNames = Annotated[list[MakerName] | None, Field(min_length=1, max_length=len(LOCAL) + len(REMOTE))]
Position = Annotated[StrictInt, Field(ge=-COINS_MAX, le=COINS_MAX)]
Note = Annotated[str | None, Field(max_length=REASON_CHARACTERS_MAX)]


def _as_in(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class ScenesPage(StrictQuery):
    """Which scenes: words in any language (`q`), group, premium or not; their order; named as in `locale`."""

    q: Annotated[str | None, Field(max_length=WORDS_CHARACTERS_MAX)] = None
    category: Slug | None = None
    subcategory: Annotated[str | None, Field(max_length=NAME_CHARACTERS_MAX)] = None
    premium: Literal["true", "false"] | None = None
    order: Literal["featured", "newest", "popular"] = "featured"
    locale: Locale | None = None
    after: Place | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class InLanguage(StrictQuery):
    """Named as in a language."""

    locale: Locale | None = None


class KeptScenesPage(StrictQuery):
    """Those after a place, the `next` of the page before; the first when left out."""

    after: Place | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class VersionsPage(StrictQuery):
    """Those before a number; the newest when left out."""

    before: Annotated[int | None, Field(ge=1, le=VERSION_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = 50


class Translated(StrictBody):
    """What something is called in a language."""

    model_config = _as_in(locale="tr", name="Altın saat", description="Güneş denizin üzerinde batıyor")

    locale: Locale
    name: Name
    description: Annotated[str | None, Field(max_length=TRANSLATION_CHARACTERS_MAX)] = None


class Making(StrictBody):
    """How pictures of a scene are made; a field left out is as the scene has it."""

    model_config = _as_in(prompt_template="A {gender} by the sea, {style}")

    prompt_template: Template = ""
    negative_prompt: Negative = None
    style_keywords: Keywords = None
    category: Slug = ""
    providers: MakerNames = None


class SceneTrial(Making):
    """A dry run: of a scene as it is, of one with other fields, or of fields alone."""

    model_config = _as_in(
        prompt_template="A {gender} by the sea at golden hour, {style}", style_keywords=["sunset"], category="portrait"
    )

    scene_id: Id | None = None


class SceneEdit(Making):
    """What changes of a scene; a field left out stays, `translations` are replaced whole. Braces hold gender, style or
    category. What makes its pictures anew is a new version, with a `note`."""

    model_config = _as_in(
        prompt_template="A {gender} by the sea, {style}", note="Less gold", active_until="2031-09-01T00:00:00Z"
    )

    name: Name = ""
    description: Annotated[str | None, Field(max_length=DESCRIPTION_CHARACTERS_MAX)] = None
    subcategory: Annotated[str | None, Field(max_length=NAME_CHARACTERS_MAX)] = None
    preview_url: Link = None
    thumbnail_url: Link = None
    is_active: StrictBool = True
    is_premium: StrictBool = False
    order_index: Position = 0
    active_from: Moment | None = None
    active_until: Moment | None = None
    translations: Annotated[list[Translated], Field(max_length=TRANSLATIONS_MAX, default_factory=list)]
    note: Note = None


class NewScene(SceneEdit):
    """A scene to be: `name`, `prompt_template` and `category` are needed."""

    model_config = _as_in(
        name="Golden shore",
        prompt_template="A {gender} by the sea at golden hour, {style}",
        category="portrait",
        style_keywords=["sunset", "sea"],
        translations=[{"locale": "tr", "name": "Altın kıyı"}],
    )

    name: Name
    prompt_template: Template
    category: Slug


class CategoryEdit(StrictBody):
    """What changes of a group; a field left out stays, `translations` are replaced whole. Scenes follow its slug."""

    model_config = _as_in(description="Under the open sky", is_active=True)

    name: Name = ""
    slug: Slug = ""
    description: Annotated[str | None, Field(max_length=DESCRIPTION_CHARACTERS_MAX)] = None
    icon: Annotated[str | None, Field(max_length=NAME_CHARACTERS_MAX)] = None
    thumbnail_url: Link = None
    is_active: StrictBool = True
    order_index: Position = 0
    translations: Annotated[list[Translated], Field(max_length=TRANSLATIONS_MAX, default_factory=list)]


class NewCategory(CategoryEdit):
    """A group to be: `name` and `slug` are needed."""

    model_config = _as_in(name="By the sea", slug="sea", translations=[{"locale": "tr", "name": "Deniz kıyısı"}])

    name: Name
    slug: Slug


class SceneOrder(StrictBody):
    """Scenes in their order, the first first; others stay where they are."""

    model_config = _as_in(scene_ids=[AN_ID])

    scene_ids: Annotated[list[Id], Field(min_length=1, max_length=ORDERED_MAX)]


class CategoryOrder(StrictBody):
    """Groups in their order, the first first; others stay where they are."""

    model_config = _as_in(category_ids=[AN_ID])

    category_ids: Annotated[list[Id], Field(min_length=1, max_length=ORDERED_MAX)]


class Restoring(StrictBody):
    """Why an old version comes back."""

    model_config = _as_in(note="People liked it better")

    note: Note = None


class Variant(Making):
    """A way of making the scene's pictures: what it has otherwise than the scene, and its weight beside the others."""

    model_config = _as_in(label="rain", weight=1, prompt_template="A {gender} by the sea in the rain")

    label: Annotated[str, Field(min_length=1, max_length=LABEL_CHARACTERS_MAX)]
    weight: Annotated[StrictInt, Field(ge=1, le=WEIGHT_MAX)] = 1


class NewExperiment(StrictBody):
    """Several ways, each for a share of the people; one that changes nothing is how it is made now."""

    model_config = _as_in(
        name="Rain",
        variants=[
            {"label": "now", "weight": 1},
            {"label": "rain", "weight": 1, "prompt_template": "A {gender} by the sea in the rain"},
        ],
    )

    name: Name
    variants: Annotated[list[Variant], Field(min_length=2, max_length=VARIANTS_MAX)]


class ExperimentEnd(StrictBody):
    """Which variant has won; none when left out."""

    model_config = _as_in(winner_id=AN_ID)

    winner_id: Id | None = None
