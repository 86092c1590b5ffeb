"""Makers of pictures as settings name them: which there are, and which of them are elsewhere."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass

LOCAL = ("embedded", "diffusers", "memory")
TWIN = "memory"  # makes flat pictures, for tests
KEYS = {
    "bfl": "bfl_api_key",
    "fal": "fal_key",
    "replicate": "replicate_api_token",
}  # of those that are elsewhere, the setting of their key
REMOTE = tuple(KEYS)
NEEDED = KEYS | {"diffusers": "diffusers_model"}


@dataclass(frozen=True, slots=True)
class Budget:
    """What pictures elsewhere may cost, in micro-dollars; None is no bound."""

    day: int | None = None
    month: int | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether there is anything to look at."""
        return self.day is not None or self.month is not None

    def allows(self, day: int, month: int) -> bool:
        """Whether so much of a day and a month fits."""
        return (self.day is None or day <= self.day) and (self.month is None or month <= self.month)


NO_BUDGET = Budget()


def providers_in(text: str) -> tuple[str, ...]:
    """Names that are joined by commas, in order of fallback."""
    return tuple(name for name in (part.strip() for part in text.split(",")) if name)


def of_image_providers(text: str) -> str | None:
    """A setting's rule: what is wrong with the text, or None."""
    names = providers_in(text)
    known = (*LOCAL, *REMOTE)
    if not names or not set(names) <= set(known):
        return f"must name makers of pictures, joined by commas: {', '.join(known)}"
    if len(set(names)) < len(names):
        return "must name each maker once"
    if TWIN in names and len(set(names) & set(LOCAL)) > 1:
        return f"must not name {TWIN} beside another that is here"
    return None


def whsec(secret: str) -> str | None:
    """A setting's rule: a secret as Svix writes it."""
    try:
        is_secret = len(b64decode(secret.removeprefix("whsec_"), validate=True)) >= 16
    except ValueError:
        is_secret = False
    return None if is_secret else "must be the secret as Replicate shows it, whsec_…"


def needed_by(names: tuple[str, ...]) -> list[str]:
    """The settings that these makers cannot do without."""
    return [NEEDED[name] for name in names if name in NEEDED]
