"""An update or a delete that names no rows is refused, whoever asks, as the projects of Supabase refuse it."""

from __future__ import annotations

import httpx
import pytest

from tests.conftest import Running
from tests.films import ADA, caller
from tests.world import token

ROWS = {"prefer": "return=representation"}
# None of them names a row of the table's own
NO_FILTERS = [
    "/films",
    "/films?limit=1",
    "/films?order=id&limit=1&offset=0",
    "/films?select=id&columns=year",
    "/films?select=id,directors!director_id!inner(name)&directors.name=eq.Nobody",
]


@pytest.mark.parametrize("path", NO_FILTERS)
@pytest.mark.parametrize(("method", "verb"), [("PATCH", "UPDATE"), ("DELETE", "DELETE")])
def test_every_row_must_be_meant(ada: httpx.Client, films: Running, path: str, method: str, verb: str) -> None:
    before = ada.get("/films?order=id").json()
    with caller(films, token(ADA, role="service_role")) as service:
        for who in (ada, service):
            refused = who.request(method, path, json={"year": 1900} if method == "PATCH" else None)
            assert (refused.status_code, refused.json()) == (400, {
                "code": "21000", "message": f"{verb} requires a WHERE clause", "details": None,
                "hint": "Name the rows by a filter. Every row is found by `id=not.is.null`.",
            })  # fmt: skip
    assert ada.get("/films?order=id").json() == before


def test_who_may_not_write_is_told_the_same(anon: httpx.Client) -> None:
    assert anon.delete("/stock").json()["code"] == "21000"
    assert anon.delete("/stock?sku=eq.lamp").json()["code"] == "42501"


@pytest.mark.parametrize(
    "filters", ["sku=not.is.null", "or=(sku.eq.all1,sku.eq.all2)", "not.and=(sku.is.null,amount.is.null)"]
)
def test_a_filter_that_finds_every_row_says_so(ada: httpx.Client, filters: str) -> None:
    ada.post("/stock", json=[{"sku": "all1"}, {"sku": "all2"}])
    kept = {"prefer": "tx=rollback, return=representation"}
    gone = ada.delete(f"/stock?{filters}&select=sku", headers=kept)
    assert {"all1", "all2"} <= {row["sku"] for row in gone.json()}
    changed = ada.patch(f"/stock?{filters}&select=sku", json={"place": "x"}, headers=kept)
    assert {"all1", "all2"} <= {row["sku"] for row in changed.json()}


def test_an_update_of_no_column_changes_nothing_and_is_none(ada: httpx.Client) -> None:
    assert ada.patch("/stock", json={}, headers=ROWS).json() == []


def test_inserts_and_puts_ask_for_no_filter_beyond_their_own(ada: httpx.Client) -> None:
    assert ada.post("/stock", json={"sku": "free"}).status_code == 201
    assert ada.put("/stock?sku=eq.free", json={"sku": "free", "amount": 2}).status_code in (200, 201, 204)
    assert ada.put("/stock", json={"sku": "free"}).json()["code"] == "PGRST105"
