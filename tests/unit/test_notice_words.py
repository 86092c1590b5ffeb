"""Whatever people can be told of has words: on a locked phone and in letters, in the page's list, and where webhooks are chosen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sahne
from sahne.mail.words import Language
from sahne.notices.words import TEXTS
from tests.absent import absent

PACKAGE = Path(sahne.__file__).parent
KIND = re.compile(r"^    \('([a-z_]+)',", re.MULTILINE)
CODES = KIND.findall((PACKAGE / "database" / "functions" / "notices" / "kinds.sql").read_text())
DEVICES_ALONE = {"call_rings"}


@pytest.fixture(scope="module")
def page() -> Path:
    source = PACKAGE.parent / "web" / "src"
    if not source.exists():
        absent("the page's source", "run this in a checkout")
    return source


@pytest.mark.parametrize("language", ["en", "tr"])
def test_a_push_and_a_letter_have_them_in_each_language(language: Language) -> None:
    assert len(CODES) > 30
    assert set(CODES) == set(TEXTS[language])


def test_the_pages_list_has_them_in_both(page: Path) -> None:
    words = (page / "words" / "notices.ts").read_text()
    assert [code for code in CODES if words.count(f"  {code}: ") != 2 and code not in DEVICES_ALONE] == []


def test_webhooks_are_chosen_among_all_of_them(page: Path) -> None:
    offered = (page / "screens" / "admin" / "webhooks" / "codes.ts").read_text()
    assert re.findall(r'^  "([a-z_]+)",$', offered, re.MULTILINE) == CODES
