"""The documents tell the truth: files, links, commands and settings that they name are there, and none is left out."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from typer.core import TyperCommand

from sahne.cli.app import COMMANDS, load_command
from sahne.settings import Settings, variable_of
from sahne.settings.file import WHICH
from sahne.settings.reading import SECRET_FILES
from sahne.variables import Characters, Kind, Within, kinds_of

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sahne"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PRODUCTION = ROOT / "docs" / "guides" / "production.md"

A_FILE = re.compile(r"`([a-z_]+(?:/[a-z_0-9]+)+(?:\.py|\.sql)?)`")
# The same, and folders, and files of the package itself
A_PLACE = re.compile(r"`([a-z_]+(?:/[a-z_0-9]+)*(?:/|\.py))`")
A_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
A_COMMAND = re.compile(r"^sahne ([a-z]+)", re.MULTILINE)
A_SETTING = re.compile(r"\bSAHNE_[A-Z0-9_]+\b|\bDATABASE_URL\b")
A_ROW = re.compile(r"^\| `(SAHNE_[A-Z0-9_]+|DATABASE_URL)` \| (.*?) \|", re.MULTILINE)
A_BOUND = re.compile(r"^\| `(SAHNE_[A-Z0-9_]+|DATABASE_URL)` \| .*? \| (.*?) \|", re.MULTILINE)
# Read by the tests, not by the product; and what names files of settings
OTHER_VARIABLES = {"SAHNE_TEST_DATABASE_URL", WHICH, *SECRET_FILES}
OF_A_LAPTOP = {"jwt_secret", "anon_key", "service_role_key", "publishable_key", "secret_key"}


def test_the_code_map_names_files_that_are_there() -> None:
    named = A_FILE.findall((ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    assert named
    assert [name for name in named if not ((PACKAGE / name).exists() or (ROOT / name).exists())] == []


def test_the_glossary_names_places_that_are_there() -> None:
    named = A_PLACE.findall((ROOT / "docs" / "reference" / "glossary.md").read_text("utf-8"))
    assert len(named) > 50
    assert [name for name in named if not ((PACKAGE / name).exists() or (ROOT / name).exists())] == []


def test_the_code_map_names_every_room() -> None:
    house = (ROOT / "ARCHITECTURE.md").read_text("utf-8").split("```")[1]
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {room for room in rooms if not re.search(rf"\b{room}\b", house)} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_leads_somewhere(path: Path) -> None:
    links = A_LINK.findall(path.read_text("utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_document_is_reached_from_its_index() -> None:
    for index in (ROOT / "docs" / "README.md", ROOT / "docs" / "decisions" / "README.md"):
        linked = {(index.parent / link).resolve() for link in A_LINK.findall(index.read_text("utf-8"))}
        below = index.parent.glob("*.md") if index.parent.name == "decisions" else (ROOT / "docs").glob("[gr]*/*.md")
        assert {path.resolve() for path in below} - {index.resolve()} - linked == set()


def test_the_readme_names_every_command_and_no_other() -> None:
    named = set(A_COMMAND.findall((ROOT / "README.md").read_text("utf-8")))
    assert named == set(COMMANDS)


def test_each_command_of_the_guide_for_the_night_is_there_with_its_options() -> None:
    named = re.findall(
        r"(?:^|`)sahne ([a-z][^`#\n…]*)", (ROOT / "docs/guides/on-call.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(named) > 10
    for words in named:
        first, *others = words.split()
        command: Any = load_command(first)
        for word in others:
            if word.startswith("-"):
                assert any(word in param.opts for param in command.params), words
            elif word in getattr(command, "commands", {}):
                command = command.commands[word]
            else:
                assert not hasattr(command, "commands"), words


def test_the_readme_names_every_option_of_up_and_no_other() -> None:
    (line,) = re.findall(r"^sahne up (.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    up = load_command("up")
    assert isinstance(up, TyperCommand)
    options = [{*param.opts, *param.secondary_opts} - {"--help"} for param in up.params]
    named = set(re.findall(r"--[a-z-]+", line))
    assert named <= set().union(*options)
    assert [option for option in options if option and not option & named] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_variable_that_is_named_is_a_setting(path: Path) -> None:
    known = {variable_of(field.name) for field in fields(Settings)} | OTHER_VARIABLES
    assert set(A_SETTING.findall(path.read_text("utf-8"))) - known == set()


def bounds_of(kind: Kind) -> str:
    """As the guide writes them: `1 to 100`, `at least 1`; `–` where there are none."""
    if get_origin(kind.what) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(kind.what))
    for rule in kind.rules:
        match rule:
            case Within(at_least, None):
                return f"at least {at_least}"
            case Within(at_least, at_most):
                return f"{at_least} to {at_most}"
            case Characters(at_least):
                return f"{at_least} characters or more"
    return "–"


def test_the_guide_to_production_lists_every_setting_with_its_bounds() -> None:
    wanted = {variable_of(name): bounds_of(kind) for name, kind in kinds_of(Settings).items()}
    assert dict(A_BOUND.findall(PRODUCTION.read_text("utf-8"))) == wanted


def test_the_guide_to_production_lists_every_setting_with_its_default() -> None:
    wanted = {}
    for field in fields(Settings):
        shown = "–" if field.default is None else f"`{field.default}`"
        wanted[variable_of(field.name)] = "a laptop's" if field.name in OF_A_LAPTOP else shown
    assert dict(A_ROW.findall(PRODUCTION.read_text("utf-8"))) == wanted
