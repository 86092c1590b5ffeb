"""The page of a link: whatever a collection is called, the page says it and does nothing else."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahne.gateway.shared.page import POLICY, bounded, nothing_page, page_of, words_for
from sahne.objects.names import Place
from sahne.studio.sharing import Shown, ShownPicture

URL = "https://sahne.example/s/token"


class Read(HTMLParser):
    """Tags, and what stands in the heading."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.heading = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["h1"]:
            self.heading += data


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80), st.integers(0, 3))
def test_a_name_is_shown_and_runs_nothing(name: str, count: int) -> None:
    pictures = tuple(ShownPicture(Place("images", f"a/{number}"), "1024x768") for number in range(count))
    page = Read(page_of(Shown(name, pictures), URL, words_for("")))
    assert page.heading.removesuffix("\n") == name
    assert page.tags.count("img") == count
    assert not {"script", "iframe", "form", "a"} & set(page.tags)


@pytest.mark.parametrize(
    ("size", "shown"),
    [("1024x768", (768, 576)), ("720x1280", (432, 768)), ("512x512", (512, 512)), ("8x8", (8, 8)),
     (None, None), ("0x9", None), ("large", None), ("-1x5", None), ("9999x1", (768, 1))],
)  # fmt: skip
def test_a_size_is_told_as_it_is_shown(size: str | None, shown: tuple[int, int] | None) -> None:
    assert bounded(size) == shown


def test_a_preview_names_the_first_picture_and_its_size() -> None:
    shown = Shown(None, (ShownPicture(Place("images", "a/b"), "1024x768"), ShownPicture(Place("images", "a/c"), None)))
    told = dict(
        re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page_of(shown, URL, words_for("tr")))
    )
    assert (told["og:image"], told["og:image:width"], told["og:image:height"]) == (f"{URL}/1", "768", "576")
    assert (told["twitter:card"], told["robots"]) == ("summary_large_image", "noindex,nofollow,noarchive")
    assert unescape(told["og:title"]) == "Sahne ile yapılmış bir resim"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("tr", "tr"),
        ("tr-TR,en;q=0.8", "tr"),
        ("en-GB,tr;q=0.8", "en"),
        ("de,tr", "tr"),
        ("*", "en"),
        (";,", "en"),
    ],
)
def test_the_page_speaks_its_readers_language(accepted: str, language: str) -> None:
    assert f'<html lang="{language}">' in nothing_page(words_for(accepted))


def test_the_policy_lets_in_pictures_and_one_style() -> None:
    assert "script" not in POLICY
    assert "unsafe" not in POLICY
