"""What tests of the doors share: the people of the stage, LiveKit's twin, and a server's operations with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.conftest import running_server
from tests.stage import Door


@pytest.fixture(scope="module")
def livekit() -> InMemoryLiveKit:
    """The LiveKit of this module's server."""
    return InMemoryLiveKit()


@pytest.fixture(scope="module")
def door(settings: Settings, livekit: InMemoryLiveKit) -> Iterator[Door]:
    """The operations of a server with that LiveKit."""
    with running_server(settings, livekit):
        door = Door(settings)
        yield door
        door.close()
