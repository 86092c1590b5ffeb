"""A model of one's own: pictures by a real pipeline of few weights, in a process that may fail in every way."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from sahne.database.pool import Database
from sahne.digital_sources import DigitalSource
from sahne.errors import SettingInvalid
from sahne.providers.images.diffusion.faults import LocalModelFailed
from sahne.providers.images.diffusion.maker import Diffusers, open_diffusers
from sahne.providers.images.diffusion.process import ModelOptions, environment_of_program
from sahne.providers.images.generator import GenerationRefused, ImageRequest, Refusal
from sahne.providers.images.memory import MemoryImages
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.studio.marks import Marks
from sahne.studio.requests import Wish
from sahne.telemetry import subscribe
from tests.portraits import portrait_bytes
from tests.studio import Studio, ask, work
from tests.tiny_diffusion import PYTHON, save_tiny_model

pytestmark = pytest.mark.anyio

KNIGHT = ImageRequest(
    prompt="a knight", negative_prompt="dull", keywords=(), category="portrait", seed=7, width=64, height=96
)
STEPS = 3


class Told:
    """How far a picture was told to be; `meanwhile` is done each time."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        self.fractions: list[float] = []
        self._meanwhile = meanwhile

    async def report(self, fraction: float) -> None:
        self.fractions.append(round(fraction, 2))
        if self._meanwhile:
            await self._meanwhile()


class ChangedMind(Exception):
    """Nobody wants the picture."""


async def change_mind() -> None:
    raise ChangedMind


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@asynccontextmanager
async def opened(model: Path, python: Path = PYTHON) -> AsyncIterator[Diffusers]:
    diffusers = Diffusers(ModelOptions(model=model, python=python, steps=STEPS))
    try:
        yield diffusers
    finally:
        await diffusers.close()


@contextmanager
def failures() -> Iterator[list[LocalModelFailed]]:
    """What is told to whoever looks after the worker."""
    facts: list[LocalModelFailed] = []
    unsubscribe = subscribe(lambda fact: facts.append(fact) if isinstance(fact, LocalModelFailed) else None)
    try:
        yield facts
    finally:
        unsubscribe()


def processes_of(model: Path) -> list[int]:
    """Who runs that model now."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(model).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:  # it ended meanwhile
            continue
    return found


async def refusal_of(diffusers: Diffusers, request: ImageRequest, told: Told | None = None) -> Refusal:
    with pytest.raises(GenerationRefused) as refused:
        await diffusers.generate(request, told or Told())
    return refused.value.reason


async def test_a_picture_is_made_of_words_and_of_a_photo_and_the_seed_makes_it_again(model: Path) -> None:
    told = Told()
    with_photo = replace(KNIGHT, photo=portrait_bytes(300, 400))
    async with opened(model) as diffusers:
        first = await diffusers.generate(KNIGHT, told)
        again = await diffusers.generate(KNIGHT, Told())
        other = await diffusers.generate(replace(KNIGHT, seed=8), Told())
        of_photo = await diffusers.generate(with_photo, Told())
        assert len(processes_of(model)) == 1, "the model is loaded once"
    assert processes_of(model) == []
    assert told.fractions == [0.33, 0.67, 1.0]
    assert first.image == again.image != other.image
    assert (first.width, first.height, first.image_type, first.model) == (64, 96, "image/png", "tiny")
    assert first.source is DigitalSource.TRAINED
    assert (first.facts["provider"], first.facts["text_prompt"], first.facts["unused"]) == ("diffusers", True, [])
    assert "knight" not in str(first.facts)
    assert of_photo.source is DigitalSource.EDITED_BY_TRAINED
    assert (of_photo.width, of_photo.height) == (64, 96)
    assert of_photo.image != first.image


async def test_a_picture_nobody_wants_stops_at_its_next_step_and_the_model_stays(model: Path) -> None:
    told = Told(change_mind)
    async with opened(model) as diffusers:
        with pytest.raises(ChangedMind):
            await diffusers.generate(KNIGHT, told)
        (process,) = processes_of(model)
        assert told.fractions == [0.33]
        await diffusers.generate(KNIGHT, Told())
        assert processes_of(model) == [process]


async def test_a_picture_past_its_time_ends_the_process_and_the_next_has_a_new_one(model: Path) -> None:
    async with opened(model) as diffusers:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30) as deadline:

                async def be_over() -> None:
                    deadline.reschedule(0)
                    await asyncio.Event().wait()

                await diffusers.generate(KNIGHT, Told(be_over))
        assert processes_of(model) == []
        assert (await diffusers.generate(KNIGHT, Told())).width == 64


async def test_a_process_that_dies_is_told_with_its_signal_and_takes_no_other_picture_along(model: Path) -> None:
    async def kill() -> None:
        os.kill(*processes_of(model), signal.SIGKILL)

    async with opened(model) as diffusers:
        with failures() as facts:
            assert await refusal_of(diffusers, KNIGHT, Told(kill)) is Refusal.FAILED
        assert [fact.words for fact in facts] == ["signal 9"]
        assert (await diffusers.generate(KNIGHT, Told())).width == 64


async def test_a_picture_too_large_for_the_memory_says_so_and_a_smaller_one_is_made(
    model: Path, tmp_path: Path
) -> None:
    narrow = tmp_path / "python"
    narrow.write_text(f'#!/bin/sh\nulimit -v 2500000\nexec {PYTHON} "$@"\n')
    narrow.chmod(0o755)
    async with opened(model, narrow) as diffusers:
        with failures() as facts:
            assert await refusal_of(diffusers, replace(KNIGHT, width=1280, height=1280)) is Refusal.FAILED
        assert [fact.what for fact in facts] == ["SAHNE_DIFFUSERS_MODEL needs more memory than there is"]
        assert (await diffusers.generate(KNIGHT, Told())).width == 64


async def test_what_the_models_own_checker_takes_for_unsafe_is_moderated(tmp_path: Path) -> None:
    async with opened(save_tiny_model(tmp_path / "strict", "--flags")) as diffusers:
        assert await refusal_of(diffusers, KNIGHT) is Refusal.MODERATED


async def test_weights_that_are_missing_are_told_to_the_log_and_to_nobody_else(model: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(model, tmp_path / "broken"))
    (broken / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    async with opened(broken) as diffusers:
        with failures() as facts:
            assert await refusal_of(diffusers, KNIGHT) is Refusal.PROVIDER_UNAVAILABLE
    assert [fact.what for fact in facts] == ["SAHNE_DIFFUSERS_MODEL cannot be loaded"]


async def test_a_photo_that_cannot_be_read_is_refused_before_a_model_is_loaded(model: Path) -> None:
    async with opened(model) as diffusers:
        assert await refusal_of(diffusers, replace(KNIGHT, photo=b"no photo")) is Refusal.PHOTO_UNREADABLE
        assert processes_of(model) == []


def open_with(model: Path, python: Path = PYTHON) -> None:
    open_diffusers(read_settings(None, diffusers_model=str(model), diffusers_python=str(python)))


def test_a_worker_starts_with_what_is_there(model: Path) -> None:
    open_with(model)


@pytest.mark.parametrize("name", ["vae/diffusion_pytorch_model.bin", "pipeline.py", "unet/weights.ckpt"])
def test_a_model_with_a_file_that_would_be_run_is_refused(model: Path, tmp_path: Path, name: str) -> None:
    unsafe = Path(shutil.copytree(model, tmp_path / "unsafe"))
    (unsafe / name).write_bytes(b"")
    with pytest.raises(SettingInvalid) as refused:
        open_with(unsafe)
    assert str(refused.value.details).startswith("SAHNE_DIFFUSERS_MODEL: holds a file that would be run as code")
    assert name in str(refused.value.details)


def test_what_is_missing_is_said_at_start_with_what_to_do(model: Path, tmp_path: Path) -> None:
    unfit = Path(shutil.copytree(model, tmp_path / "unfit"))
    index = unfit / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", "DDPMPipeline"))
    for folder, python, what, hint in [
        (tmp_path, PYTHON, "SAHNE_DIFFUSERS_MODEL: is no folder of a pipeline", "Nothing is downloaded"),
        (unfit, PYTHON, "SAHNE_DIFFUSERS_MODEL: is no pipeline for words and for photos", "AutoPipeline"),
        (model, tmp_path / "none", "SAHNE_DIFFUSERS_PYTHON: cannot be started", "/bin/python"),
        (model, Path(sys.executable), "SAHNE_DIFFUSERS_PYTHON: has no diffusers", "pip install 'sahne[diffusers]'"),
    ]:
        with pytest.raises(SettingInvalid) as refused:
            open_with(folder, python)
        assert str(refused.value.details).startswith(what)
        assert hint in str(refused.value.hint)


def test_a_model_sees_no_key_of_ours_and_reaches_for_nothing() -> None:
    seen = environment_of_program(
        {"PATH": "/bin", "CUDA_VISIBLE_DEVICES": "0", "SAHNE_JWT_SECRET": "s", "DATABASE_URL": "u"}
    )
    assert {name for name in seen if not name.startswith(("HF_", "TRANSFORMERS_", "DO_"))} == {
        "PATH",
        "CUDA_VISIBLE_DEVICES",
    }
    assert seen["HF_HUB_OFFLINE"] == "1"


async def test_of_two_makers_here_a_scene_may_ask_the_second_and_what_it_made_is_marked(
    studio: Studio, database: Database, settings: Settings, ada: UUID, scene: UUID, model: Path
) -> None:
    of_words = studio.scene()
    studio.owner("insert into private.scene_providers (scene_id, providers) values (%s, '{bfl,diffusers}')", of_words)
    makers = ("memory", "diffusers")
    usual = await ask(database, ada, Wish(scene, await studio.photo(database, ada)), of=makers)
    drawn = await ask(database, ada, Wish(of_words, image_size="512x512", seed=7), of=makers)
    async with opened(model) as diffusers:
        await work(settings, database, MemoryImages(), diffusers, marks=Marks(None))
    assert (studio.generation(usual)["provider"], studio.generation(drawn)["provider"]) == makers
    (picture,) = studio.images(drawn)
    assert (picture["model"], picture["image_size"], picture["seed"]) == ("tiny", "512x512", 7)
    assert picture["metadata"]["digital_source"] == "trainedAlgorithmicMedia"
    assert studio.images(usual)[0]["model"] == "memory-1"
