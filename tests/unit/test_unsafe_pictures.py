"""The first gate lets ordinary portraits pass, and knows only the net it was tried with."""

from __future__ import annotations

from pathlib import Path

import pytest

from sahne.providers.images.embedded.models import ModelNotTrusted
from sahne.providers.images.generator import GenerationRefused, Refusal
from sahne.providers.images.memory import flat_png
from sahne.providers.images.unsafe import UnsafeNet
from sahne.settings import Settings
from tests.portraits import SITTERS, portrait_bytes

SAFE = 0.2  # as its makers say


def test_portraits_of_all_sorts_pass() -> None:
    net = UnsafeNet()
    scores = {name: net.score(portrait_bytes(300, 400, who=who)) for name, who in SITTERS.items()}
    assert {name for name, score in scores.items() if not 0 < score < SAFE} == set()
    assert Settings().unsafe_photo_score_max > SAFE


def test_a_small_picture_is_looked_at_too() -> None:
    assert 0 < UnsafeNet().score(flat_png(7)) < 1


def test_what_is_no_picture_is_said_to_be_none() -> None:
    with pytest.raises(GenerationRefused) as refused:
        UnsafeNet().score(b"\xff\xd8\xff" + bytes(99))
    assert refused.value.reason is Refusal.PHOTO_UNREADABLE


def test_another_net_is_not_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "open_nsfw.onnx"
    other.write_bytes(b"another")
    monkeypatch.setattr("sahne.providers.images.unsafe.MODEL_PATH", other)
    with pytest.raises(ModelNotTrusted):
        UnsafeNet().score(portrait_bytes(300, 400))
