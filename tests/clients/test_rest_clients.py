"""The Data API through the clients people use, unmodified: supabase-js on Node, and the Python `supabase`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from postgrest import APIResponse, CountMethod
from postgrest.exceptions import APIError

from supabase import Client, ClientOptions, create_client
from tests.clients.conftest import NodeRunner
from tests.conftest import Running
from tests.films import ADA, films_database, serving_films
from tests.world import token


@pytest.fixture(scope="module")
def films(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with films_database(cluster_url) as url, serving_films(url, tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def ada(films: Running) -> Client:
    options = ClientOptions(headers={"Authorization": f"Bearer {token(ADA)}"})
    return create_client(films.url, films.settings.anon_key, options)


def test_supabase_js_reads_writes_and_calls(films: Running, node: NodeRunner) -> None:
    env = {"SAHNE_URL": films.url, "SAHNE_ANON_KEY": films.settings.publishable_key, "SAHNE_TOKEN": token(ADA)}
    assert node("rest.mjs", env).count("ok ") == 7


def rows(answer: APIResponse) -> Any:
    """What came, as an app takes it."""
    return answer.data


def test_python_supabase_reads_with_embeds_and_counts(ada: Client) -> None:
    read = ada.table("films").select("title, actors(name)", count=CountMethod.exact).eq("id", 4).execute()
    assert read.count == 1
    assert rows(read)[0]["actors"] == [{"name": "Takashi Shimura"}, {"name": "Toshiro Mifune"}]
    ordered = ada.table("films").select("id").in_("id", [1, 2, 3]).order("id", desc=True).limit(2).execute()
    assert [row["id"] for row in rows(ordered)] == [3, 2]
    assert ada.table("films").select("id").eq("id", 1).single().execute().data == {"id": 1}
    assert ada.table("films").select("id").eq("id", 99).maybe_single().execute() is None


def test_python_supabase_writes_and_calls(ada: Client) -> None:
    assert rows(ada.table("stock").insert({"sku": "py"}).execute())[0]["amount"] == 1
    assert rows(ada.table("stock").upsert({"sku": "py", "amount": 6}).execute())[0]["amount"] == 6
    assert rows(ada.table("stock").update({"place": "shed"}).eq("sku", "py").execute())[0]["place"] == "shed"
    assert len(ada.table("stock").delete().eq("sku", "py").execute().data) == 1
    assert ada.rpc("add", {"a": 2, "b": 3}).execute().data == 5
    assert [row["square"] for row in rows(ada.rpc("pairs", {"n": 3}).gt("number", 1).execute())] == [4, 9]


def test_python_supabase_is_told_what_it_may_not(ada: Client) -> None:
    with pytest.raises(APIError) as refused:
        ada.table("notes").insert({"body": "x", "owner_id": "22222222-2222-2222-2222-222222222222"}).execute()
    assert refused.value.code == "42501"
    with pytest.raises(APIError) as missing:
        ada.table("film").select("*").execute()
    assert (missing.value.code, missing.value.hint) == ("PGRST205", "Perhaps you meant the table 'public.films'")
