"""What pydantic finds wrong is told in our words, whatever model it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

import pytest
from pydantic import BaseModel, ValidationError

from sahne.gateway.functions.table import OPERATIONS
from sahne.gateway.realtime.broadcasts import Messages
from sahne.wrong_values import in_our_words, no_longer_than, one_of

PYDANTICS = ("Input should", "String should", "List should", "Field required", "Extra inputs", "Value error", "Invalid")
WRONG = [None, True, 7, -1, 2**40, 2**70, 0.5, "", "x", "x" * 6_000, "tomorrow", "2031-05-01T18:00:00", [], [1], {}]
MODELS: set[type[BaseModel]] = {
    model for each in OPERATIONS for model in (each.body, each.query) if model is not None
} | {Messages}


def faults(model: type[BaseModel], given: object) -> Iterator[str]:
    try:
        model.model_validate(given)
    except ValidationError as error:
        yield from map(in_our_words, error.errors(include_url=False, include_input=False))


@pytest.mark.parametrize("model", sorted(MODELS, key=attrgetter("__name__")), ids=lambda each: each.__name__)
def test_whatever_is_wrong_with_a_body_or_a_query_is_told_in_our_words(model: type[BaseModel]) -> None:
    bodies = [*WRONG, *({name: value} for name in [*model.model_fields, "unknown"] for value in WRONG)]
    told = {words for body in bodies for words in faults(model, body)}
    assert [words for words in told if words.startswith(PYDANTICS)] == []
    assert told >= {"must be an object of JSON"}


def test_a_sentence_of_our_own_stands_as_it_is_and_a_kind_that_is_not_known_keeps_its_words() -> None:
    own = {"type": "value_error", "msg": "Value error, an id has four dashes", "ctx": {"error": ValueError("an id")}}
    assert in_our_words(own) == "an id"
    assert in_our_words({"type": "url_scheme", "msg": "URL scheme should be 'https'"}) == "URL scheme should be 'https'"


def test_counts_and_choices_read_as_people_say_them() -> None:
    assert in_our_words({"type": "string_too_short", "msg": "", "ctx": {"min_length": 1}}) == "must not be empty"
    assert no_longer_than(20) == "must have at most 20 characters"
    assert (one_of(["own"]), one_of(["a", "b", "c"])) == ("must be own", "must be a, b or c")
