"""Calling functions through the Data API: arguments by name, what comes back, and which function is meant."""

from __future__ import annotations

import httpx
import pytest


def test_a_scalar_comes_back_bare_by_get_and_by_post(ada: httpx.Client) -> None:
    assert ada.post("/rpc/add", json={"a": 1, "b": 2}).text == "3"
    assert ada.get("/rpc/add?a=1").text == "11"
    assert ada.post("/rpc/echo", json={"payload": {"x": [1, "é"]}}).json() == {"x": [1, "é"]}


def test_rows_are_filtered_ordered_counted_and_embedded(ada: httpx.Client) -> None:
    path = "/rpc/films_of?select=title,directors!director_id(name)&rating=gt.7"
    rows = [{"title": "Cléo from 5 to 7", "directors": {"name": "Agnès Varda"}}]
    assert ada.post(path, json={"year": 1962}).json() == rows
    assert ada.get(path + "&year=1962").json() == rows
    assert ada.get("/rpc/pairs?n=4&square=gt.3&order=number.desc&limit=2&select=square").json() == [
        {"square": 16},
        {"square": 9},
    ]
    counted = ada.get("/rpc/pairs?n=3&limit=1", headers={"prefer": "count=exact"})
    assert (counted.status_code, counted.headers["content-range"]) == (206, "0-0/3")
    assert ada.head("/rpc/pairs?n=3", headers={"prefer": "count=exact"}).headers["content-range"] == "0-2/3"
    assert ada.get("/rpc/first_film?select=id").json() == {"id": 1}


def test_variadic_arguments_are_a_list_or_repeated(ada: httpx.Client) -> None:
    assert ada.post("/rpc/sum_all", json={"numbers": [1, 2, 3]}).text == "6"
    assert ada.get("/rpc/sum_all?numbers=1&numbers=2").text == "3"
    assert ada.get("/rpc/sum_all?numbers={4,5}").text == "9"


def test_void_is_204_and_a_read_only_call_cannot_write(ada: httpx.Client) -> None:
    done = ada.post("/rpc/touch", json={"note": "touched"})
    assert (done.status_code, done.content) == (204, b"")
    assert len(ada.get("/stock?sku=eq.touched").json()) == 1
    refused = ada.get("/rpc/touch?note=again")
    assert (refused.status_code, refused.json()["code"]) == (405, "25006")


@pytest.mark.parametrize(
    ("state", "status"),
    [("P0001", 400), ("42501", 403), ("PT418", 418), ("23505", 409), ("P0002", 500), ("28000", 403), ("53300", 503)],
)
def test_a_raised_state_becomes_a_status(ada: httpx.Client, state: str, status: int) -> None:
    raised = ada.post("/rpc/complain", json={"state": state})
    assert raised.status_code == status
    assert raised.json() == {"code": state, "message": "no", "details": "because", "hint": "try"}


def test_a_function_may_set_the_answers_status_and_headers(ada: httpx.Client) -> None:
    tea = ada.post("/rpc/teapot", json={})
    assert (tea.status_code, tea.headers["x-tea"], tea.json()) == (418, "oolong", "short and stout")


def test_an_unknown_function_or_argument_is_explained(ada: httpx.Client) -> None:
    missing = ada.post("/rpc/add", json={"a": 1, "c": 2})
    assert (missing.status_code, missing.json()["code"]) == (404, "PGRST202")
    assert missing.json()["message"] == "Could not find the function public.add(a, c) in the schema cache"
    assert missing.json()["hint"] == "Perhaps you meant to call the function public.add(a, b)"
    assert ada.post("/rpc/ad").json()["code"] == "PGRST202"
    assert ada.delete("/rpc/add").json()["code"] == "PGRST101"
    assert ada.post("/rpc/add", content="{").json()["code"] == "PGRST102"
