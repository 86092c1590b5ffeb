"""The maker `diffusers`: the worker frames the photo, another process draws, one picture at a time.

The process is started with the first picture and keeps its model for the next. A step is a moment to hear whether the
picture is still wanted: if not, the process stops and waits for another. Cut off by a deadline, or after a failure of
any other kind, it is killed, and the next picture has a new one.
"""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

from sahne.digital_sources import DigitalSource
from sahne.providers.images.diffusion.faults import FAULTS, fact_of, setting_invalid
from sahne.providers.images.diffusion.framing import framed
from sahne.providers.images.diffusion.process import Line, ModelFailed, ModelOptions, ModelProcess, check_model
from sahne.providers.images.embedded.models import Models
from sahne.providers.images.finishing import measured
from sahne.providers.images.generator import GenerationRefused, ImageRequest, Picture, Progress, Refusal
from sahne.settings import Settings
from sahne.telemetry import observe


def open_diffusers(settings: Settings) -> Diffusers:
    """The maker, with all it needs looked at; its model is loaded with the first picture.

    Raises:
        SettingInvalid: naming the variable and what to do.
    """
    options = ModelOptions.of(settings)
    try:
        check_model(options)
    except ModelFailed as failed:
        raise setting_invalid(failed) from failed
    return Diffusers(options)


class Diffusers:
    """Makes pictures of words, and of words with a photo, by a pipeline on this machine."""

    name = "diffusers"

    def __init__(self, options: ModelOptions, models: Models | None = None) -> None:
        self._options = options
        self._models = models or Models()
        self._one_at_a_time = asyncio.Lock()
        self._process: ModelProcess | None = None

    async def generate(self, request: ImageRequest, progress: Progress) -> Picture:
        """As long as the model takes; the caller sets the deadline.

        Raises:
            GenerationRefused: the photo's reasons, `moderated`, `provider_unavailable`, `failed`.
        """
        started = time.perf_counter()
        photo = await self._framed(request)
        async with self._one_at_a_time:
            try:
                answer = await self._draw(_question(request, photo), progress)
            except ModelFailed as failed:
                await self.close()
                observe(fact_of(failed))
                raise GenerationRefused(FAULTS[failed.why].reason) from failed
            except asyncio.CancelledError:
                await self.close()
                raise
        if answer["say"] == "moderated":
            raise GenerationRefused(Refusal.MODERATED)
        return await asyncio.to_thread(self._finished, request, answer, started)

    async def close(self) -> None:
        """The process goes, and the model's memory with it."""
        process, self._process = self._process, None
        if process:
            await process.end()

    async def _framed(self, request: ImageRequest) -> bytes | None:
        if request.photo is None:
            return None
        return await asyncio.to_thread(framed, request.photo, request.width, request.height, self._models)

    async def _draw(self, question: Line, progress: Progress) -> Line:
        process = self._process = self._process or await ModelProcess.start(self._options)
        await process.say(question)
        while (answer := await process.hear())["say"] == "step":
            try:
                await progress.report(answer["fraction"])
            except Exception:  # nobody wants it any more
                await process.stop()
                raise
            await process.say({"go": True})
        return answer

    def _finished(self, request: ImageRequest, answer: Line, started: float) -> Picture:
        image = base64.b64decode(answer["png"])
        kind, (width, height), thumbnail = measured(image)
        facts: dict[str, Any] = {
            "provider": self.name,
            "pipeline": answer["pipeline"],
            "text_prompt": True,
            "unused": answer["unused"],
            "seconds": round(time.perf_counter() - started, 3),
        }
        return Picture(
            image=image,
            image_type=kind,
            thumbnail=thumbnail,
            thumbnail_type="image/webp",
            width=width,
            height=height,
            seed=request.seed,
            model=self._options.model.name,
            source=DigitalSource.TRAINED if request.photo is None else DigitalSource.EDITED_BY_TRAINED,
            facts=facts,
        )


def _question(request: ImageRequest, photo: bytes | None) -> Line:
    return {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "seed": request.seed,
        "width": request.width,
        "height": request.height,
        "photo": base64.b64encode(photo).decode() if photo else None,
    }
