"""Getting a livekit-server: the published one or none, never one that is not as published."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import os
import shutil
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sahne.cli.livekit import app
from sahne.providers.livekit_program import (
    VERSION,
    ChecksumMismatch,
    LiveKitNotInstalled,
    archive_name,
    find_livekit,
    install_livekit,
)
from tests.livekit_server import UNREACHABLE

ARCHIVE = archive_name()
pytestmark = pytest.mark.skipif(ARCHIVE is None, reason="LiveKit publishes no archive for this machine")


class Releases:
    """A release server on loopback: files by path."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        releases = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                releases.asked.append(self.path)
                body = releases.files.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("content-length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, program: bytes, checksum: str | None = None, version: str = VERSION) -> None:
        archive, name = packed(program), archive_name(version)
        digest = checksum or hashlib.sha256(archive).hexdigest()
        self.files[f"/v{version}/{name}"] = archive
        self.files[f"/v{version}/checksums.txt"] = f"{'0' * 64}  other.tar.gz\n{digest}  {name}\n".encode()


def packed(program: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, body in (("LICENSE", b"Apache"), ("livekit-server", program)):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(body), 0o755
            tar.addfile(info, io.BytesIO(body))
    return file.getvalue()


def program_that_marks(marker: Path) -> bytes:
    return f'#!/bin/sh\necho ran >> "{marker}"\necho "livekit-server version {VERSION}"\n'.encode()


@pytest.fixture
def releases() -> Iterator[Releases]:
    releases = Releases()
    yield releases
    releases.server.shutdown()
    releases.server.server_close()


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without livekit-server and without Go."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if shutil.which("livekit-server") or shutil.which("go"):
        monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_published_archive_is_fetched_and_kept(empty: Path, releases: Releases) -> None:
    releases.publish(program_that_marks(empty / "ran"))
    got = install_livekit(empty / "data", releases_url=releases.url)
    assert (got.version, got.source) == (VERSION, "release")
    assert os.access(got.path, os.X_OK)
    again = install_livekit(empty / "other", releases_url=UNREACHABLE)
    assert (again.path, again.source) == (got.path, "kept")


def test_another_release_takes_the_place_of_the_kept_one_and_is_not_built(empty: Path, releases: Releases) -> None:
    releases.publish(program_that_marks(empty / "ran"))
    newer = b"#!/bin/sh\necho livekit-server version 9.1.0\n"
    releases.publish(newer, version="9.1.0")
    first = install_livekit(empty / "data", releases_url=releases.url)
    second = install_livekit(empty / "data", version="9.1.0", releases_url=releases.url)
    assert (second.path, second.version, second.source) == (first.path, "9.1.0", "release")
    assert install_livekit(empty / "data", version="9.1.0", releases_url=UNREACHABLE).source == "kept"
    with pytest.raises(LiveKitNotInstalled) as refused:
        install_livekit(empty / "data", version="9.2.0", releases_url=releases.url)
    assert "can be built with Go" in str(refused.value.hint)
    found = find_livekit(empty / "data")
    assert found
    assert found.version == "9.1.0", "what could not be got leaves what was there"


def test_how_much_of_it_has_come_is_told(empty: Path, releases: Releases) -> None:
    releases.publish(program_that_marks(empty / "ran") + b"exit\n" + os.urandom(5 * 2**20))
    said: list[str] = []
    install_livekit(empty / "data", releases_url=releases.url, tell=said.append)
    fetching = f"Fetching livekit-server {VERSION}, once"
    assert said == [fetching, f"{fetching}: 2 of 5 MiB", f"{fetching}: 4 of 5 MiB"]


def test_an_archive_with_another_checksum_is_never_run(empty: Path, releases: Releases) -> None:
    releases.publish(program_that_marks(empty / "ran"), checksum="a" * 64)
    with pytest.raises(ChecksumMismatch):
        install_livekit(empty / "data", releases_url=releases.url)
    assert not (empty / "ran").exists()
    assert find_livekit(empty / "data") is None


def test_one_on_the_path_is_taken_and_nothing_is_fetched(
    empty: Path, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = empty / "on-path"
    folder.mkdir()
    (folder / "livekit-server").write_bytes(b"#!/bin/sh\necho livekit-server version 9.9.9\n")
    (folder / "livekit-server").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    got = install_livekit(empty / "data", releases_url=releases.url)
    assert (got.version, got.source, releases.asked) == ("9.9.9", "path", [])
    with pytest.raises(LiveKitNotInstalled) as refused:
        install_livekit(empty / "data", version=VERSION, releases_url=releases.url)
    assert str(folder) in str(refused.value.hint)


def test_one_in_the_data_folder_is_taken(empty: Path, releases: Releases) -> None:
    (empty / "data" / "bin").mkdir(parents=True)
    program = empty / "data" / "bin" / "livekit-server"
    program.write_bytes(b"#!/bin/sh\necho livekit-server version 1.0.0\n")
    program.chmod(0o755)
    assert install_livekit(empty / "data", releases_url=releases.url).path == program


def test_out_of_reach_and_without_go_it_says_what_to_do_at_once(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(empty))
    with pytest.raises(LiveKitNotInstalled) as refused:
        install_livekit(empty / "data", releases_url=UNREACHABLE)
    assert "Go: not installed" in str(refused.value.details)
    assert refused.value.hint


def test_a_server_that_hangs_is_given_up(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(empty))
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(LiveKitNotInstalled):
            install_livekit(
                empty / "data",
                releases_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
                reach_seconds_max=0.3,
            )
        assert time.monotonic() - started < 3


def test_out_of_reach_it_is_built_with_go(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a Go that records what it is asked; the real one is exercised wherever tests need a server."""
    go = empty / "go"
    go.write_text(
        f'#!/bin/sh\necho "$@ cgo=$CGO_ENABLED" > "{empty}/asked"\n'
        f"printf '#!/bin/sh\\necho livekit-server version {VERSION}\\n' > \"$GOBIN/server\"\n"
        '/bin/chmod 755 "$GOBIN/server"\n'
    )
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{empty}:/bin")
    said: list[str] = []
    got = install_livekit(empty / "data", releases_url=UNREACHABLE, tell=said.append)
    asked = (empty / "asked").read_text().strip()
    assert asked == f"install github.com/livekit/livekit-server/cmd/server@v{VERSION} cgo=0"
    assert (got.source, got.path.name, len(said)) == ("go", "livekit-server", 2)
    assert list(got.path.parent.iterdir()) == [got.path]


def test_a_failing_build_shows_what_go_said(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = empty / "go"
    go.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{empty}:/bin")
    with pytest.raises(LiveKitNotInstalled) as refused:
        install_livekit(empty / "data", releases_url=UNREACHABLE)
    assert "no such module" in str(refused.value.details)


def test_the_command_line_tells_scripts_too(empty: Path, releases: Releases) -> None:
    data = ["--data", str(empty / "data"), "--json"]
    missing = CliRunner().invoke(app, ["status", *data])
    assert (missing.exit_code, json.loads(missing.stdout)) == (1, {"installed": False, "servers": {}})
    releases.publish(program_that_marks(empty / "ran"))
    got = CliRunner().invoke(app, ["install", *data, "--releases-url", releases.url])
    assert got.exit_code == 0
    assert json.loads(got.stdout)["source"] == "release"
    there = json.loads(CliRunner().invoke(app, ["status", *data]).stdout)
    assert (there["installed"], there["version"]) == (True, VERSION)


def test_the_command_line_fails_with_words(empty: Path, releases: Releases) -> None:
    releases.publish(program_that_marks(empty / "ran"), checksum="b" * 64)
    refused = CliRunner().invoke(app, ["install", "--data", str(empty / "d"), "--json", "--releases-url", releases.url])
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["code"] == "checksum_mismatch"
