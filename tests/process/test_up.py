"""`sahne up`: ready, stopped in order, and clear when it cannot start. LiveKit stays out of these."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from sahne.database.binaries import embedded_binaries
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY, DEVELOPMENT_PUBLISHABLE_KEY
from tests.absent import absent
from tests.conftest import free_port
from tests.eventually import eventually
from tests.process.sahne_up import SahneUp, launch, run_sahne, sahne_up

FLAGS = ("--no-livekit",)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SahneUp]:
    with sahne_up(tmp_path_factory.mktemp("up") / "data", *FLAGS) as running:
        yield running


def refusal(data: Path, *, port: int | None = None, db_port: int | None = None) -> str:
    """What a start that must fail says; it must exit 1."""
    failed = launch(data, *FLAGS, "--no-demo", port=port, db_port=db_port)
    assert failed.process.wait(60) == 1, failed.said()
    assert "Traceback" not in failed.said()
    return failed.said()


def test_it_answers_on_every_door_and_says_what_is_missing(up: SahneUp) -> None:
    ready = httpx.get(f"{up.url}/ready")
    assert ready.status_code == 200
    assert ready.json()["livekit"] is False
    eventually(lambda: httpx.get(f"{up.url}/ready").json()["realtime"])
    assert "LiveKit" in up.said()
    assert httpx.get(f"{up.url}/health").status_code == 200
    assert "sahne_requests_total" in httpx.get(f"{up.url}/metrics").text
    assert httpx.get(f"{up.url}/auth/v1/settings", headers={"apikey": DEVELOPMENT_ANON_KEY}).status_code == 200
    assert "Sahne" in httpx.get(f"{up.url}/").text
    unknown = httpx.get(f"{up.url}/nowhere/v1")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


def test_the_page_is_told_public_things_only(up: SahneUp) -> None:
    said = httpx.get(f"{up.url}/config.json").json()
    assert said["publishable_key"].startswith("sb_publishable_")
    assert "sb_secret_" not in orjson.dumps(said).decode()


def test_status_and_keys_are_json(up: SahneUp) -> None:
    status = run_sahne("status", "--data", str(up.data), "--json", cwd=up.data.parent)
    assert status.returncode == 0
    said = orjson.loads(status.stdout)
    assert said["running"] is True
    assert said["api_url"] == up.url
    assert said["serves"].keys() == {"status", "livekit", "live_servers", "realtime"}
    keys = orjson.loads(run_sahne("keys", "--data", str(up.data), "--json", cwd=up.data.parent).stdout)
    assert keys["api_url"] == up.url
    assert keys["db_url"] == up.db_url
    assert keys["anon_key"].startswith("eyJ")
    elsewhere = orjson.loads(run_sahne("keys", "--json", cwd=up.data.parent).stdout)
    assert elsewhere["api_url"] == "http://127.0.0.1:54321"


def test_the_doctor_finds_no_fault_in_a_stack_that_runs(up: SahneUp) -> None:
    done = run_sahne("doctor", "--data", str(up.data), "--json", cwd=up.data.parent)
    told = orjson.loads(done.stdout)
    assert [each for each in told["findings"] if each["state"] == "fault"] == []
    assert done.returncode == 0
    found = {each["looked_at"]: each for each in told["findings"]}
    assert found[f"port {up.port}"]["found"].startswith("Sahne ")
    assert found["workers"]["state"] == "ok"
    assert told["states"]["warning"] > 0  # no backup was ever tried
    slow = run_sahne("db", "slow", "--data", str(up.data), "--json", cwd=up.data.parent)
    assert orjson.loads(slow.stdout)["statements"], slow.stdout
    strict = run_sahne("doctor", "--data", str(up.data), "--strict", cwd=up.data.parent)
    assert (strict.returncode, "row level security" in strict.stdout) == (1, True)


def test_a_backup_is_made_of_the_stack_that_runs(up: SahneUp) -> None:
    here = {"SAHNE_DATA": str(up.data)}
    made = run_sahne("backup", "create", "--json", cwd=up.data.parent, variables=here)
    assert made.returncode == 0, made.stderr
    assert orjson.loads(made.stdout)["complete"] is True
    assert (up.data / "backups" / orjson.loads(made.stdout)["name"] / "database.dump").exists()
    assert httpx.get(f"{up.url}/ready").status_code == 200


def test_a_command_finds_the_stack_of_its_data_folder(up: SahneUp) -> None:
    grant = ("coins", "grant", "dilek@example.com", "7", "--key", "k", "--json")
    for which, variables in (((), {"SAHNE_DATA": str(up.data)}), (("--data", str(up.data)), {})):
        granted = run_sahne(*grant, *which, cwd=up.data.parent, variables=variables)
        assert granted.returncode == 0, granted.stderr
        assert orjson.loads(granted.stdout)["balance"] == 7


@pytest.mark.parametrize(
    "command", ["user list", "migrate --status", "partitions", "backup create", "db docs --out ref"]
)
def test_every_command_takes_the_data_folder(up: SahneUp, tmp_path: Path, command: str) -> None:
    done = run_sahne(*command.split(), "--data", str(up.data), cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_users_id_and_rank_are_told_whole_however_narrow_the_screen(up: SahneUp, tmp_path: Path) -> None:
    narrow = {"COLUMNS": "40"}
    told = run_sahne("user", "promote", "ege@example.com", "admin", "--json", "--data", str(up.data), cwd=tmp_path)
    assert orjson.loads(told.stdout)["rank"] == "admin"
    listed = run_sahne("user", "list", "--data", str(up.data), cwd=tmp_path, variables=narrow).stdout
    assert orjson.loads(told.stdout)["id"] in listed
    unknown = run_sahne("user", "promote", "nobody@example.com", "--data", str(up.data), cwd=tmp_path)
    assert unknown.returncode == 1
    assert "sahne user list" in unknown.stderr


def test_the_list_of_users_says_who_is_what(up: SahneUp, tmp_path: Path) -> None:
    here = ("--json", "--data", str(up.data))
    told = orjson.loads(run_sahne("user", "list", *here, cwd=tmp_path).stdout)["users"]
    roles = {user["email"]: (user["username"], user["role"]) for user in told}
    assert roles["ada@example.com"] == ("ada", "creator")
    assert roles["bo@example.com"] == ("bo_watches", "user")


def test_a_password_is_a_line_of_standard_input_where_nobody_types(up: SahneUp, tmp_path: Path) -> None:
    create = ("user", "create", "piped@example.com", "--json", "--data", str(up.data))
    nothing = run_sahne(*create, cwd=tmp_path)
    assert (nothing.returncode, orjson.loads(nothing.stdout)["error"]["code"]) == (1, "password_missing")
    assert "--password -" in orjson.loads(nothing.stdout)["error"]["hint"]
    made = run_sahne(*create, "--password", "-", cwd=tmp_path, typed="from a pipe\n")
    assert made.returncode == 0, made.stdout
    key = {"apikey": DEVELOPMENT_ANON_KEY}
    sign_in = {"email": "piped@example.com", "password": "from a pipe"}
    answer = httpx.post(f"{up.url}/auth/v1/token?grant_type=password", json=sign_in, headers=key)
    assert answer.status_code == 200, answer.text


def test_a_second_up_on_the_same_folder_is_refused(up: SahneUp) -> None:
    said = refusal(up.data)
    assert "already" in said
    assert f"`sahne status --data {up.data}`" in said
    assert httpx.get(f"{up.url}/ready").status_code == 200


def test_status_of_an_unused_folder_says_so(tmp_path: Path) -> None:
    status = run_sahne("status", "--data", str(tmp_path / "none"), "--json", cwd=tmp_path)
    assert status.returncode == 1
    assert orjson.loads(status.stdout) == {"running": False}


@pytest.mark.parametrize(("flag", "which"), [("--port", "port"), ("--db-port", "db_port")])
def test_a_taken_port_is_named_with_the_flag_that_changes_it(tmp_path: Path, flag: str, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = int(taken.getsockname()[1])
        said = refusal(tmp_path / "data", **{which: number})
    assert f"Port {number}" in said
    assert flag in said


def test_a_folder_of_another_version_is_left_alone(tmp_path: Path) -> None:
    cluster = tmp_path / "data" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("14\n")
    (cluster / "precious").write_text("rows")
    said = refusal(tmp_path / "data")
    assert "14" in said
    assert "--data" in said
    assert sorted(path.name for path in cluster.iterdir()) == ["PG_VERSION", "precious"]


@pytest.mark.parametrize("lost", ["my notes", "a cluster"])
def test_a_folder_that_is_no_cluster_is_left_alone(tmp_path: Path, lost: str) -> None:
    cluster = tmp_path / "data" / "postgres"
    cluster.mkdir(parents=True)
    kept = {"my notes": ["notes.txt"], "a cluster": ["base", "global"]}[lost]
    for name in kept:
        (cluster / name).write_text("precious")
    said = refusal(tmp_path / "data")
    assert "--data" in said
    assert sorted(path.name for path in cluster.iterdir()) == kept


def test_one_port_for_two_is_refused(tmp_path: Path) -> None:
    port = free_port()
    assert "--db-port" in refusal(tmp_path / "data", port=port, db_port=port)


def test_a_start_ended_in_the_middle_of_making_the_cluster_is_taken_up(tmp_path: Path) -> None:
    half = tmp_path / "data" / ".postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("half")
    with sahne_up(tmp_path / "data", *FLAGS, "--no-demo") as running:
        assert "demo people" not in running.said()
        assert httpx.get(f"{running.url}/rest/v1/gifts", headers={"apikey": DEVELOPMENT_PUBLISHABLE_KEY}).json() == []
    assert not half.exists()


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        absent("A small disk", "it can only be mounted as root")
    try:
        said = refusal(small / "data")
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert "room" in said
    assert "--data" in said


def test_development_keys_are_refused_off_loopback(tmp_path: Path) -> None:
    anywhere = {"DATABASE_URL": "postgresql://postgres:postgres@127.0.0.1:1/none"}
    said = run_sahne("serve", "--host", "0.0.0.0", cwd=tmp_path, variables=anywhere)
    assert said.returncode == 1
    assert "SAHNE_JWT_SECRET" in said.stderr


def test_serve_without_a_database_says_what_to_set(tmp_path: Path) -> None:
    said = run_sahne("serve", cwd=tmp_path)
    assert said.returncode == 1
    assert "DATABASE_URL" in said.stderr


def test_it_stops_in_order_and_starts_again_with_its_data(tmp_path: Path) -> None:
    data, port, db_port = tmp_path / "data", free_port(), free_port()
    with sahne_up(data, *FLAGS, port=port, db_port=db_port) as first:
        pids = list(first.state()["processes"].values())
        assert first.stop(signal.SIGINT) == 0
    assert "Stopped." in first.said()
    for pid in pids:
        eventually(lambda pid=pid: not alive(pid))
    assert not (data / "state.json").exists()
    with sahne_up(data, *FLAGS, port=port, db_port=db_port) as second:
        assert httpx.get(f"{second.url}/ready").status_code == 200


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("", signal.SIGINT),
        ("Starting PostgreSQL", signal.SIGINT),
        ("Starting PostgreSQL", signal.SIGTERM),
        ("Applying migrations", signal.SIGINT),
    ],
)
def test_a_start_that_is_stopped_ends_in_a_word_and_leaves_nothing_half_made(
    tmp_path: Path, step: str, told: signal.Signals
) -> None:
    starting = launch(tmp_path / "data", *FLAGS)
    eventually(lambda: step in starting.said() and ran_main(starting.process.pid), 30)
    assert starting.stop(told) == 130
    assert starting.said().splitlines()[-1] == "Stopped."
    assert "Traceback" not in starting.said()
    assert list((tmp_path / "data").glob(".postgres*")) == []
    assert list((tmp_path / "data").glob("postgres/postmaster.pid")) == []


def ran_main(pid: int) -> bool:
    """Whether Python has come as far as to map the command line's first library."""
    maps = Path(f"/proc/{pid}/maps")
    return not maps.exists() or "orjson" in maps.read_text()


def test_the_wheel_brings_the_programs_it_needs() -> None:
    binaries = embedded_binaries()
    assert binaries.major >= 15
    for program in ("postgres", "initdb", "pg_dump"):
        assert os.access(binaries.program(program), os.X_OK)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or ") Z " not in status.read_text()
