"""A scene's template becomes a prompt."""

from __future__ import annotations

import pytest

from sahne.studio.prompts import PROMPT_CHARACTERS_MAX, render_prompt

SEED_EXAMPLE = "A professional {gender} portrait with studio lighting, highly detailed, 8k resolution"


@pytest.mark.parametrize(("gender", "word"), [("male", "man"), ("female", "woman"), (None, "person"), ("x", "person")])
def test_a_gender_becomes_a_word_and_none_is_a_person(gender: str | None, word: str) -> None:
    prompt = render_prompt(SEED_EXAMPLE, gender=gender, style=(), category="portrait")
    assert prompt == f"A professional {word} portrait with studio lighting, highly detailed, 8k resolution"


def test_keywords_fill_the_style_and_no_style_leaves_no_gap() -> None:
    template = "A {gender}, {style}, outdoors"
    assert render_prompt(template, gender=None, style=("soft", "warm"), category="") == "A person, soft, warm, outdoors"
    assert render_prompt(template, gender=None, style=(), category="") == "A person, outdoors"


def test_a_value_is_never_read_as_a_template_and_the_prompt_has_an_end() -> None:
    assert render_prompt("{style}", gender=None, style=("{gender}",), category="") == "{gender}"
    assert len(render_prompt("x" * 20_000, gender=None, style=(), category="")) == PROMPT_CHARACTERS_MAX
