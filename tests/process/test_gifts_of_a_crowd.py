"""kill -9 of the server and of PostgreSQL under a crowd that gives at once: each acknowledged gift is there, and once."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.conftest import free_port
from tests.crowds import PEOPLE, Crowd, check, gathered
from tests.eventually import eventually
from tests.process.sahne_up import sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ACKNOWLEDGED_BEFORE_KILL = 60


def test_an_acknowledged_gift_of_a_crowd_survives_kill_9(tmp_path: Path) -> None:
    data, port, db_port = tmp_path / "data", free_port(), free_port()
    crowd: Crowd | None = None
    for victim in ("server", "postgres"):
        with sahne_up(data, "--no-livekit", port=port, db_port=db_port) as stage:
            crowd = (crowd or gathered(stage.db_url)).at(stage.url)
            crowd.ask_again()
            before = len(crowd.acknowledged)
            with crowd:
                eventually(lambda: len(crowd.acknowledged) >= before + ACKNOWLEDGED_BEFORE_KILL, 60)  # noqa: B023
                if victim == "server":
                    stage.process.kill()
                    stage.process.wait()
                else:
                    os.kill(stage.state()["processes"]["postgres"], signal.SIGKILL)
                    at_kill = len(crowd.acknowledged)
                    eventually(lambda: len(crowd.acknowledged) > at_kill + PEOPLE, 60)  # noqa: B023 it serves again
    assert crowd
    with sahne_up(data, "--no-livekit", port=port, db_port=db_port) as stage:
        crowd.at(stage.url).ask_again()
        check(stage.db_url, crowd)
