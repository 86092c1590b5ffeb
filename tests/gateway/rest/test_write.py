"""Writing through the Data API: insert, upsert, update, delete, what comes back, and what is rolled back."""

from __future__ import annotations

import httpx
import psycopg
import pytest

from tests.conftest import Running
from tests.eventually import eventually
from tests.films import ADA, caller
from tests.world import token

ROWS = {"prefer": "return=representation"}
ONE = {"accept": "application/vnd.pgrst.object+json"}


def test_an_insert_answers_with_nothing_rows_or_the_place(ada: httpx.Client) -> None:
    bare = ada.post("/films", json={"title": "Playtime", "year": 1967})
    assert (bare.status_code, bare.content) == (201, b"")
    rows = ada.post("/films?select=title,tags,added:year", json={"title": "Mon oncle", "year": 1958}, headers=ROWS)
    assert (rows.status_code, rows.json()) == (201, [{"title": "Mon oncle", "tags": [], "added": 1958}])
    assert rows.headers["preference-applied"] == "return=representation"
    place = ada.post("/stock", json={"sku": "table"}, headers={"prefer": "return=headers-only"})
    assert (place.status_code, place.headers["location"], place.content) == (201, "/stock?sku=eq.table", b"")


def test_an_insert_returns_what_it_embeds(ada: httpx.Client) -> None:
    path = "/films?select=title,directors!director_id(name),actors(name)"
    made = ada.post(path, json={"title": "Ran", "director_id": 2}, headers=ROWS)
    assert made.json() == [{"title": "Ran", "directors": {"name": "Akira Kurosawa"}, "actors": []}]


def test_many_rows_travel_as_one_and_their_keys_must_match(ada: httpx.Client) -> None:
    many = ada.post("/stock?select=sku,amount", json=[{"sku": f"b{n}", "amount": n} for n in range(3)], headers=ROWS)
    assert many.json() == [{"sku": "b0", "amount": 0}, {"sku": "b1", "amount": 1}, {"sku": "b2", "amount": 2}]
    uneven = ada.post("/stock", json=[{"sku": "u1", "amount": 1}, {"sku": "u2"}])
    assert (uneven.status_code, uneven.json()["code"]) == (400, "PGRST102")
    assert uneven.json()["message"] == "All object keys must match"
    chosen = ada.post(
        "/stock?columns=sku,place", json=[{"sku": "c1", "amount": 9, "place": "x"}, {"sku": "c2"}], headers=ROWS
    )
    assert [(r["sku"], r["amount"], r["place"]) for r in chosen.json()] == [("c1", 1, "x"), ("c2", 1, None)]
    default = {"prefer": "return=representation, missing=default"}
    filled = ada.post(
        "/stock?columns=sku,amount,place", json=[{"sku": "d1", "amount": 4}, {"sku": "d2"}], headers=default
    )
    assert [(r["amount"], r["place"]) for r in filled.json()] == [(4, "cellar"), (1, "cellar")]
    assert ada.post("/stock", json=[], headers=ROWS).json() == []
    from_csv = ada.post(
        "/stock?select=sku,place", content="sku,place\nv1,NULL\nv2,hall", headers=ROWS | {"content-type": "text/csv"}
    )
    assert from_csv.json() == [{"sku": "v1", "place": None}, {"sku": "v2", "place": "hall"}]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ('{"nope": 1}', 400, "PGRST204"), ("{", 400, "PGRST102"), ("", 400, "PGRST102"), ("[1]", 400, "PGRST102"),
        ('{"sku": "lamp"}', 409, "23505"), ('{"sku": "neg", "amount": -1}', 400, "23514"),
        ('{"sku": null}', 400, "23502"), ('{"sku": "x", "amount": "many"}', 400, "22P02"),
    ],
)  # fmt: skip
def test_a_refused_insert_says_why(ada: httpx.Client, body: str, status: int, code: str) -> None:
    refused = ada.post("/stock", content=body, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text


def test_who_may_not_write_is_refused(anon: httpx.Client, ada: httpx.Client) -> None:
    assert anon.post("/stock", json={"sku": "no"}).status_code == 401
    assert anon.delete("/stock?sku=eq.lamp").json()["code"] == "42501"
    forged = ada.post("/notes", json={"body": "x", "owner_id": "22222222-2222-2222-2222-222222222222"})
    assert (forged.status_code, forged.json()["code"]) == (403, "42501")
    own = ada.post("/notes", json={"body": "mine"}, headers=ROWS)
    assert own.json()[0].keys() == {"id", "owner_id", "body"}


def test_an_upsert_merges_or_ignores(ada: httpx.Client) -> None:
    merge = {"prefer": "resolution=merge-duplicates,return=representation"}
    rows = ada.post("/stock", json=[{"sku": "lamp", "amount": 30}, {"sku": "rug", "amount": 1}], headers=merge)
    assert [(r["sku"], r["amount"], r["place"]) for r in rows.json()] == [("lamp", 30, "attic"), ("rug", 1, "cellar")]
    ignore = {"prefer": "resolution=ignore-duplicates,return=representation"}
    rows = ada.post("/stock?on_conflict=sku", json=[{"sku": "lamp", "amount": 99}, {"sku": "mat"}][:1], headers=ignore)
    assert (rows.status_code, rows.json()) == (201, [])
    put = ada.put("/stock?sku=eq.lamp", json={"sku": "lamp", "amount": 3}, headers=ROWS)
    assert (put.status_code, put.json()[0]["amount"]) == (200, 3)
    assert ada.put("/stock?sku=eq.lamp", json={"sku": "other"}).json()["code"] == "PGRST115"
    assert ada.put("/stock?amount=eq.3", json={"sku": "lamp"}).json()["code"] == "PGRST105"


def test_an_update_changes_what_its_filters_say(ada: httpx.Client) -> None:
    ada.post("/stock", json=[{"sku": f"u{n}", "amount": n} for n in range(3)])
    done = ada.patch("/stock?sku=like.u*&amount=gte.1&select=sku,place", json={"place": "loft"}, headers=ROWS)
    assert sorted(row["sku"] for row in done.json()) == ["u1", "u2"]
    bare = ada.patch("/stock?sku=eq.u0", json={"place": None})
    assert (bare.status_code, bare.content) == (204, b"")
    assert ada.patch("/stock?sku=eq.nobody", json={"place": "x"}, headers=ROWS).json() == []
    assert ada.patch("/stock?sku=eq.u0", json={}, headers=ROWS).json() == []


def test_a_delete_removes_and_returns(ada: httpx.Client) -> None:
    ada.post("/stock", json=[{"sku": "x1"}, {"sku": "x2"}])
    gone = ada.delete("/stock?sku=in.(x1,x2)&select=sku", headers={"prefer": "return=representation,count=exact"})
    assert sorted(row["sku"] for row in gone.json()) == ["x1", "x2"]
    assert gone.headers["content-range"] == "*/2"
    assert ada.delete("/stock?sku=eq.x1").status_code == 204


def test_a_write_that_is_not_single_is_rolled_back(ada: httpx.Client) -> None:
    ada.post("/stock", json=[{"sku": "s1"}, {"sku": "s2"}])
    refused = ada.delete("/stock?sku=in.(s1,s2)", headers=ROWS | ONE)
    assert (refused.status_code, refused.json()["code"]) == (406, "PGRST116")
    assert len(ada.get("/stock?sku=in.(s1,s2)").json()) == 2
    single = ada.patch("/stock?sku=eq.s1&select=sku,place", json={"place": "here"}, headers=ROWS | ONE)
    assert single.json() == {"sku": "s1", "place": "here"}


def test_more_rows_than_allowed_are_rolled_back_and_tx_rollback_keeps_nothing(ada: httpx.Client) -> None:
    ada.post("/stock", json=[{"sku": "m1"}, {"sku": "m2"}])
    limit = {"prefer": "handling=strict, max-affected=1"}
    refused = ada.delete("/stock?sku=in.(m1,m2)", headers=limit)
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST124")
    assert refused.json()["details"] == "The query affects 2 rows"
    dry = ada.delete("/stock?sku=in.(m1,m2)", headers={"prefer": "tx=rollback,return=representation"})
    assert len(dry.json()) == 2
    assert len(ada.get("/stock?sku=in.(m1,m2)").json()) == 2


@pytest.mark.parametrize("page", ["limit=1", "limit=0", "offset=1", "limit=2&offset=1", "order=sku&limit=1"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_page_that_is_smaller_than_what_a_write_changes_refuses_it(ada: httpx.Client, method: str, page: str) -> None:
    ada.post("/stock", json=[{"sku": "l1"}, {"sku": "l2"}], headers={"prefer": "resolution=ignore-duplicates"})
    body = {"place": "gone"} if method == "PATCH" else None
    refused = ada.request(method, f"/stock?sku=in.(l1,l2)&{page}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST124"), refused.text
    assert refused.json()["details"].startswith("The query affects 2 rows")
    assert "filters" in refused.json()["hint"]
    assert [row["place"] for row in ada.get("/stock?sku=in.(l1,l2)").json()] == ["cellar", "cellar"]


def test_a_page_that_holds_what_a_write_changes_is_no_matter(ada: httpx.Client) -> None:
    ada.post("/stock", json=[{"sku": "k1"}, {"sku": "k2"}])
    one = ada.patch("/stock?sku=eq.k1&select=place&limit=1", json={"place": "x"}, headers=ROWS | ONE)
    assert (one.status_code, one.json()) == (200, {"place": "x"})
    assert ada.patch("/stock?sku=eq.nobody&limit=1", json={"place": "x"}, headers=ROWS).json() == []
    assert ada.patch("/stock?sku=eq.nobody&limit=0&offset=3", json={"place": "x"}).status_code == 204
    assert ada.delete("/stock?sku=in.(k1,k2)&limit=2&offset=0").status_code == 204
    assert ada.get("/stock?sku=in.(k1,k2)").json() == []


def test_a_deferred_constraint_refuses_before_the_answer(films: Running) -> None:
    with caller(films, token(ADA, role="service_role")) as service:
        refused = service.post("/loans", json={"film_id": 999999}, headers=ROWS)
        assert (refused.status_code, refused.json()["code"]) == (409, "23503")


def test_a_new_table_is_known_after_a_notice(films: Running, films_url: str, anon: httpx.Client) -> None:
    assert anon.get("/novelty").json()["code"] == "PGRST205"
    with psycopg.connect(films_url, autocommit=True) as admin:
        admin.execute("create table novelty (id int); grant select on novelty to anon; notify pgrst, 'reload schema'")
    eventually(lambda: anon.get("/novelty").status_code == 200)


def test_a_lost_database_is_503_and_comes_back_by_itself(films: Running, films_url: str, anon: httpx.Client) -> None:
    name = films_url.rpartition("/")[2]
    cluster = films_url.removesuffix(name) + "postgres"
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(f"alter database {name} with allow_connections false")
        admin.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
        refused = eventually(lambda: answer if (answer := anon.get("/films")).status_code == 503 else None)
        assert (refused.json()["code"], refused.headers["retry-after"]) == ("PGRST001", "1")
        admin.execute(f"alter database {name} with allow_connections true")
    eventually(lambda: anon.get("/films").status_code == 200)
