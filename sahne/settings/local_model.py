"""A model of pictures of one's own (docs/guides/image-providers.md): where it lies, who runs it, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from sahne.variables import Within


@dataclass(frozen=True, kw_only=True)
class LocalModelSettings:
    """What the maker `diffusers` is told."""

    # a folder as diffusers' `save_pretrained` writes it; nothing is downloaded
    diffusers_model: Path | None = None
    # the Python that has diffusers and PyTorch; None: the worker's own
    diffusers_python: Path | None = None
    # how many steps a picture takes and how closely it follows the words; None: as the pipeline has it
    diffusers_steps: Annotated[int | None, Within(1, 200)] = None
    diffusers_guidance: Annotated[float | None, Within(0, 50)] = None
    # how much of a photo is drawn anew
    diffusers_strength: Annotated[float, Within(0.05, 1)] = 0.6
    # for all pictures of one request
    diffusers_seconds_max: Annotated[float, Within(10, 3000)] = 600.0
