"""What operations of the studio answer, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, TypedDict
from uuid import UUID

from sahne.gateway.functions.rows import GenerationStatus, Picture

AppealStatus = Literal["open", "upheld", "overturned"]
RefusedStage = Literal["prompt", "photo", "picture"]


class Moderation(TypedDict):
    """What of a generation was refused, in words, and how one's objection stands."""

    stage: RefusedStage
    message: str
    appeal: AppealStatus | None


class Estimate(TypedDict):
    """Between how many seconds it will be done, by how long the last ones took."""

    seconds_min: int
    seconds_max: int


class Generation(TypedDict):
    """A request for pictures: how far it is, how many are `ahead` while it waits, its pictures or why none came."""

    id: UUID
    status: GenerationStatus
    progress: int
    ahead: NotRequired[int]
    estimate: NotRequired[Estimate]
    error_code: NotRequired[str]
    moderation: NotRequired[Moderation]
    photo_kept_until: NotRequired[datetime | None]
    images: list[Picture]


class PictureUrls(TypedDict):
    """Signed paths, open to whoever has them for one hour; `medium` has at most 768 pixels on its long side, of an old
    picture all it has."""

    image: str | None
    medium: str | None
    thumbnail: str | None


class GenerationAnswer(TypedDict):
    """A generation, and by picture the paths to its files."""

    generation: Generation
    urls: dict[str, PictureUrls]


class MakersModel(TypedDict):
    """A model: whether it works on a photo or on words alone, and what one picture costs whoever runs the server."""

    name: str
    photo: bool
    cost_microdollars: int


class PictureMaker(TypedDict):
    """What a maker of pictures heeds, and whether a photo leaves the server for it, to which company."""

    name: str
    text_prompt: bool
    photo: bool
    seed: bool
    keeps_face: bool
    photo_leaves: bool
    company: str | None
    models: list[MakersModel]


class MakerOfScene(TypedDict):
    """Who may make it, in `words` too. Where `company` is null it is made on this server; else what the scene asks for
    is sent there, and where `takes_photo` the photo. One that knows no `text_prompt` goes by the scene's look alone.
    A picture takes between so many seconds, if the last tell it."""

    name: str
    company: str | None
    text_prompt: bool
    takes_photo: bool
    needs_photo: bool
    keeps_face: bool
    seconds_min: int | None
    seconds_max: int | None
    words: str


class SceneMaking(TypedDict):
    """Who is asked in turn, to which companies your photo may go for it, which sizes there are, how many at once."""

    scene_id: UUID
    makers: list[MakerOfScene]
    photo_goes_to: list[str]
    sizes: list[str]
    images_max: int


class SceneMakingAnswer(TypedDict):
    """How pictures of a scene would be made for you."""

    making: SceneMaking


class PictureMakers(TypedDict):
    """In the order in which they are asked."""

    makers: list[PictureMaker]


class OwnAppeal(TypedDict):
    """What one objected to, and what was decided."""

    id: UUID
    generation_id: UUID
    message: str | None
    status: AppealStatus
    outcome: str | None
    created_at: datetime
    decided_at: datetime | None


class AppealMade(TypedDict):
    """The caller's objection."""

    appeal: OwnAppeal


class RefusedPicture(TypedDict):
    """A file in the bucket `quarantine`; `score` is how surely it was refused, 0 to 1."""

    name: str
    stage: RefusedStage
    score: float | None


class AppealOfAdmins(OwnAppeal):
    """An objection as admins read it."""

    number: int
    user_id: UUID
    stage: RefusedStage
    decided_by: UUID | None
    pictures: list[RefusedPicture]


class AppealAnswer(TypedDict):
    """An objection as admins read it."""

    appeal: AppealOfAdmins


class Appeals(TypedDict):
    """A page of the queue, the oldest first."""

    appeals: list[AppealOfAdmins]


class GivenConsent(TypedDict):
    """Which text, in which language, when."""

    text_version: str
    locale: str
    given_at: datetime


class Consent(TypedDict):
    """Whether one has to consent before a photo is kept, to which text (null asks nobody), and to which one did."""

    is_needed: bool
    text_version: str | None
    given: GivenConsent | None


class ConsentAnswer(TypedDict):
    """How it stands with one's consent."""

    consent: Consent


class Quota(TypedDict):
    """Today's pictures; 999999 stands for no limit."""

    used: int
    limit: int
    remaining: int
    resets_at: datetime
    is_premium: bool
