"""A sheet that one screen has fetched stays for all the others: two that dress the same name would dress each other's."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

PAGE = Path(__file__).parents[2] / "web" / "src"
SHEETS = {path: re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL) for path in PAGE.rglob("*.css")}
SCRIPTS = "\n".join(path.read_text("utf-8") for path in PAGE.rglob("*.ts*"))
SHELL = PAGE.parent / "index.html"
SELECTOR = re.compile(r"([^{}]+)\{")
COMMA = re.compile(r",(?![^()]*\))")  # between selectors, not within :is(…)
COUNTED = re.compile(r"\w+-\d|of-\w+")  # made of a word and what a value says


def selectors(sheet: str) -> list[str]:
    return [one.strip() for many in SELECTOR.findall(sheet) for one in COMMA.split(many)]


def test_a_name_is_dressed_by_one_sheet() -> None:
    dressers = defaultdict(set)
    for path, sheet in SHEETS.items():
        for selector in selectors(sheet):
            if re.fullmatch(r"\.[\w-]+", selector):
                dressers[selector].add(str(path.relative_to(PAGE)))
    assert {name: sheets for name, sheets in dressers.items() if len(sheets) > 1} == {}


def test_what_one_screen_dresses_is_worn_on_no_other() -> None:
    """But for discover's, which is fetched before all others: its cards are shown elsewhere too."""
    rooms = {path: path.relative_to(PAGE).parts[:2] for path in SHEETS}
    led, worn = defaultdict(set), defaultdict(set)
    for path, sheet in SHEETS.items():
        for selector in selectors(sheet):
            for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector):
                worn[name].add(rooms[path])
            if leading := re.match(r"[a-z]*\.([\w-]+)", selector):
                led[leading[1]].add(rooms[path])
    shared = {
        name: worn[name]
        for name, owners in led.items()
        if all(owner[0] == "screens" and owner[1] != "discover" for owner in owners) and len(worn[name]) > 1
    }
    assert shared == {}


def test_every_name_that_is_dressed_is_worn() -> None:
    worn = set(re.findall(r"[\w-]+", SCRIPTS + SHELL.read_text("utf-8")))
    idle = {
        f"{path.relative_to(PAGE)}: {name}"
        for path, sheet in SHEETS.items()
        for selector in selectors(sheet)
        for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector)
        if not COUNTED.fullmatch(name) and name not in worn
    }
    assert idle == set()
