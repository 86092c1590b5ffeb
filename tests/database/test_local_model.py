"""A model of one's own: pictures by a real pipeline of few weights, in a process that may fail in every way."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from sahne.database.pool import Database
from sahne.digital_sources import DigitalSource
from sahne.doctor.installation import Installation
from sahne.doctor.own_model import own_model
from sahne.errors import SettingInvalid
from sahne.providers.images.diffusion.faults import LocalModelFailed
from sahne.providers.images.diffusion.framing import framed
from sahne.providers.images.diffusion.maker import Diffusers, open_diffusers
from sahne.providers.images.diffusion.process import ModelOptions, environment_of_program
from sahne.providers.images.embedded.faces import find_face
from sahne.providers.images.embedded.models import Models
from sahne.providers.images.generator import GenerationRefused, ImageRequest, Refusal
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from sahne.studio.requests import Wish
from sahne.telemetry import subscribe
from sahne.worker import work
from tests.portraits import draw_portrait, draw_wall, portrait_bytes
from tests.studio import Studio, ask
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
        (process,) = processes_of(model)
        os.kill(process, signal.SIGKILL)

    async with opened(model) as diffusers:
        with failures() as facts:
            assert await refusal_of(diffusers, KNIGHT, Told(kill)) is Refusal.FAILED
        assert [fact.words for fact in facts] == ["signal 9"]
        assert (await diffusers.generate(KNIGHT, Told())).width == 64


def test_a_process_whose_worker_is_gone_ends_at_its_next_step(model: Path) -> None:
    command = ModelOptions(model=model, python=PYTHON).command(checks=False)
    question = {"prompt": "a", "negative_prompt": None, "seed": 1, "width": 64, "height": 64, "photo": None}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdin
        assert process.stdout
        assert json.loads(process.stdout.readline()) == {"say": "ready"}
        process.stdin.write(json.dumps(question).encode() + b"\n")
        assert json.loads(process.stdout.readline())["say"] == "step"
        process.stdin.close()
        process.stdout.close()
        assert process.wait(60) == 0


async def test_a_picture_too_large_for_the_memory_says_so_and_a_smaller_one_is_made(
    model: Path, tmp_path: Path
) -> None:
    narrow = tmp_path / "python"
    narrow.write_text(f'#!/bin/sh\nulimit -v 2500000\nOMP_NUM_THREADS=1 exec {PYTHON} "$@"\n')
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


def test_a_photo_is_cut_to_the_pictures_size_with_the_face_in_it() -> None:
    wide = draw_wall(1800, 800)
    wide.paste(draw_portrait(600, 800), (1200, 0))
    out = BytesIO()
    wide.save(out, "PNG")
    cut = Image.open(BytesIO(framed(out.getvalue(), 512, 512, Models())))
    assert cut.size == (512, 512)
    face = find_face(cut, Models())
    assert 200 < face.x < 400
    assert 100 < face.y < 300


def open_with(model: Path, python: Path = PYTHON) -> None:
    open_diffusers(read_settings(None, diffusers_model=str(model), diffusers_python=str(python)))


async def test_a_worker_starts_with_what_is_there_and_the_doctor_says_so(model: Path, tmp_path: Path) -> None:
    open_with(model)
    given = {"image_providers": "diffusers", "diffusers_python": str(PYTHON)}
    for folder, state, found in [(model, "ok", "tiny can be run"), (tmp_path, "fault", "is no folder of a pipeline")]:
        installation = Installation(read_settings(None, **given, diffusers_model=str(folder)))
        (finding,) = [each async for each in own_model(installation)]
        assert finding.state == state
        assert found in finding.found


@pytest.mark.parametrize("name", ["vae/diffusion_pytorch_model.bin", "pipeline.py", "unet/weights.ckpt"])
def test_a_model_with_a_file_that_would_be_run_is_refused(model: Path, tmp_path: Path, name: str) -> None:
    unsafe = Path(shutil.copytree(model, tmp_path / "unsafe"))
    (unsafe / name).write_bytes(b"")
    with pytest.raises(SettingInvalid) as refused:
        open_with(unsafe)
    assert str(refused.value.details).startswith("SAHNE_DIFFUSERS_MODEL: holds a file that would be run as code")
    assert name in str(refused.value.details)


def test_a_part_that_lies_elsewhere_is_looked_into_as_well(model: Path, tmp_path: Path) -> None:
    linked = Path(shutil.copytree(model, tmp_path / "linked"))
    elsewhere = (linked / "vae").rename(tmp_path / "vae")
    (linked / "vae").symlink_to(elsewhere)
    open_with(linked)
    (elsewhere / "diffusion_pytorch_model.bin").write_bytes(b"")
    with pytest.raises(SettingInvalid, match="cannot be used"):
        open_with(linked)


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


async def test_a_scene_may_ask_for_it_by_name_and_what_the_worker_stores_is_marked(
    studio: Studio, database: Database, settings: Settings, ada: UUID, model: Path
) -> None:
    scene = studio.scene()
    studio.owner("insert into private.scene_providers (scene_id, providers) values (%s, '{bfl,diffusers}')", scene)
    made = replace(
        settings,
        image_providers="embedded,diffusers",
        diffusers_model=model,
        diffusers_python=PYTHON,
        diffusers_steps=STEPS,
    )
    id = await ask(database, ada, Wish(scene, image_size="512x512", seed=7), of=made.image_provider_names)
    await work(made, wait=False)
    assert (studio.generation(id)["status"], studio.generation(id)["provider"]) == ("done", "diffusers")
    (picture,) = studio.images(id)
    assert (picture["model"], picture["image_size"], picture["seed"]) == ("tiny", "512x512", 7)
    assert picture["metadata"]["digital_source"] == "trainedAlgorithmicMedia"
    assert picture["metadata"]["content_credentials"] is True
    assert processes_of(model) == []
