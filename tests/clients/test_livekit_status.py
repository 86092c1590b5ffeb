"""`sahne livekit status` of a real livekit-server: what is well is said to be, and what is not with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sahne.cli.livekit import app
from sahne.database.pool import Database
from sahne.doctor import services
from sahne.doctor.installation import Installation
from sahne.live_servers import LiveServer
from sahne.operations.live_status import Finding, look_at
from sahne.providers.livekit import LiveKitUnavailable, Permission
from sahne.providers.livekit.remote import RemoteLiveKit
from sahne.providers.livekit.trial import try_join
from sahne.settings import Settings
from tests.clients.live_media import Live, live_stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(scope="module")
def live(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_stage(database_url, tmp_path_factory.mktemp("live")) as live:
        yield live


@pytest.fixture
def server(live: Live) -> LiveServer:
    key = live.server.key
    return LiveServer(name="main", url=live.server.url, key=key.key, secret=key.secret)


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.looked_at: finding for finding in findings}


async def test_one_that_is_well_has_nothing_to_do(live: Live, settings: Settings, server: LiveServer) -> None:
    async with Database(settings.authenticator_url) as database:
        found = by_name(await look_at(server, database))
    assert [each.to_do for each in found.values()] == [""] * 8
    ports = live.server.ports
    assert found["media by UDP"].found == f"127.0.0.1:{ports.udp} answered a STUN check"
    assert found["media by TCP"].found == f"127.0.0.1:{ports.tcp} answered a STUN check"
    assert found["version"].found[0].isdigit()
    assert found["webhook and back"].found == "it came"
    livekit = RemoteLiveKit.of(server)
    assert not [room for room in await livekit.rooms() if room.name.startswith("sahne-status")]


async def test_the_doctor_looks_at_it_as_closely(live: Live, settings: Settings, server: LiveServer) -> None:
    found = [each async for each in services.live(Installation(settings, [server]))]
    assert [each.state for each in found] == ["ok"] * 8
    gone = Installation(settings, [replace(server, url="ws://127.0.0.1:1")])
    assert [each.state async for each in services.live(gone)] == ["fault"]


async def test_one_whose_webhooks_are_another_servers_says_so(settings: Settings, server: LiveServer) -> None:
    async with Database(settings.authenticator_url) as database:
        found = by_name(await look_at(replace(server, name="eu"), database))
    assert found["webhook and back"].found == "it came signed as main's"
    assert "key of its own" in found["webhook and back"].to_do


async def test_without_a_database_the_rest_is_looked_at(server: LiveServer) -> None:
    found = by_name(await look_at(server, None))
    assert {name for name, each in found.items() if each.to_do} == {"webhooks", "webhook and back"}
    assert found["media by UDP"].found.endswith("answered a STUN check")


async def test_a_wrong_secret_and_a_closed_port_are_told_from_each_other(server: LiveServer) -> None:
    (refused,) = await look_at(replace(server, secret="w" * 40), None)
    assert "key or its secret" in refused.to_do
    (closed,) = await look_at(replace(server, url="ws://127.0.0.1:1"), None)
    assert closed.to_do.startswith("Start it")


async def test_nobody_is_let_into_a_room_that_is_not_there(server: LiveServer) -> None:
    token = RemoteLiveKit.of(server).token("no-such-room", "sahne-status", "", Permission())
    with pytest.raises(LiveKitUnavailable):
        await try_join(server.url, token)


def test_the_command_ends_well_only_when_all_is_well(
    live: Live, server: LiveServer, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SAHNE_LIVEKIT_URL", server.url)
    monkeypatch.setenv("SAHNE_LIVEKIT_API_KEY", server.key)
    monkeypatch.setenv("SAHNE_LIVEKIT_API_SECRET", server.secret)
    status = ["status", "--data", str(tmp_path)]
    well = CliRunner().invoke(app, [*status, "--json"])
    assert well.exit_code == 0, well.stdout
    assert [each["to_do"] for each in json.loads(well.stdout)["servers"]["main"]] == [""] * 8
    monkeypatch.setenv("SAHNE_LIVEKIT_SERVERS", f"eu=ws://127.0.0.1:1,APIeu,{'s' * 32}")
    one_down = CliRunner().invoke(app, status)
    assert one_down.exit_code == 1
    assert "eu: answer" in one_down.stdout
    assert "main: version" in one_down.stdout
