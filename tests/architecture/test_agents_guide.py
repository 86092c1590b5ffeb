"""`AGENTS.md` and `/llms.txt` tell the truth: their commands and operations are there, and every document is listed."""

from __future__ import annotations

import re
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sahne.cli.app import COMMANDS
from sahne.errors import NotFound
from sahne.gateway.documents import LIST, Documents, folder_of_documents
from sahne.gateway.functions.table import OPERATIONS

ROOT = Path(__file__).parents[2]
AGENTS = (ROOT / "AGENTS.md").read_text("utf-8")
URL = "https://api.example.com"
PACKED = import_module("hatch_build").DOCUMENTS


def test_the_commands_of_agents_md_are_there() -> None:
    named = re.findall(r"^sahne (\w+)", AGENTS, re.MULTILINE)
    assert named
    assert set(named) <= set(COMMANDS)


def test_the_operations_of_agents_md_are_there() -> None:
    named = set(re.findall(r"`((?:GET|POST|PATCH|DELETE) [a-z][\w/{}-]*)`", AGENTS))
    assert len(named) > 8
    assert named <= {f"{each.method} {each.path}" for each in OPERATIONS}


@pytest.mark.anyio
async def test_llms_txt_lists_the_documents_by_addresses_that_answer() -> None:
    listed = await answer(LIST)
    paths = re.findall(rf"\]\({re.escape(URL)}(/docs/[^)]+)\)", listed)
    guides = {f"/docs/guides/{path.name}" for path in (ROOT / "docs" / "guides").glob("*.md")}
    assert guides <= set(paths)
    for path in paths:
        assert (await answer(path)).startswith("# ")


@pytest.mark.anyio
async def test_llms_txt_of_a_package_lists_what_is_packed_alone(tmp_path: Path) -> None:
    for name in PACKED:
        path = ROOT / "docs" / name
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, tmp_path / name)
    listed = await answer(LIST, tmp_path)
    assert "/docs/guides/agents.md" in listed
    assert "/docs/reference/" not in listed


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path", ["/docs/guides/../../pyproject.toml", "/docs/guides/nowhere.md", "/docs/images/gift.webp"]
)
async def test_nothing_else_is_shown(path: str) -> None:
    with pytest.raises(NotFound):
        await answer(path)


async def answer(path: str, folder: Path | None = None) -> str:
    """The body."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await Documents(folder or folder_of_documents(), URL)({"method": "GET", "path": path}, None, send)  # type: ignore[arg-type]
    return bytes(sent[1]["body"]).decode()
