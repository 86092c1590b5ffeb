"""The seam to makers of pictures that are elsewhere: submit, poll, fetch, cancel; what they say, as plain values.

A submission is paid for, and no provider has a key that makes it safe to repeat. So the errors here say one thing above
all: whether the provider can have taken it. Source: docs.bfl.ai, docs.fal.ai, replicate.com/docs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sahne.providers.exchange import ProviderFault
from sahne.providers.images.generator import ImageRequest

MICRODOLLARS = 1_000_000  # of a dollar


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model of a provider, as the table `private.image_models` has it; nothing of it stands in code.

    `photo_field` is the input a photo is sent in, None where it takes none; with `photo_is_list` it is a list.
    `size_as` says how a size is asked for, `size_step` what a side in pixels is a multiple of.
    """

    name: str
    endpoint: str
    photo_field: str | None
    photo_is_list: bool
    size_as: Literal["pixels", "image_size", "aspect_ratio"]
    size_step: int
    price_microdollars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider heeds: the words of a scene, a photo, a seed; whether a face stays as the photo has it; whether a
    photo leaves the house for it, and to which `company`, None where it stays."""

    text_prompt: bool
    photo: bool
    seed: bool
    keeps_face: bool
    photo_leaves: bool
    company: str | None


@dataclass(frozen=True, slots=True)
class Handle:
    """A picture a provider was asked for: its id there, and the addresses it gave, used as given."""

    id: str
    poll_url: str
    cancel_url: str | None = None
    result_url: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A provider says that something became of a job; `handle` where it can be made from what was said."""

    job_id: str
    handle: Handle | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """It was taken. `cost_microdollars` is what the provider said it costs, None when it said nothing."""

    handle: Handle
    cost_microdollars: int | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """Not yet. `fraction` is 0 to 1 where it is told."""

    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """It is made and lies at `url` for some minutes; `facts` are what the provider told, without the prompt."""

    url: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moderated:
    """It was refused for what the input or the picture shows."""

    stage: Literal["input", "output"]


@dataclass(frozen=True, slots=True)
class NotMade:
    """The provider gave up; `is_gone` says that it knows of no such picture."""

    is_gone: bool = False


Outcome = Pending | Ready | Moderated | NotMade


class ProviderStopped(ProviderFault):
    """No more of this provider for now: there is no credit (402), or the key is not taken (401, 403)."""


class Rejected(ProviderFault):
    """It does not take this, however often it is asked (400, 422)."""


class ImageProvider(Protocol):
    """Makers of pictures that are elsewhere. Every call is bounded in time and bytes and raises ProviderFault only."""

    name: str
    capabilities: Capabilities

    async def submit(self, request: ImageRequest, model: Model, webhook_url: str | None) -> Submitted | Moderated:
        """Ask for one picture: this is what is paid for. It may say at `webhook_url` that the picture is there."""

    async def poll(self, handle: Handle) -> Outcome:
        """How far it is."""

    async def fetch(self, ready: Ready) -> bytes:
        """The picture's bytes, whole. Rejected: they are not there any more."""

    async def cancel(self, handle: Handle) -> bool:
        """Say that nobody wants it any more; False where the provider has no such word."""

    async def parse_webhook(self, headers: Mapping[str, str], body: bytes, now: float) -> Word:
        """What an authentic webhook says; header names in small letters, `now` in Unix seconds.

        Raises:
            ImageWebhookRefused, ImageWebhookUnreadable.
        """
