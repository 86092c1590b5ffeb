"""What the Data API shows and to whom: other schemas, roles, rows, a function asked first, plans; by setting or by SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from sahne.database.catalog_exposure import Exposure, as_database_says
from sahne.errors import SettingInvalid
from sahne.settings.reading import read_settings
from tests.conftest import Running, free_port, running_server
from tests.eventually import eventually
from tests.films import ADA, caller, films_database
from tests.world import token

SHOP = """
create schema shop;
grant usage on schema shop to anon, authenticated, service_role;
create table shop.films (id int primary key, price int, constraint dear check (price < 100));
comment on constraint dear on shop.films is 'A film costs less than 100.';
create table shop.copies (id int primary key, film_id int references shop.films (id));
create view shop.directors as select id, name from public.directors;
create view shop.shown as select id, title, director_id from public.films;
insert into shop.films values (1, 20), (2, 30);
insert into shop.copies values (1, 1), (2, 1);
create function shop.path() returns text language sql stable as $$ select current_setting('search_path') $$;
create function shop.add(a int, b int) returns int language sql immutable as $$ select a * b $$;
grant select, insert on all tables in schema shop to anon, authenticated, service_role;
do $$ begin create role critic; exception when duplicate_object then null; end $$;
grant critic to authenticator;
grant usage on schema public, auth to critic;
grant select on public.actors to critic;
"""
Server = Callable[..., AbstractContextManager[Running]]


@pytest.fixture(scope="module")
def shop_url(cluster_url: str) -> Iterator[str]:
    with films_database(cluster_url) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(SHOP)
        yield url


@pytest.fixture
def server_of(shop_url: str, tmp_path: Path) -> Server:
    """A server over the films and the shop with settings of its own."""

    @contextmanager
    def serving(**given: Any) -> Iterator[Running]:
        settings = read_settings(env_file=None, data=tmp_path, port=free_port(), database_url=shop_url, **given)
        with running_server(settings) as running:
            yield running

    return serving


@contextmanager
def said_in_database(shop_url: str, **said: str) -> Iterator[None]:
    """`alter role authenticator in database … set pgrst.…`, told by a notice and taken back at the end."""
    name = sql.Identifier(shop_url.rpartition("/")[2])
    alter = sql.SQL("alter role authenticator in database {} set {} = {}")
    with psycopg.connect(shop_url, autocommit=True) as admin:
        for key, value in said.items():
            admin.execute(alter.format(name, sql.Identifier("pgrst", key), sql.Literal(value)))
        admin.execute("notify pgrst, 'reload config'")
        yield
        admin.execute(sql.SQL("alter role authenticator in database {} reset all").format(name))
        admin.execute("notify pgrst, 'reload config'")


def test_a_request_names_its_schema_and_is_told_which_one_it_got(server_of: Server) -> None:
    with server_of(rest_schemas="public, shop") as running, caller(running, None) as anon:
        shop = {"accept-profile": "shop"}
        priced = anon.get("/films?select=price&id=eq.1", headers=shop)
        assert (priced.json(), priced.headers["content-profile"]) == ([{"price": 20}], "shop")
        first = anon.get("/films?select=title&id=eq.1")
        assert (first.json(), first.headers["content-profile"]) == ([{"title": "Cléo from 5 to 7"}], "public")
        embedded = anon.get("/films?select=id,copies(id)&id=eq.1", headers=shop)
        assert embedded.json() == [{"id": 1, "copies": [{"id": 1}, {"id": 2}]}]
        through_views = anon.get("/shown?select=title,directors(name)&id=eq.1", headers=shop)
        assert through_views.json() == [{"title": "Cléo from 5 to 7", "directors": {"name": "Agnès Varda"}}]
        made = anon.post(
            "/films",
            json={"id": 9, "price": 5},
            headers={"content-profile": "shop", "prefer": "return=representation"},
        )
        assert (made.status_code, made.json(), made.headers["content-profile"]) == (
            201,
            [{"id": 9, "price": 5}],
            "shop",
        )
        dear = anon.post("/films", json={"id": 10, "price": 100}, headers={"content-profile": "shop"})
        assert dear.json()["message"] == "A film costs less than 100."


def test_the_header_of_the_other_verbs_names_no_schema(server_of: Server) -> None:
    with server_of(rest_schemas="public, shop") as running, caller(running, None) as anon:
        assert anon.get("/copies", headers={"content-profile": "shop"}).json()["code"] == "PGRST205"
        assert anon.post("/copies", json={"id": 1}, headers={"accept-profile": "shop"}).json()["code"] == "PGRST205"


def test_a_function_is_called_in_its_schema_which_is_first_on_the_search_path(server_of: Server) -> None:
    given = {"rest_schemas": "public, shop", "rest_extra_search_path": "public"}
    with server_of(**given) as running, caller(running, None) as anon:
        shop = {"content-profile": "shop"}
        assert anon.post("/rpc/add", json={"a": 3, "b": 4}, headers=shop).text == "12"
        assert anon.post("/rpc/add", json={"a": 3, "b": 4}).text == "7"
        assert anon.get("/rpc/path", headers={"accept-profile": "shop"}).json() == "shop, public"


def test_a_schema_that_is_not_exposed_is_named_with_those_that_are(server_of: Server) -> None:
    with server_of() as running, caller(running, None) as anon:
        refused = anon.get("/films", headers={"accept-profile": "shop"})
        assert (refused.status_code, refused.json()) == (
            406,
            {
                "code": "PGRST106",
                "message": "Invalid schema: shop",
                "details": None,
                "hint": "Only the following schemas are exposed: public",
            },
        )
        assert "content-profile" not in anon.get("/films?limit=1").headers
        assert anon.get("/films?limit=1", headers={"accept-profile": "public"}).headers["content-profile"] == "public"


def test_no_answer_has_more_rows_than_are_allowed(server_of: Server) -> None:
    with server_of(rest_rows_max=2) as running, caller(running, None) as anon:
        assert len(anon.get("/films").json()) == 2
        assert len(anon.get("/films?limit=4").json()) == 2
        assert len(anon.get("/films?limit=1").json()) == 1
        assert len(anon.get("/rpc/pairs?n=5").json()) == 2
        embedded = anon.get("/directors?select=id,films!director_id(id)&id=eq.1").json()
        assert len(embedded[0]["films"]) == 2


def test_who_sends_no_token_has_the_anonymous_role(server_of: Server) -> None:
    with server_of(rest_anon_role="critic") as running, caller(running, None) as nobody:
        assert nobody.get("/actors?limit=1").status_code == 200
        assert nobody.get("/films").status_code == 401
        with caller(running, token(ADA, role="anon")) as anon:
            assert anon.get("/films?limit=1").status_code == 200


def test_a_token_carries_only_the_roles_it_may(server_of: Server) -> None:
    critic = {"authorization": f"Bearer {token(ADA, role='critic')}"}
    with server_of() as running:
        assert httpx.get(f"{running.url}/rest/v1/actors", headers=critic).status_code == 401
    with server_of(token_roles="anon, authenticated, critic") as running:
        assert httpx.get(f"{running.url}/rest/v1/actors", headers=critic).status_code == 200
        assert httpx.get(f"{running.url}/rest/v1/films", headers=critic).status_code == 403
        with caller(running, token(ADA, role="service_role")) as service:
            assert service.get("/films").status_code == 401


def test_a_function_is_asked_before_each_request_and_may_refuse_it(server_of: Server, shop_url: str) -> None:
    with psycopg.connect(shop_url, autocommit=True) as admin:
        admin.execute("""create or replace function shop.check_request() returns void language plpgsql as $$
        begin
          if current_setting('request.headers')::json ->> 'x-wanted' is null then
            raise sqlstate 'PT402' using message = 'Pay first', hint = current_user;
          end if;
          perform set_config('response.headers', '[{"x-checked": "yes"}]', true);
        end $$""")
    with server_of(rest_pre_request="shop.check_request") as running, caller(running, token(ADA)) as ada:
        refused = ada.get("/films")
        assert (refused.status_code, refused.json()["hint"]) == (402, "authenticated")
        assert ada.patch("/stock?sku=eq.lamp", json={"amount": 1}).status_code == 402
        passed = ada.post("/rpc/add", json={"a": 1}, headers={"x-wanted": "1"})
        assert (passed.text, passed.headers["x-checked"]) == ("11", "yes")
        assert ada.get("/films?limit=1", headers={"x-wanted": "1"}).status_code == 200


def test_a_plan_is_given_where_plans_are_and_nowhere_else(server_of: Server) -> None:
    wanted = {"accept": 'application/vnd.pgrst.plan+json; for="application/json"; options=verbose'}
    with server_of() as running, caller(running, None) as anon:
        refused = anon.get("/films", headers=wanted)
        assert (refused.status_code, refused.json()["code"]) == (406, "PGRST107")
        assert "SAHNE_REST_PLANS" in refused.json()["hint"]
    with server_of(rest_plans=True) as running, caller(running, token(ADA)) as ada:
        given = ada.get("/films?id=eq.1", headers=wanted)
        assert given.headers["content-type"] == (
            'application/vnd.pgrst.plan+json; for="application/json"; options=verbose; charset=utf-8'
        )
        assert "Plan" in given.json()[0]
        text = ada.get("/rpc/films_of?year=1962", headers={"accept": "application/vnd.pgrst.plan"})
        assert "Function Scan" in text.text or "Scan on" in text.text
        assert ada.get("/films", headers={"accept": "application/vnd.pgrst.plan; options=loud"}).status_code == 406
        looked_at = ada.patch("/stock?sku=eq.lamp", json={"place": "nowhere"}, headers=wanted)
        assert looked_at.status_code == 200
        assert ada.get("/stock?sku=eq.lamp&select=place").json() == [{"place": "attic"}]


def test_the_database_says_it_stronger_and_is_heard_at_once(server_of: Server, shop_url: str) -> None:
    with server_of(rest_rows_max=4) as running, caller(running, None) as anon:
        assert len(anon.get("/films").json()) == 4
        with said_in_database(
            shop_url, db_schemas="shop, public", db_max_rows="1", db_plan_enabled="true", db_aggregates_enabled="true"
        ):
            eventually(lambda: anon.get("/films").headers.get("content-profile") == "shop")
            assert anon.get("/films").json() == [{"id": 1, "price": 20}]
            assert anon.get("/films", headers={"accept": "application/vnd.pgrst.plan"}).status_code == 200
            assert anon.get("/films?select=count()&id=lt.3").json() == [{"count": 2}]
        eventually(lambda: len(anon.get("/films").json()) == 4)


def test_what_cannot_be_read_in_the_database_counts_as_not_set() -> None:
    rows = [
        {"name": "pgrst.db_max_rows", "value": "many"},
        {"name": "pgrst.db_plan_enabled", "value": "perhaps"},
        {"name": "pgrst.db_schemas", "value": " "},
        {"name": "pgrst.of_another_program", "value": "1"},
        {"name": "pgrst.db_anon_role", "value": "critic"},
        {"name": "pgrst.db_extra_search_path", "value": ""},
        {"name": "pgrst.db_pre_request", "value": 'private.say"so'},
    ]
    exposure = as_database_says(Exposure(rows_max=7), rows)
    assert exposure == Exposure(rows_max=7, anon_role="critic", extra_search_path=(), pre_request='private.say"so')
    assert exposure.pre_request_sql == b'select "private"."say""so"()'
    assert exposure.search_path("Odd Shop") == '"Odd Shop"'


@pytest.mark.parametrize("schemas", ["", " , ", "pg_catalog", "public, information_schema"])
def test_the_systems_schemas_and_none_at_all_are_refused(schemas: str) -> None:
    with pytest.raises(SettingInvalid):
        read_settings(rest_schemas=schemas)
