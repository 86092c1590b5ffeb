"""What tests of the doors share: LiveKit's twin and a server's operations with it; what comes to an address or a number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.conftest import Running, running_server
from tests.letters import Inbox
from tests.sms_services import a_number
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


@pytest.fixture(scope="module")
def inbox(server: Running) -> Inbox:
    """The letters and short messages of this module's server, which sends none."""
    return Inbox(server.url)


@pytest.fixture(scope="module")
def service(server: Running) -> dict[str, str]:
    """The headers of that server's operator."""
    return {"authorization": f"Bearer {server.settings.service_role_key}"}


@pytest.fixture
def phone() -> str:
    """A number nobody has."""
    return a_number()
