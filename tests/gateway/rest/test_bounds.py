"""What is odd in a request is refused with its reason, and what is small in it costs little."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psycopg
import pytest

from sahne.gateway.rest.large_bodies import LARGE_BODY_BYTES
from tests.conftest import Running
from tests.films import ADA, films_database, serving_films
from tests.world import token


@pytest.fixture(scope="module")
def films(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with films_database(cluster_url) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            name = url.rpartition("/")[2]
            admin.execute(f"alter role anon in database {name} set statement_timeout = '300ms'".encode())
            admin.execute("""
                create table heavy (id int primary key, text text);
                insert into heavy select n, repeat('x', 100000) from generate_series(1, 350) n;
                create view tried as
                  select id, director_id, current_setting('join_collapse_limit') as joins from films;
                grant select on tried to anon, authenticated;
                create function wait(seconds float) returns text language sql as $$ select pg_sleep(seconds)::text $$;
                create function exact(n numeric) returns text language sql immutable as $$ select n::text $$;
                create function twice(payload jsonb) returns jsonb language sql immutable as $$ select payload $$;
                grant select, update on heavy to anon, authenticated""")
        with serving_films(url, tmp_path_factory.mktemp("data")) as running:
            yield running


@pytest.mark.parametrize(
    "path",
    [
        "/films?select=i%00d", "/films?id%00=eq.1", "/films?order=id%00", "/films?select=a%00:id", "/films?title=eq.a%00b",
        "/films?select=facts->a%00b", "/films?or=(id%00.eq.1)", "/rpc/add?a=1%00",
    ],
)  # fmt: skip
def test_a_nul_in_any_part_of_a_query_is_refused(ada: httpx.Client, path: str) -> None:
    refused = ada.get(path)
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST100")


def test_a_nul_in_a_name_is_no_shorter_name(ada: httpx.Client) -> None:
    assert ada.get("/films%00").status_code == 404
    assert ada.post("/stock?on_conflict=sku%00", json={"sku": "n"}).status_code == 400
    assert ada.post("/stock", json={"sku\0": "n"}).json()["code"] == "PGRST204"


@pytest.mark.parametrize("query", ["title=eq.%ff", "%ff=eq.1", "select=%c3"])
def test_what_is_no_utf8_is_refused_and_not_mended(ada: httpx.Client, query: str) -> None:
    assert ada.get(f"/films?{query}").json()["code"] == "PGRST100"
    assert ada.get("/films?title=like.Cl%C3%A9o*&select=id").json() == [{"id": 1}]


def test_a_path_is_decoded_once(ada: httpx.Client) -> None:
    assert ada.get("/Odd%20Names").status_code == 200
    assert ada.get("/Odd%2520Names").status_code == 404


@pytest.mark.parametrize("header", ["authorization", "apikey", "content-type", "range", "content-profile"])
def test_a_header_that_can_be_said_once_is_not_heard_twice(films: Running, header: str) -> None:
    mine, yours = f"Bearer {token(ADA)}", f"Bearer {token(role='service_role')}"
    for values in ((mine, yours), (mine, mine)):
        twice = [(header, value) for value in values]
        refused = httpx.get(f"{films.url}/rest/v1/films?limit=1", headers=twice)
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert httpx.get(f"{films.url}/rest/v1/films", headers=[("prefer", "count=exact"), ("prefer", "x=y")]).is_success


@pytest.mark.parametrize("cast", ["character(10485760)", "varchar(101)", "bit(1000000)", "text[][]", "numeric(1000,1)"])
def test_a_column_is_cast_to_what_is_as_long_as_itself(ada: httpx.Client, cast: str) -> None:
    refused = ada.get(f"/films?select=c:title::{cast}")
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST100")


@pytest.mark.parametrize("cast", ["text", "varchar(20)", "numeric(8,2)", "int8", "double precision", "TEXT", "int[]"])
def test_a_column_is_cast_to_the_types_people_name(ada: httpx.Client, cast: str) -> None:
    column = "year" if cast != "int[]" else "id"
    answer = ada.get(f"/films?select=c:{column}::{cast}&id=eq.1")
    assert answer.status_code == (200 if cast != "int[]" else 400), answer.text
    assert ada.get("/films?select=genre::genre&id=eq.1").json() == [{"genre": "drama"}]


def test_columns_and_embedded_resources_are_counted(anon: httpx.Client) -> None:
    for many in (",".join(f"a{n}:title" for n in range(201)), ",".join(f"c{n}:castings(part)" for n in range(21))):
        refused = anon.get(f"/films?select={many}")
        assert (refused.status_code, refused.json()["code"]) == (400, "PGRST100")
    nested = ",".join(f"c{n}:castings(actors(name))" for n in range(11))
    assert anon.get(f"/films?select={nested}").status_code == 400
    assert anon.get(f"/films?select={','.join(f'a{n}:id' for n in range(200))}&limit=1").status_code == 200
    assert anon.get(f"/films?select={','.join(f'c{n}:castings(part)' for n in range(20))}&limit=1").status_code == 200


def test_an_answer_has_at_most_so_many_bytes_and_a_write_with_a_larger_one_is_undone(ada: httpx.Client) -> None:
    for refused in (
        ada.get("/heavy"),
        ada.get("/heavy", headers={"accept": "text/csv"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (400, "54000")
        assert refused.json()["message"] == "The answer is too large"
    assert len(ada.get("/heavy?limit=5").json()) == 5
    undone = ada.patch("/heavy?id=gt.0", json={"text": "y" * 100_000}, headers={"prefer": "return=representation"})
    assert (undone.status_code, undone.json()["code"]) == (400, "54000")
    assert ada.get("/heavy?select=id&text=like.y*").json() == []


def test_a_role_has_the_time_that_its_settings_give_it(anon: httpx.Client, ada: httpx.Client) -> None:
    slow = anon.get("/rpc/wait?seconds=5")
    assert (slow.status_code, slow.json()["code"]) == (504, "57014")
    assert ada.get("/rpc/wait?seconds=0.5").status_code == 200


def test_a_long_field_of_csv_and_a_broken_letter_are_refused_in_words(ada: httpx.Client) -> None:
    csv = {"content-type": "text/csv"}
    for body in ("sku,place\nlong," + "x" * 140_000, b"sku\n\xff"):
        refused = ada.post("/stock", content=body, headers=csv)
        assert (refused.status_code, refused.json()["code"]) == (400, "PGRST102")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert ada.post("/stock", content=b"sku=%ff", headers=form).json()["code"] == "PGRST102"


def test_a_large_body_is_stored_called_and_refused_like_a_small_one(ada: httpx.Client) -> None:
    csv = "sku,place\n" + "".join(f"large-{number},{'x' * 50}\n" for number in range(2000))
    assert len(csv) > LARGE_BODY_BYTES
    rows = {"content-type": "text/csv", "prefer": "return=minimal,count=exact"}
    assert ada.post("/stock", content=csv, headers=rows).status_code == 201
    taken = ada.post("/stock", content=csv, headers=rows)
    assert (taken.status_code, taken.json()["code"]) == (409, "23505")
    assert ada.post("/nothing", content=csv, headers=rows).json()["code"] == "PGRST205"
    called = ada.post("/rpc/twice", json={"payload": "y" * LARGE_BODY_BYTES})
    assert called.json() == "y" * LARGE_BODY_BYTES


@pytest.mark.parametrize("body", ['{"payload": "\\ud800"}', '{"\\udfff": 1}', '{"payload": {"a": ["\\ud800"]}}'])
def test_half_a_letter_in_a_call_is_no_json(ada: httpx.Client, body: str) -> None:
    headers = {"content-type": "application/json"}
    refused = ada.post("/rpc/twice", content=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST102")
    whole = ada.post("/rpc/twice", content='{"payload": "\\ud83d\\ude00"}', headers=headers)
    assert whole.json() == "😀"


@pytest.mark.parametrize("number", ["12345678901234567890123", "0.1234567890123456789", "-9007199254740993"])
def test_a_number_in_a_call_keeps_its_digits(ada: httpx.Client, number: str) -> None:
    answer = ada.post("/rpc/exact", content=f'{{"n": {number}}}', headers={"content-type": "application/json"})
    assert answer.json() == number


@pytest.mark.parametrize("name", ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"])
def test_a_column_that_only_postgresql_has_is_none_of_the_data_api(ada: httpx.Client, name: str) -> None:
    for query in (
        f"select={name}", f"select=id,it:{name}::text", f"{name}=eq.1", f"order={name}", f"or=({name}.is.null)",
        f"select=id,directors:director_id({name})", f"select=id,...director_id({name})", f"select=id,directors:director_id(id)&directors.{name}=gt.0",
        f"select=id,directors:director_id(id)&order=directors({name})", f"select={name}->x",
    ):  # fmt: skip
        refused = ada.get(f"/films?{query}")
        assert (refused.status_code, refused.json()["code"]) == (400, "42703"), query
    one = {"prefer": "return=representation"}
    assert ada.patch(f"/films?id=eq.1&select={name}", json={"title": "x"}, headers=one).json()["code"] == "42703"


@pytest.mark.parametrize(
    "query",
    [
        "select=facts" + "->a" * 33, "facts" + "->a" * 33 + "=is.null", "order=facts" + "->a" * 33,
        "order=" + ",".join(["id"] * 51), "or=(" + ",".join(["id.eq.1"] * 501) + ")",
        "title=fts." + "!" * 17 + "a", "title=wfts." + "-" * 17 + "a", "title=fts." + "! " * 17 + "a",
        "title=plfts." + "a" * 501, "or=(title.fts." + "!" * 17 + "a,id.eq.1)",
    ],
)  # fmt: skip
def test_what_would_cost_more_than_it_says_is_refused(ada: httpx.Client, query: str) -> None:
    refused = ada.get("/films", params=httpx.QueryParams(query))
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST100")


@pytest.mark.parametrize(
    "query",
    [
        "select=facts" + "->a" * 32, "order=" + ",".join(["id"] * 50), "or=(" + ",".join(["id.eq.1"] * 500) + ")",
        "title=fts." + "!" * 16 + "a", "title=plfts." + "a" * 500, "title=wfts.state-of-the-art",
    ],
)  # fmt: skip
def test_what_costs_what_it_says_is_answered(ada: httpx.Client, query: str) -> None:
    assert ada.get("/films", params=httpx.QueryParams(query)).status_code == 200


def test_many_embedded_resources_are_joined_in_the_order_in_which_they_are_written(ada: httpx.Client) -> None:
    """PostgreSQL tries every order of eight joins and less: with twenty that takes more than a second."""
    for count, limit in ((4, "8"), (5, "1"), (20, "1")):
        embedded = ",".join(f"d{number}:directors(name)" for number in range(count))
        row = ada.get(f"/tried?select=joins,{embedded}&id=eq.1").json()[0]
        assert row["joins"] == limit
        assert [row[f"d{number}"] for number in range(count)] == [row["d0"]] * count


def test_of_many_arguments_that_no_function_takes_some_are_named(films: Running) -> None:
    body = {f"a{number:04}": 1 for number in range(2_000)}
    answer = httpx.post(f"{films.url}/rest/v1/rpc/exact", json=body)
    said = answer.json()
    assert (answer.status_code, said["code"]) == (404, "PGRST202")
    assert said["message"].endswith("a0098, a0099 and 1900 more) in the schema cache")
    assert len(answer.content) < 4_000
    few = httpx.post(f"{films.url}/rest/v1/rpc/exact", json={"b": 1, "a": 1}).json()
    assert few["message"].endswith("exact(a, b) in the schema cache")
