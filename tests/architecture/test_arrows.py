"""The arrows of the house point down and never across (ARCHITECTURE.md); imports inside functions count too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sahne"

# Higher floors may use lower ones; rooms of one floor do not know each other.
FLOORS: list[set[str]] = [
    {"__main__"},
    {"cli"},
    {"up"},
    {"server", "worker", "doctor"},
    {"homes", "doors"},
    {"gateway", "operations"},
    {"analytics"},
    {"live", "studio", "store", "webhooks"},
    {"coins"},
    {"accounts", "notices"},
    {"jobs", "objects", "changes", "mail"},
    {"database", "providers", "bus"},
    {"settings", "loops"},
    {
        "variables",
        "setting_rules",
        "sign_in_rules",
        "signing_keys",
        "hook_settings",
        "passkey_settings",
        "project_rules",
    },
    {"errors", "telemetry", "files", "backoff", "lasting", "remembered", "pictures", "repeats", "counted", "ports"}
    | {
        "wrong_values",
        "live_servers",
        "interrupts",
        "image_providers",
        "object_stores",
        "digital_sources",
        "avif",
        "push_rules",
        "standard_webhooks",
        "sign_in_providers",
        "sealing",
        "public_addresses",
        "bus_rules",
        "tracing",
        "watching_rules",
    },
]
HEIGHT = {room: len(FLOORS) - floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# The doors know only the frame they share, never each other.
GATEWAY_FRAME = {path.stem for path in (PACKAGE / "gateway").glob("*.py")}
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "web" not in path.relative_to(PACKAGE).parts)


def imported_by(path: Path) -> set[str]:
    """Every `sahne.…` module a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name == "sahne" or name.startswith("sahne.")}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_its_own_room_and_the_floors_below(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        assert imported_by(path) == set()
        return
    for name in imported_by(path):
        other = name.split(".")[1] if "." in name else ""
        if other in HEIGHT and other != room:
            assert HEIGHT[room] > HEIGHT[other], f"{room} may not know {other} ({name})"


@pytest.mark.parametrize(
    "path", [p for p in FILES if room_of(p) == "gateway"], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_a_door_does_not_know_another_door(path: Path) -> None:
    parts = path.relative_to(PACKAGE / "gateway").parts
    own = parts[0] if len(parts) > 1 else None
    for name in imported_by(path):
        split = name.split(".")
        if len(split) > 2 and split[1] == "gateway" and split[2] not in GATEWAY_FRAME:
            assert split[2] == own, f"{path.name} may not know the door {split[2]}"


def test_every_room_stands_on_a_floor() -> None:
    rooms = {room_of(path) for path in FILES} - {"__init__"}
    assert rooms <= HEIGHT.keys(), f"rooms without a floor: {rooms - HEIGHT.keys()}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path} begins without a sentence"


def test_sql_lives_in_sql_files() -> None:
    """Composed SQL belongs to the compiler of the Data API; named queries to `.sql` files."""
    for path in FILES:
        if path.is_relative_to(PACKAGE / "gateway" / "rest") or path.is_relative_to(PACKAGE / "database"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                start = node.value.lstrip().lower()
                lined = "\n" in node.value.strip()
                assert not (lined and start.startswith(("select ", "insert into ", "update ", "delete from "))), path
