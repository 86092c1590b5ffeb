"""The Data API over the product's own database: DDL is noticed by itself, hidden columns stay hidden."""

from __future__ import annotations

import httpx
import psycopg

from tests.conftest import Running
from tests.eventually import eventually
from tests.films import ADA
from tests.world import token


def test_a_table_is_served_as_soon_as_it_is_made_and_gone_when_it_is_dropped(
    server: Running, database_url: str
) -> None:
    path = f"{server.url}/rest/v1/made_just_now"
    assert httpx.get(path).json()["code"] == "PGRST205"
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("create table public.made_just_now (id int)")
        admin.execute("grant select on public.made_just_now to anon")
        eventually(lambda: httpx.get(path).status_code == 200)
        admin.execute("alter table public.made_just_now add more text")
        eventually(lambda: httpx.get(f"{path}?select=more").status_code == 200)
        admin.execute("drop table public.made_just_now")
        eventually(lambda: httpx.get(path).status_code == 404)


def test_a_star_leaves_out_what_the_role_may_not_read(server: Running, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(
            "insert into categories (name, slug, is_active) values ('Any', 'any', true) on conflict do nothing;"
            "insert into scenes (name, category, prompt_template) values ('A scene', 'any', 'secret words')"
        )
    rest = f"{server.url}/rest/v1"
    row = httpx.get(f"{rest}/scenes?name=eq.A scene").json()[0]
    assert row["name"] == "A scene"
    assert not {"prompt_template", "negative_prompt"} & row.keys()
    refused = httpx.get(f"{rest}/scenes?select=prompt_template")
    assert (refused.status_code, refused.json()["code"]) == (401, "42501")


def test_a_sender_is_embedded_through_the_public_face(server: Running) -> None:
    headers = {"authorization": f"Bearer {token(ADA)}"}
    path = "live_messages?select=id,content,sender:public_profiles(username,avatar_url)&limit=1"
    answer = httpx.get(f"{server.url}/rest/v1/{path}", headers=headers)
    assert (answer.status_code, answer.json()) == (200, [])
