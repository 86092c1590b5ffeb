"""The table of operations says what is so: each is there once, and each of its refusals is one that its verb can make."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sahne.coins.subscriptions import VERBS
from sahne.database.sql import load_queries
from sahne.gateway.functions import refusals
from sahne.gateway.functions.door import FunctionsDoor
from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.operation import Operation
from sahne.gateway.functions.refusals import Refusal
from sahne.gateway.functions.table import OPERATIONS
from tests.json_schema import faults

ROOT = Path(__file__).parents[2] / "sahne"
FUNCTION = re.compile(r"create or replace function \w+\.(\w+)\(.*?\$\$(.*?)\$\$", re.DOTALL)
REFUSES = re.compile(r"private\.refuse\((\d+), '(\w+)',\s*(?:case when .*? then )?'((?:[^']|'')+)'", re.DOTALL)
CALLED = re.compile(r"private\.(\w+)\(")
DESCRIPTION = describe(OPERATIONS, "http://localhost")
# Raised by a trigger, which no function names
BY_TRIGGERS = {("in_another_call", 409), ("not_taking_calls", 409), ("insufficient_coins", 402), ("coins_owed", 402)}

by_name = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)


@cache
def bodies() -> dict[str, str]:
    """The text of every function, without its comments, by its name."""
    texts = [re.sub("--.*", "", path.read_text("utf-8")) for path in (ROOT / "database" / "functions").rglob("*.sql")]
    return {name: body for text in texts for name, body in FUNCTION.findall(text)}


@cache
def refusals_of(function: str) -> frozenset[tuple[str, int, str]]:
    """What a function refuses with, and what it calls: code, status, sentence."""
    left, looked_at, found = [function], set(), set()
    while left:
        name = left.pop()
        if name in looked_at or name not in bodies():
            continue
        looked_at.add(name)
        left += CALLED.findall(bodies()[name])
        for status, code, sentence in REFUSES.findall(bodies()[name]):
            found.add((code, int(status), sentence.replace("''", "'")))
    return frozenset(found)


EVERYTHING = {each for name in bodies() for each in refusals_of(name)}


def of_the_database() -> list[Refusal]:
    """Those that are no class's."""
    said = {code for code, _, _ in EVERYTHING}
    return [each for each in vars(refusals).values() if isinstance(each, Refusal) and each.code in said]


def test_an_operation_is_there_once() -> None:
    for what in (lambda each: each.name, lambda each: (each.method, each.path)):
        assert [name for name, times in Counter(map(what, OPERATIONS)).items() if times > 1] == []


@by_name
def test_an_operation_says_what_it_is_for(operation: Operation) -> None:
    assert operation.purpose
    assert inspect.getdoc(operation.answer)
    assert operation.body is None or inspect.getdoc(operation.body)
    assert operation.room in {tag["name"] for tag in DESCRIPTION["tags"] if tag["description"]}


@pytest.mark.parametrize("refusal", of_the_database(), ids=lambda each: f"{each.code}-{each.status}")
def test_a_refusal_of_the_database_is_told_in_its_own_words(refusal: Refusal) -> None:
    assert (refusal.code, refusal.status) in {(code, status) for code, status, _ in EVERYTHING}
    many = {"forbidden", "not_found", "conflict"}
    said = "\n".join(bodies().values()).replace("''", "'")
    assert refusal.code in many or f"'{refusal.sentence.removesuffix('do this.')}" in said


@by_name
def test_what_an_operation_is_refused_with_is_what_its_verb_can_refuse(operation: Operation) -> None:
    asked = verbs_of(operation)
    if not asked:
        return
    can = {(code, status) for verb in asked for code, status, _ in refusals_of(verb)}
    of_database = {(code, status) for code, status, _ in EVERYTHING} - {("forbidden", 403), ("conflict", 409)}
    own = {(each.code, each.status) for each in operation.own_refusals}
    assert (own & of_database) - can - BY_TRIGGERS == set()


def verbs_of(operation: Operation) -> set[str]:
    """The functions of the database that an operation of the stage asks, by the names of its queries."""
    queries = load_queries("sahne.live") | load_queries("sahne.coins")
    words = {word for words in operation.parameters.values() for word in words or ()}
    source = inspect.getsource(operation.verb)
    called = set(
        re.findall(
            r"(?:sessions|gifts|moderation|guests|people|calls|call_prices|tiers|subscriptions)\.(\w+)\(", source
        )
    )
    called |= {"step_call"} if "accept_call" in called else set()
    called |= (
        {"change_subscription", *VERBS.values(), "resume_subscription"} if "step_subscription" in called else set()
    )
    called |= {name for name in queries if any(name.startswith(f"{word}_") for word in words)}
    return {name for query in called & queries.keys() for name in CALLED.findall(queries[query].decode())}


def test_the_description_describes_every_operation() -> None:
    described = [each for methods in DESCRIPTION["paths"].values() for each in methods.values()]
    assert [each["operationId"] for each in described] == [each.name for each in OPERATIONS]
    for each in described:
        assert {"bearer": []} in each["security"]
        assert {int(status) for status in each["responses"]} >= {400, 401, 429, 500, 503, 504}


def test_every_reference_leads_somewhere() -> None:
    named = set(DESCRIPTION["components"]["schemas"])
    led = set(re.findall(r"#/components/schemas/(\w+)", repr(DESCRIPTION)))
    assert led == named


def test_an_example_is_what_its_schema_says() -> None:
    named: dict[str, Any] = DESCRIPTION["components"]["schemas"]
    shown = {name: schema["examples"] for name, schema in named.items() if "examples" in schema}
    assert len(shown) > 10
    for name, examples in shown.items():
        assert [fault for each in examples for fault in faults(each, named[name], named)] == []


def test_the_door_is_a_door_of_its_own() -> None:
    """No framework stands on a request's way: the table is the router."""
    source = inspect.getsource(inspect.getmodule(FunctionsDoor))  # type: ignore[arg-type]
    assert not re.search("fastapi|starlette", source)
