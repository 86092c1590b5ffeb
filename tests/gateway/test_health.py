"""The operational pages: what `/metrics` tells of the connections to the database, and `/ready` of the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import psycopg

from sahne.live import Servers
from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.world import World


def test_metrics_tell_how_the_ways_to_the_database_stand(server: Running) -> None:
    said = dict(line.rsplit(" ", 1) for line in httpx.get(f"{server.url}/metrics").text.splitlines() if line[0] != "#")
    settings = server.settings
    assert float(said["sahne_backup_timestamp_seconds"]) == 0
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


def test_the_age_of_the_last_backup_that_was_whole_and_of_the_last_drill_are_shown(
    server: Running, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "insert into private.clock_ends values ('backup', to_timestamp(1000)), ('drill', to_timestamp(900))"
        )
        page = httpx.get(f"{server.url}/metrics").text
        conn.execute("delete from private.clock_ends")
    assert "\nsahne_backup_timestamp_seconds 1000.0\n" in page
    assert "\nsahne_backup_drill_timestamp_seconds 900.0\n" in page
