"""A server may have as many connections open as the system lets it, not the few that many systems begin with."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from sahne.gateway.listening import allow_many_files

FEW = 256


@pytest.fixture
def few_files() -> Iterator[int]:
    """The hard limit; the soft one is low for the time of a test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_of_files_is_raised_as_far_as_it_may_be_and_never_lowered(few_files: int) -> None:
    for _ in range(2):
        allow_many_files()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert hard == few_files
        assert soft > FEW
