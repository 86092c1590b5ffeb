"""Getting a livekit-server: on the PATH, kept from before, the official release, or built from source by Go.

The release is run only when its archive has the published checksum. When it cannot be reached we go on to Go
at once. What is got is kept in a folder of the user's, so that the next checkout finds it.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import shutil
import subprocess
import tarfile
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sahne.errors import SetupError
from sahne.files import RUNNABLE, write_whole

VERSION = "1.13.5"
RELEASES_URL = "https://github.com/livekit/livekit/releases/download"
GO_PACKAGE = "github.com/livekit/livekit-server/cmd/server"
PROGRAM = "livekit-server.exe" if os.name == "nt" else "livekit-server"

REACH_SECONDS_MAX = 5.0
SILENCE_SECONDS_MAX = 4.0
ARCHIVE_BYTES_MAX = 200 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
TELL_BYTES = 2 * 1024 * 1024  # a line each: some ten of them, on a screen and in a log
BUILD_SECONDS_MAX = 900
VERSION_SECONDS_MAX = 10

Source = Literal["path", "kept", "release", "go"]
Tell = Callable[[str], None]


class LiveKitNotInstalled(SetupError):
    """No livekit-server could be got."""

    code = "livekit_not_installed"


class ChecksumMismatch(SetupError):
    """The downloaded livekit-server is not the published one; it was thrown away."""

    code = "checksum_mismatch"


class ReleaseUnreachable(SetupError):
    """The release of livekit-server cannot be had here."""

    code = "release_unreachable"


@dataclass(frozen=True, slots=True)
class LiveKitProgram:
    """A livekit-server that answered `--version`. `source` says how we came by it."""

    path: Path
    version: str
    source: Source


def keep_folder() -> Path:
    """Where programs we got are kept: `$XDG_CACHE_HOME/sahne/bin`, else `~/.cache/sahne/bin`."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "sahne" / "bin"


def find_livekit(data: Path, keep: Path | None = None) -> LiveKitProgram | None:
    """The one that is there: on the PATH, in `<data>/bin`, or kept from before; nothing is fetched."""
    if on_path := shutil.which(PROGRAM):
        return _program_at(Path(on_path), "path")
    for folder in (data / "bin", keep or keep_folder()):
        if (program := _program_at(folder / PROGRAM, "kept")) is not None:
            return program
    return None


def install_livekit(
    data: Path,
    *,
    version: str | None = None,
    keep: Path | None = None,
    releases_url: str = RELEASES_URL,
    reach_seconds_max: float = REACH_SECONDS_MAX,
    tell: Tell = lambda _: None,
) -> LiveKitProgram:
    """The livekit-server that is there, or else got; another `version` takes the place of one that was kept.

    `tell` hears each step in a sentence, and how much has come. What does not answer within `reach_seconds_max` is out
    of reach.

    Raises:
        ChecksumMismatch: the archive is not the published one; nothing of it was run or kept.
        LiveKitNotInstalled: there is none, the release is out of reach and Go is missing or failed; or one of another
            version stands on the PATH.
    """
    there = find_livekit(data, keep)
    if there and version in (None, there.version):
        return there
    if there and there.source == "path":
        raise LiveKitNotInstalled(
            f"livekit-server {there.version} is on the PATH, and would be found first.",
            hint=f"Take {there.path} away, or put {version} there yourself.",
        )
    wanted = version or VERSION
    folder = there.path.parent if there else keep or keep_folder()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        tell(f"Fetching livekit-server {wanted}, once")
        path, source = _fetch_release(folder, wanted, releases_url, reach_seconds_max, tell), "release"
    except ReleaseUnreachable as unreachable:
        if wanted != VERSION:
            raise LiveKitNotInstalled(
                details=f"the release {wanted}: {unreachable.details}",
                hint=f"Only {VERSION} can be built with Go: later ones need forks that `go install` does not take.",
            ) from unreachable
        tell(f"The release is out of reach ({unreachable.details}); building it with Go, some minutes, once")
        path, source = _build(folder, str(unreachable.details)), "go"
    installed = _program_at(path, "release" if source == "release" else "go")
    if installed is None:
        raise LiveKitNotInstalled(
            details=f"{path} does not run on this machine",
            hint="Install livekit-server (docs.livekit.io) yourself and put it on the PATH.",
        )
    return installed


def archive_name(version: str = VERSION) -> str | None:
    """A release's archive for this machine, None where there is none (macOS: Homebrew has it)."""
    system = {"Linux": "linux", "Windows": "windows"}.get(platform.system())
    machine = {
        "x86_64": "amd64",
        "AMD64": "amd64",
        "aarch64": "arm64",
        "arm64": "arm64",
        "armv7l": "armv7",
    }.get(platform.machine())
    if not system or not machine:
        return None
    return f"livekit_{version}_{system}_{machine}.{'zip' if system == 'windows' else 'tar.gz'}"


def _fetch_release(folder: Path, version: str, releases_url: str, reach_seconds_max: float, tell: Tell) -> Path:
    name = archive_name(version)
    if name is None:
        raise ReleaseUnreachable(details=f"there is none for {platform.system()} on {platform.machine()}")
    base = f"{releases_url}/v{version}"
    published = _checksums(_fetch_within(reach_seconds_max, f"{base}/checksums.txt"))
    if name not in published:
        raise ReleaseUnreachable(details=f"{name} is not among the published archives")
    archive = _fetch(f"{base}/{name}", lambda came: tell(f"Fetching livekit-server {version}, once: {came}"))
    if (digest := hashlib.sha256(archive).hexdigest()) != published[name]:
        raise ChecksumMismatch(
            details=f"{name} has SHA-256 {digest}, published is {published[name]}",
            hint="Try again; if it stays so, install livekit-server yourself and put it on the PATH.",
        )
    return _place(folder, _program_in(name, archive))


def _fetch_within(seconds_max: float, url: str) -> bytes:
    """As `_fetch`, but given up after `seconds_max` whatever hangs (names, proxies, handshakes)."""
    outcome: list[bytes | ReleaseUnreachable] = []

    def fetch() -> None:
        try:
            outcome.append(_fetch(url))
        except ReleaseUnreachable as unreachable:
            outcome.append(unreachable)

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(seconds_max)
    if not outcome:
        raise ReleaseUnreachable(details=f"no answer within {seconds_max:g} s")
    if isinstance(outcome[0], ReleaseUnreachable):
        raise outcome[0]
    return outcome[0]


def _fetch(url: str, tell: Tell = lambda _: None) -> bytes:
    """The whole body; `tell` hears how much of it has come, so many MiB at a time."""
    body = bytearray()
    try:
        with urllib.request.urlopen(url, timeout=SILENCE_SECONDS_MAX) as answer:  # noqa: S310
            size = int(answer.headers.get("content-length") or 0)
            while len(body) <= ARCHIVE_BYTES_MAX and (chunk := answer.read(CHUNK_BYTES)):
                body += chunk
                if len(body) % TELL_BYTES < len(chunk):
                    tell(_came(len(body), size))
    except (OSError, urllib.error.URLError, ValueError) as error:
        raise ReleaseUnreachable(details=str(getattr(error, "reason", error))) from error
    if len(body) > ARCHIVE_BYTES_MAX:
        raise ReleaseUnreachable(details=f"{url} is larger than {ARCHIVE_BYTES_MAX} bytes")
    return bytes(body)


def _came(number: int, size: int) -> str:
    return f"{number / 2**20:.0f} of {size / 2**20:.0f} MiB" if size else f"{number / 2**20:.0f} MiB"


def _checksums(text: bytes) -> dict[str, str]:
    """`<sha256>  <name>` lines."""
    pairs = (line.split() for line in text.decode("utf-8", "replace").splitlines())
    return {pair[1].lstrip("*"): pair[0].lower() for pair in pairs if len(pair) == 2}


def _program_in(name: str, archive: bytes) -> bytes:
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(archive)) as opened:
                return opened.read(PROGRAM)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            member = tar.extractfile(PROGRAM)
            if member is None:
                raise KeyError(PROGRAM)
            return member.read()
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ReleaseUnreachable(details=f"{name} holds no {PROGRAM}") from error


def _build(folder: Path, unreachable: str) -> Path:
    go = shutil.which("go")
    if go is None:
        raise LiveKitNotInstalled(
            details=f"the release: {unreachable}; Go: not installed",
            hint="Install livekit-server (docs.livekit.io) or Go, then run `sahne livekit install`.",
        )
    workshop = folder / ".go"
    workshop.mkdir(exist_ok=True)
    try:
        build = subprocess.run(
            [go, "install", f"{GO_PACKAGE}@v{VERSION}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS_MAX,
            cwd=workshop,
            env=os.environ | {"CGO_ENABLED": "0", "GOBIN": str(workshop.absolute()), "GOFLAGS": "-trimpath"},
        )
        program = workshop / ("server.exe" if os.name == "nt" else "server")
        if build.returncode or not program.exists():
            raise LiveKitNotInstalled(
                details=f"the release: {unreachable}; Go: {build.stderr.strip()[-500:]}",
                hint="Install livekit-server (docs.livekit.io) yourself and put it on the PATH.",
            )
        program.replace(folder / PROGRAM)
    except subprocess.TimeoutExpired as timeout:
        raise LiveKitNotInstalled(
            details=f"Go did not finish in {BUILD_SECONDS_MAX} s",
            hint="Try again (what it had got is kept), or install livekit-server (docs.livekit.io) yourself.",
        ) from timeout
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return folder / PROGRAM


def _place(folder: Path, program: bytes) -> Path:
    write_whole(folder / PROGRAM, program, mode=RUNNABLE)
    return folder / PROGRAM


def _program_at(path: Path, source: Source) -> LiveKitProgram | None:
    """What the program says of itself, None when it is not there or does not run here."""
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=VERSION_SECONDS_MAX, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return LiveKitProgram(path, answer.split()[-1] if answer.split() else "", source)
