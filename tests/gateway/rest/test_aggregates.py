"""Sums and counts, where they are switched on: grouped by the other columns, inside embeds, through what is spread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Running
from tests.films import ADA, caller, serving_films
from tests.world import token


@pytest.fixture(scope="module")
def films(films_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server over this module's films that adds up."""
    with serving_films(films_url, tmp_path_factory.mktemp("data"), rest_aggregates=True) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/films?select=count()", [{"count": 5}]),
        ("/films?select=count()&year=gt.1962", [{"count": 2}]),
        ("/films?select=count()&year=gt.3000", [{"count": 0}]),
        ("/films?select=how_many:count()::text", [{"how_many": "5"}]),
        ("/films?select=year.sum(),oldest:year.min()::text", [{"sum": 7862, "oldest": "1952"}]),
        ("/films?select=rating.avg()::int,year.count()", [{"avg": 8, "count": 4}]),
        ("/films?select=facts->>minutes::int.max()", [{"max": 143}]),
        (
            "/films?select=genre,count()&order=genre",
            [{"genre": "drama", "count": 3}, {"genre": "noir", "count": 1}, {"genre": None, "count": 1}],
        ),
        ("/films?select=genre,count()&order=genre.desc&limit=1&offset=1", [{"genre": "noir", "count": 1}]),
        ("/stock?select=*,count()&sku=eq.lamp", [{"sku": "lamp", "amount": 3, "place": "attic", "count": 1}]),
        ("/rpc/pairs?n=4&select=square.sum()", [{"sum": 30}]),
    ],
)
def test_rows_are_added_up_in_groups_of_the_other_columns(anon: httpx.Client, path: str, rows: list[Any]) -> None:
    answer = anon.get(path)
    assert answer.json() == rows


def test_an_embed_adds_up_its_own_rows(anon: httpx.Client) -> None:
    directors = anon.get("/directors?select=name,films!director_id(count(),year.max())&order=id").json()
    assert [each["films"] for each in directors] == [
        [{"count": 2, "max": 1985}], [{"count": 2, "max": 1963}], [{"count": 0, "max": None}],
    ]  # fmt: skip


def test_what_is_embedded_is_a_group_too(anon: httpx.Client) -> None:
    rows = anon.get("/films?select=directors!director_id(name),rating.max()&director_id=not.is.null").json()
    assert {row["directors"]["name"]: row["max"] for row in rows} == {"Agnès Varda": 7.9, "Akira Kurosawa": 8.4}


def test_what_is_spread_is_its_parents_to_add_up(anon: httpx.Client) -> None:
    rows = anon.get("/films?select=released,...directors!director_id(born.max())&order=released").json()
    assert rows == [
        {"released": False, "max": "1910-03-23"}, {"released": True, "max": "1928-05-30"},
        {"released": None, "max": None},
    ]  # fmt: skip
    assert anon.get("/films?select=...directors!director_id(count())").json() == [{"count": 4}]
    named = anon.get("/films?select=...directors!director_id(name),count()&director_id=not.is.null").json()
    assert {row["name"]: row["count"] for row in named} == {"Agnès Varda": 2, "Akira Kurosawa": 2}
    many = anon.get("/directors?select=name,...films!director_id(count())")
    assert (many.status_code, many.json()["code"]) == (400, "PGRST127")


def test_only_rows_that_one_may_see_are_counted(anon: httpx.Client) -> None:
    assert anon.get("/notes?select=count()").status_code == 401


def test_a_policy_binds_what_is_counted(films: Running) -> None:
    with caller(films, token(ADA)) as ada, caller(films, token(role="service_role")) as service:
        assert ada.get("/notes?select=count()").json() == [{"count": 1}]
        assert ada.get("/notes?select=secret.max()").json()["code"] == "42501"
        assert service.get("/notes?select=count()").json() == [{"count": 2}]


def test_a_write_adds_up_what_it_wrote(ada: httpx.Client) -> None:
    back = {"prefer": "return=representation"}
    change = ada.patch("/stock?sku=in.(lamp,chair)&select=amount.sum()", json={"amount": 4}, headers=back)
    assert change.json() == [{"sum": 8}]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/films?select=year.median()", "PGRST100"), ("/films?select=year.max", "PGRST100"),
        ("/films?select=nothing.max()", "42703"), ("/films?select=genre,count()&order=year", "42803"),
        ("/films?select=tags.sum()", "42883"), ("/films?select=year.max()::nothing", "PGRST100"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_up_is_refused(anon: httpx.Client, path: str, code: str) -> None:
    answer = anon.get(path)
    assert (400 <= answer.status_code < 500, answer.json()["code"]) == (True, code)
