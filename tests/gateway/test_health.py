"""The operational pages: what `/metrics` tells of the connections to the database."""

from __future__ import annotations

import httpx

from tests.conftest import Running


def test_metrics_tell_how_the_ways_to_the_database_stand(server: Running) -> None:
    said = dict(line.rsplit(" ", 1) for line in httpx.get(f"{server.url}/metrics").text.splitlines() if line[0] != "#")
    settings = server.settings
    assert float(said['sahne_database_connections{pool="pipeline"}']) == settings.pipeline_connections
    assert 1 <= float(said['sahne_database_connections{pool="transactions"}']) <= settings.pool_connections_max
    for pool in ("pipeline", "transactions"):
        assert float(said[f'sahne_database_waiting{{pool="{pool}"}}']) == 0
        assert float(said[f'sahne_database_free{{pool="{pool}"}}']) >= 1
