"""What a browser loads before the first screen stands, as the build made it and as it is sent: compressed."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

import sahne
from tests.absent import absent

PAGE = Path(sahne.__file__).parent / "web"
FIRST_SCREEN_BYTES_MAX = 130_000
LINKED = re.compile(r'(?:src|href)="/([^"]+)"')
ASIDE = (".png", ".webmanifest")  # asked for by the system, when somebody keeps the page


@pytest.fixture(scope="module")
def shell() -> str:
    if not (PAGE / "index.html").exists():
        absent("the built page", "`make install` builds it")
    return (PAGE / "index.html").read_text()


def sent_bytes(path: Path) -> int:
    compressed = path.with_name(f"{path.name}.br")
    return (compressed if compressed.exists() else path).stat().st_size


def words() -> list[str]:
    """A language each, of which one is fetched."""
    found = [f"assets/{path.name}" for path in (PAGE / "assets").glob("*.js") if re.match("english|turkish", path.name)]
    assert len(found) == 2
    return found


def test_the_first_screen_weighs_no_more_than_its_budget(shell: str) -> None:
    named = ["index.html", *(name for name in LINKED.findall(shell) if not name.endswith(ASIDE))]
    named.append(max(words(), key=lambda name: sent_bytes(PAGE / name)))
    weights = {name: sent_bytes(PAGE / name) for name in named}
    assert sum(weights.values()) <= FIRST_SCREEN_BYTES_MAX, weights


def test_the_way_into_rooms_and_the_studio_come_later(shell: str) -> None:
    later = {
        path.name for path in (PAGE / "assets").iterdir() if re.match(r"(livekit|studio|session|me|go-live)", path.name)
    }
    assert any(name.startswith("livekit") for name in later)
    assert not [name for name in LINKED.findall(shell) if Path(name).name in later]


def test_the_shell_shows_something_without_its_script_and_holds_none(shell: str) -> None:
    assert 'class="shell"' in shell
    assert "<noscript>" in shell
    assert re.findall(r"<script(?![^>]* src=)", shell) == []
    assert "<style" not in shell
    assert " style=" not in shell


def test_nothing_of_a_users_becomes_markup() -> None:
    source = PAGE.parents[1] / "web" / "src"
    if not source.exists():
        absent("the page's source", "run this in a checkout")
    makers = re.compile(r"innerHTML|insertAdjacentHTML|document\.write")
    assert [str(path) for path in source.rglob("*.ts*") if makers.search(path.read_text())] == []


def test_who_keeps_the_page_on_a_phone_gets_a_name_and_pictures() -> None:
    manifest = orjson.loads((PAGE / "sahne.webmanifest").read_bytes())
    assert (manifest["name"], manifest["display"], manifest["start_url"]) == ("Sahne", "standalone", "/")
    assert all((PAGE / icon["src"].removeprefix("/")).exists() for icon in manifest["icons"])
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
