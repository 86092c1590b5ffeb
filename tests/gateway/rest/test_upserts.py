"""Upserts that leave nothing to change, of keys alone or of what their caller may not change: the rows come back."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from tests.films import ADA, caller, films_database, serving_films
from tests.world import token

ME, BO = ADA, "22222222-2222-2222-2222-222222222222"
TABLES = f"""
create table people (id uuid primary key, owner_id uuid not null default auth.uid(), name text, seen int default 7);
create table seats (row int, place int, note text, primary key (row, place));
create table cards (id int generated always as identity primary key, code text unique, note text);
create table pledges (id int primary key, who text);
alter table people enable row level security;
create policy see on people for select to authenticated using (owner_id = (select auth.uid()));
create policy make on people for insert to authenticated with check (owner_id = (select auth.uid()));
create policy change on people for update to authenticated using (owner_id = (select auth.uid()));
insert into people values ('{ME}', '{ME}', 'Ada'), ('{BO}', '{BO}', 'Bo');
insert into seats values (1, 1, 'window'), (1, 2, 'aisle');
insert into cards (code, note) values ('king', 'old');
insert into pledges values (1, 'Ada');
grant select, insert, update (name, seen) on people to authenticated;
grant select, insert, update (note) on seats, cards to authenticated;
grant select, insert on pledges to authenticated;
grant all on people, seats, cards, pledges to service_role;
"""
MERGE = "resolution=merge-duplicates"
ROWS = {"prefer": f"{MERGE}, return=representation"}


@pytest.fixture(scope="module")
def ada(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Somebody who may insert rows, and change some columns of them."""
    with films_database(cluster_url) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(TABLES.encode())
        with (
            serving_films(url, tmp_path_factory.mktemp("data")) as running,
            caller(running, token(ADA)) as client,
        ):
            yield client


@pytest.mark.parametrize("path", ["/people", "/people?on_conflict=id", "/people?columns=id"])
@pytest.mark.parametrize("more", ["tx=commit", "missing=default"])
def test_a_key_alone_finds_its_row_and_changes_nothing(ada: httpx.Client, path: str, more: str) -> None:
    mine = {"id": ME, "owner_id": ME, "name": "Ada", "seen": 7}
    done = ada.post(path, json={"id": ME}, headers={"prefer": f"{ROWS['prefer']}, {more}"})
    assert (done.status_code, done.json()) == (200, [mine]), done.text
    bare = ada.post(path, json={"id": ME}, headers={"prefer": f"{MERGE}, {more}"})
    assert (bare.status_code, bare.content) == (200, b"")
    place = ada.post(path, json={"id": ME}, headers={"prefer": f"{MERGE}, return=headers-only, {more}"})
    assert (place.status_code, place.headers["location"]) == (200, f"/people?id=eq.{ME}")


def test_a_row_that_somebody_may_not_see_is_not_found_by_its_key(ada: httpx.Client) -> None:
    for body in ({"id": BO}, {"id": BO, "owner_id": ME}, {"id": BO, "name": "Ada"}):
        refused = ada.post("/people", json=body, headers=ROWS)
        assert (refused.status_code, refused.json()["code"]) == (403, "42501"), refused.text


def test_what_may_not_be_changed_may_be_sent_as_it_is(ada: httpx.Client) -> None:
    done = ada.post("/people?select=name", json={"id": ME, "owner_id": ME}, headers=ROWS)
    assert (done.status_code, done.json()) == (200, [{"name": "Ada"}])
    refused = ada.post("/people", json={"id": ME, "owner_id": BO}, headers=ROWS)
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")


def test_of_many_keys_some_are_new(ada: httpx.Client) -> None:
    path = "/seats?select=row,place,note"
    rollback = {"prefer": f"{ROWS['prefer']}, tx=rollback"}
    some = ada.post(path, json=[{"row": 1, "place": 1}, {"row": 2, "place": 1}], headers=rollback)
    assert (some.status_code, some.json()) == (
        201,
        [{"row": 1, "place": 1, "note": "window"}, {"row": 2, "place": 1, "note": None}],
    )
    none = ada.post(path, json=[{"row": 1, "place": 1}, {"row": 1, "place": 2}], headers=rollback)
    assert (none.status_code, [each["note"] for each in none.json()]) == (200, ["window", "aisle"])
    twice = ada.post(path, json=[{"row": 1, "place": 1}, {"row": 1, "place": 1}], headers=rollback)
    assert (twice.status_code, twice.json()["code"]) == (400, "21000"), twice.text


def test_a_put_of_a_key_alone_puts_what_is_there(ada: httpx.Client) -> None:
    path = "/seats?row=eq.1&place=eq.1"
    done = ada.put(path, json={"row": 1, "place": 1}, headers={"prefer": "return=representation"})
    assert (done.status_code, done.json()) == (200, [{"row": 1, "place": 1, "note": "window"}])
    assert ada.put(path, json={"row": 1, "place": 1}).status_code == 204
    new = ada.put("/seats?row=eq.9&place=eq.9", json={"row": 9, "place": 9}, headers={"prefer": "tx=rollback"})
    assert new.status_code == 201


def test_another_unique_key_finds_it_too_and_a_generated_one_is_not_given(ada: httpx.Client) -> None:
    by_code = ada.post("/cards?on_conflict=code&select=id,note", json={"code": "king"}, headers=ROWS)
    assert (by_code.status_code, by_code.json()) == (200, [{"id": 1, "note": "old"}])
    given = ada.post("/cards", json={"id": 1}, headers=ROWS)
    assert (given.status_code, given.json()["code"]) == (400, "428C9"), given.text


def test_who_may_change_nothing_in_a_table_merges_nothing(ada: httpx.Client) -> None:
    refused = ada.post("/pledges", json={"id": 1}, headers=ROWS)
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")
    assert ada.post("/pledges", json={"id": 2}, headers=ROWS | {"prefer": "tx=rollback"}).status_code == 201


def test_what_ignores_duplicates_is_answered_201_as_by_every_postgrest_and_counts_what_is_new(
    ada: httpx.Client,
) -> None:
    ignore = {"prefer": "resolution=ignore-duplicates, return=representation, count=exact"}
    done = ada.post("/people?select=id", json={"id": ME}, headers=ignore)
    assert (done.status_code, done.json(), done.headers["content-range"]) == (201, [], "*/0")
