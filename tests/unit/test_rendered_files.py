"""What was rendered lately: bounded in bytes and hours, and there again after a restart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahne.objects.fitting import fit
from sahne.objects.rendered import GROWING, HOURS_MAX, RenderedFiles
from sahne.objects.transforms import RESIZES, SIDE_PIXELS_MAX, Transform, transform_in

SIDES = st.integers(1, 20_000)
WISHES = st.none() | st.integers(1, SIDE_PIXELS_MAX)


@pytest.mark.anyio
async def test_the_oldest_go_when_it_is_too_much_or_too_long(tmp_path: Path) -> None:
    now = [1_000_000.0]
    files = RenderedFiles(tmp_path / "rendered", 1000, lambda: now[0])
    for number in range(12):
        await files.keep(f"{number}", b"x" * 100)
    assert await files.find("1") is None
    assert await files.find("2") == b"x" * 100
    assert len(os.listdir(tmp_path / "rendered")) == 10
    await files.keep("large", b"x" * 101)
    assert await files.find("large") is None, "it would have thrown too many others out"
    now[0] += HOURS_MAX * 3600 + 1
    await files.forget_old()
    assert os.listdir(tmp_path / "rendered") == []


@pytest.mark.anyio
async def test_a_restart_finds_what_is_there_and_clears_what_was_never_named(tmp_path: Path) -> None:
    await RenderedFiles(tmp_path, 1000).keep("kept", b"picture")
    (tmp_path / f"cut{GROWING}").write_bytes(b"pic")
    again = RenderedFiles(tmp_path, 1000)
    assert await again.find("kept") == b"picture"
    assert os.listdir(tmp_path) == ["kept"]
    (tmp_path / "kept").unlink()
    assert await again.find("kept") is None, "another server on this folder removed it"


@given(SIDES, SIDES, WISHES, WISHES, st.sampled_from(RESIZES))
def test_nothing_grows_and_nothing_is_larger_than_wished(
    width: int, height: int, wide: int | None, high: int | None, resize: str
) -> None:
    wish = Transform(width=wide, height=high, resize=next(each for each in RESIZES if each == resize))
    assert transform_in(str(wish)) == wish
    plan = fit((width, height), wish)
    assert all(
        1 <= kept <= resized <= own for kept, resized, own in zip(plan.kept, plan.resized, (width, height), strict=True)
    )
    if wide and high:
        assert plan.kept[0] <= wide
        assert plan.kept[1] <= high
    if resize != "fill" and min(plan.resized) > 20:
        assert abs(plan.resized[0] / plan.resized[1] - width / height) < 0.1 * width / height
