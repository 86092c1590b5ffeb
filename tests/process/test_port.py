"""The port of the API is taken first: nothing of ours can have it by chance, and a taken one costs nothing else."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from sahne.errors import PortTaken
from sahne.gateway.listening import listening_socket
from sahne.server import serving
from sahne.settings.reading import read_settings
from sahne.up.stack import stack_up
from tests.conftest import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def database() -> socket.socket:
    """Somebody who listens where the database would and answers nothing."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    return listening


async def test_a_taken_port_is_refused_before_a_connection_is_made(database: socket.socket, tmp_path: Path) -> None:
    url = f"postgresql://a:b@127.0.0.1:{database.getsockname()[1]}/c"
    with socket.create_server(("127.0.0.1", 0)) as taken, database:
        settings = read_settings(port=taken.getsockname()[1], database_url=url, data=tmp_path)
        with pytest.raises(PortTaken):
            async with serving(settings):
                pass
        with pytest.raises(PortTaken):
            async with stack_up(settings, livekit=False, demo=False, say=lambda step: None):
                pass
        with pytest.raises(BlockingIOError):
            database.accept()


async def test_it_is_free_again_when_a_start_has_failed(tmp_path: Path) -> None:
    port = free_port()
    nowhere = f"postgresql://a:b@127.0.0.1:{free_port()}/c"
    settings = read_settings(port=port, database_url=nowhere, data=tmp_path)
    with pytest.raises(Exception, match="Nothing answers"):
        async with stack_up(settings, livekit=False, demo=False, say=lambda step: None):
            pass
    listening_socket(settings).close()


async def test_a_port_that_nobody_listens_on_is_tried_again_for_a_moment() -> None:
    with socket.socket() as passing:
        passing.bind(("127.0.0.1", 0))
        closing = threading.Timer(0.2, passing.close)
        closing.start()
        listening_socket(read_settings(port=passing.getsockname()[1])).close()
        closing.join()
