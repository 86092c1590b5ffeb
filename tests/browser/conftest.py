"""The tests of a file marked `story` are its steps, told in the order they are written, on one stack: what comes after a
step that failed is not tried, since it would fail of that alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium

BROKEN_OFF = pytest.StashKey[str]()
"""Of a file: the step at which its story broke off."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def pytest_runtest_setup(item: pytest.Item) -> None:
    if (story := story_of(item)) and (step := story.stash.get(BROKEN_OFF, None)):
        pytest.skip(f"the story broke off at {step}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed and (story := story_of(item)):
        story.stash.setdefault(BROKEN_OFF, item.name)
    return report


def story_of(item: pytest.Item) -> pytest.Collector | None:
    return item.parent if item.get_closest_marker("story") else None
