"""Our own livekit-server as a process: it comes up, goes down whoever is connected, and never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import jwt
import pytest

from sahne.providers.livekit.config import LiveKitPorts
from sahne.up.livekit import LiveKitDidNotStart, LiveKitServer, choose_ports
from tests.eventually import eventually
from tests.livekit_server import livekit_binary

NOWHERE = "http://127.0.0.1:1/webhooks/livekit"


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_starts_and_stops_and_starts_again_with_its_key(tmp_path: Path) -> None:
    server = LiveKitServer(livekit_binary(), tmp_path, NOWHERE)
    server.start()
    pid, key = server.pid, server.key
    assert server.alive()
    assert pid is not None
    server.stop()
    server.stop()
    assert not server.alive()
    assert not is_running(pid)
    again = LiveKitServer(livekit_binary(), tmp_path, NOWHERE)
    again.start()
    assert again.key == key
    again.stop()


def test_key_and_configuration_are_the_owners_alone(tmp_path: Path) -> None:
    server = LiveKitServer(livekit_binary(), tmp_path, NOWHERE)
    server.start()
    server.stop()
    for name in ("livekit.key", "livekit.yaml"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    assert len(server.key.secret) >= 32


def test_its_log_tells_of_a_refused_token_without_the_token(tmp_path: Path) -> None:
    server = LiveKitServer(livekit_binary(), tmp_path, NOWHERE)
    server.start()
    claims = {"iss": server.key.key, "sub": "bo", "exp": 1, "video": {"room": "r", "roomJoin": True}}
    expired = jwt.encode(claims, server.key.secret)
    refused = httpx.get(f"http://127.0.0.1:{server.ports.http}/rtc/validate", params={"access_token": expired})
    assert refused.status_code == 401
    server.stop()
    log = server.log_path.read_text()
    assert "invalid token: (a token)" in log
    assert expired not in log
    assert "eyJ" not in log
    assert server.log_path.stat().st_mode & 0o077 == 0


def test_two_of_them_take_different_ports(tmp_path: Path) -> None:
    first = LiveKitServer(livekit_binary(), tmp_path / "one", NOWHERE)
    first.start()
    second = LiveKitServer(livekit_binary(), tmp_path / "two", NOWHERE)
    second.start()
    assert {first.ports.http, first.ports.tcp}.isdisjoint({second.ports.http, second.ports.tcp})
    second.stop()
    first.stop()


def test_one_that_cannot_start_says_why_and_does_not_run(tmp_path: Path) -> None:
    first = LiveKitServer(livekit_binary(), tmp_path / "one", NOWHERE)
    first.start()
    taken = LiveKitPorts(http=first.ports.http, tcp=choose_ports().tcp, udp=choose_ports().udp)
    second = LiveKitServer(livekit_binary(), tmp_path / "two", NOWHERE, taken)
    with pytest.raises(LiveKitDidNotStart) as refused:
        second.start()
    assert str(first.ports.http) in refused.value.message
    assert not second.alive()
    first.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_it_dies_with_a_killed_parent(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from sahne.up.livekit import LiveKitServer;"
        f"server = LiveKitServer(Path({str(livekit_binary())!r}), Path({str(tmp_path)!r}), {NOWHERE!r});"
        "server.start(); print(server.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert parent.stdout
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    eventually(lambda: not is_running(pid))
