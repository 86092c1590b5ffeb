"""The operational pages: what `/metrics` tells of the connections to the database, and `/ready` of the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from sahne.live import Servers
from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.world import World


def test_metrics_tell_how_the_ways_to_the_database_stand(server: Running) -> None:
    said = dict(line.rsplit(" ", 1) for line in httpx.get(f"{server.url}/metrics").text.splitlines() if line[0] != "#")
    settings = server.settings
    assert float(said['sahne_database_connections{pool="pipeline"}']) == settings.pipeline_connections
    assert 1 <= float(said['sahne_database_connections{pool="transactions"}']) <= settings.pool_connections_max
    for pool in ("pipeline", "transactions"):
        assert float(said[f'sahne_database_waiting{{pool="{pool}"}}']) == 0
        assert float(said[f'sahne_database_free{{pool="{pool}"}}']) >= 1


def ready(url: str) -> tuple[int, dict[str, Any]]:
    answer = httpx.get(f"{url}/ready")
    return answer.status_code, answer.json()


def test_ready_tells_of_each_livekit_and_one_that_is_down_is_no_reason_to_take_the_server_away(
    settings: Settings, world: World
) -> None:
    down = InMemoryLiveKit("APIaway", "a" * 40)
    down.reachable = False
    well = InMemoryLiveKit("APIhome", "h" * 40)
    with running_server(replace(settings, port=free_port()), live=Servers({"main": well, "eu": down})) as running:
        eventually(lambda: ready(running.url)[1]["realtime"])
        assert ready(running.url) == (
            200,
            {"status": "degraded", "livekit": True, "live_servers": {"main": True, "eu": False}, "realtime": True},
        )


def test_ready_is_well_where_all_that_was_set_up_answers(settings: Settings, world: World) -> None:
    two = Servers({"main": InMemoryLiveKit("APIhome", "h" * 40), "eu": InMemoryLiveKit("APIaway", "a" * 40)})
    with running_server(replace(settings, port=free_port()), live=two) as running:
        eventually(lambda: ready(running.url)[1]["status"] == "ready")
        assert ready(running.url)[1]["live_servers"] == {"main": True, "eu": True}
