"""The official MCP server of Supabase, unmodified, against the management door: every tool it offers, and what it may not."""

from __future__ import annotations

import asyncio
import resource
from dataclasses import replace
from pathlib import Path

import httpx
import psycopg
import pytest

from sahne.database.migrate import ADVISORY_KEY, migrate, status
from sahne.database.newer import heed_newer
from sahne.errors import SettingInvalid, Unavailable
from sahne.gateway.fitting_settings import refuse_unfit
from sahne.gateway.management.migrations import AnotherMigrates, apply, history
from sahne.gateway.management.statements import SqlRefused, Statements
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.clients.conftest import Packages
from tests.clients.supabase_mcp import PROJECT, supabase_mcp
from tests.clients.table_types import assert_types_fit
from tests.conftest import Running, free_port, running_server
from tests.gateway.raw_socket import RawSocket
from tests.keys import own_keys
from tests.world import World, token

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN = "a-token-of-the-operator-alone"
BEARER = {"authorization": f"Bearer {TOKEN}"}
EVERYTHING = ("--features", "account,database,debugging,development,docs,functions,branching,storage")
STORAGE = {"fileSizeLimit": 1, "features": {"imageTransformation": {"enabled": True}, "s3Protocol": {"enabled": True}}}

# What would write, or leave the transaction in which nothing can be written
WRITES = (
    "insert into public.categories (slug) values ('sneaked-in')",
    "commit; create table public.sneaked_in ()",
    "rollback; drop table public.profiles",
    "set transaction read write; create table public.sneaked_in ()",
    "do $$ begin commit; create table public.sneaked_in (); end $$",
    "select set_config('transaction_read_only', 'off', true)",
    "select set_config('role', 'postgres', true)",
    "with made as (insert into public.categories (slug) values ('x') returning 1) select * from made",
    "copy (select 1) to program 'touch /tmp/sneaked-in'",
    "select pg_read_file('/etc/passwd')",
    "select * from auth.users; delete from auth.users",
    "select nextval('private.settings_id_seq')",
    "create temporary table sneaked_in ()",
)


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a server whose operator lets agents write."""
    data: Path = tmp_path_factory.mktemp("data")
    plain = read_settings(env_file=None, data=data, port=free_port(), database_url=database_url)
    return replace(plain, management="on", management_token=TOKEN)


@pytest.mark.anyio
async def test_every_tool_of_the_supabase_mcp_server_is_answered(
    server: Running, database_url: str, packages: Packages, tmp_path: Path
) -> None:
    async with supabase_mcp(packages, server.url, TOKEN, *EVERYTHING) as agent:
        assert (await agent.ask("list_organizations"))["organizations"][0]["id"] == PROJECT
        assert (await agent.ask("get_organization", id=PROJECT))["name"] == "Sahne"
        assert (await agent.ask("list_projects"))["projects"] == [await agent.ask("get_project", id=PROJECT)]
        assert (await agent.ask("get_cost", type="project", organization_id=PROJECT))["amount"] == 0
        cost = await agent.ask("confirm_cost", type="project", recurrence="monthly", amount=0)

        tables = (await agent.of_project("list_tables", schemas=["public"], verbose=True))["tables"]
        sessions = next(table for table in tables if table["name"] == "public.live_sessions")
        assert (sessions["rls_enabled"], sessions["primary_keys"]) == (True, ["id"])
        extensions = (await agent.of_project("list_extensions"))["extensions"]
        assert "plpgsql" in {each["name"] for each in extensions if each["installed_version"]}
        assert await agent.rows("select 1 as one, 'infinity'::timestamptz as at, '{\"a\": [1]}'::jsonb as data") == [
            {"one": 1, "at": "infinity", "data": {"a": [1]}}
        ]
        assert await agent.rows("create table public.likes (id int); insert into likes values (7); table likes") == [
            {"id": 7}
        ]
        assert await agent.rows("drop table public.likes") == []

        query = "create table public.hearts (owner uuid references auth.users);"
        assert await agent.of_project("apply_migration", name="add_hearts", query=query) == {"success": True}
        newest = (await agent.of_project("list_migrations"))["migrations"][-1]
        assert newest["name"] == "add_hearts"
        assert status(database_url)[-1].state == "unknown", "`sahne migrate` sees it in the one history"
        security = (await agent.of_project("get_advisors", type="security"))["result"]["lints"]
        assert [each["findings"][0]["metadata"]["name"] for each in security if each["level"] == "ERROR"] == ["hearts"]
        performance = (await agent.of_project("get_advisors", type="performance"))["result"]["lints"]
        assert {"no_primary_key", "unindexed_foreign_keys"} <= {each["name"] for each in performance}

        assert "/management/v1/projects/sahne/advisors/security" in str(
            await agent.of_project("get_logs", service="api")
        )
        counted = await agent.of_project("query_logs", sql="select source, count(*) > 9 as many from logs group by 1")
        assert '{"source":"edge_logs","many":true}' in counted["result"]

        assert await agent.of_project("get_project_url") == {"url": "https://sahne.supabase.red"}, "it asks nobody"
        keys = (await agent.of_project("get_publishable_keys"))["keys"]
        assert [key["api_key"] for key in keys] == [server.settings.publishable_key, server.settings.anon_key]
        types = (await agent.of_project("generate_typescript_types"))["types"]
        assert (await agent.of_project("list_storage_buckets"))["buckets"][0]["id"] == "avatars"
        config = await agent.of_project("get_storage_config")
        assert config["fileSizeLimit"] == server.settings.upload_bytes_max
        assert await agent.of_project("list_branches") == {"branches": []}
        assert await agent.of_project("list_edge_functions") == {"functions": []}

        project = {"project_id": PROJECT}
        files = [{"name": "index.ts", "content": ""}]
        made = {
            "name": "two",
            "region": "us-east-1",
            "organization_id": PROJECT,
            "confirm_cost_id": cost["confirmation_id"],
        }
        branch_cost = await agent.ask("confirm_cost", type="branch", recurrence="hourly", amount=0.01344)
        one_project = "An installation of Sahne is one project, started and stopped where it runs."
        assert await agent.refusal("create_project", **made) == one_project
        assert await agent.refusal("pause_project", **project) == one_project
        assert await agent.refusal("restore_project", **project) == one_project
        for tool, arguments in {
            "create_branch": project | {"name": "dev", "confirm_cost_id": branch_cost["confirmation_id"]},
            "delete_branch": {"branch_id": "dev"},
            "merge_branch": {"branch_id": "dev"},
            "reset_branch": {"branch_id": "dev"},
            "rebase_branch": {"branch_id": "dev"},
        }.items():
            assert "has no branches" in await agent.refusal(tool, **arguments)
        deployed = project | {"name": "f", "entrypoint_path": "index.ts", "verify_jwt": True, "files": files}
        assert "runs no edge functions" in await agent.refusal("deploy_edge_function", **deployed)
        assert "runs no edge functions" in await agent.refusal("get_edge_function", **project, function_slug="f")
        assert "set by the server's settings" in await agent.refusal("update_storage_config", **project, config=STORAGE)
        assert "no search of documents" in await agent.refusal("search_docs", graphql_query="{ searchDocs { nodes } }")
        assert agent.called - {"get_logs"} == await agent.offered(), "no tool is left out"

    assert_types_fit(packages, types, tmp_path)


@pytest.mark.anyio
async def test_what_an_agent_gets_wrong_is_told_and_leaves_nothing(server: Running, packages: Packages) -> None:
    async with supabase_mcp(packages, server.url, TOKEN) as agent:
        before = await agent.of_project("list_migrations")
        failing = {"name": "half", "query": "create table public.half (); select * from nowhere"}
        assert 'relation "nowhere" does not exist' in await agent.refusal(
            "apply_migration", project_id=PROJECT, **failing
        )
        ending = {"name": "ending", "query": "create table public.half (); commit"}
        assert "begins or ends a transaction" in await agent.refusal("apply_migration", project_id=PROJECT, **ending)
        named = {"name": "Add Likes!", "query": "select 1"}
        assert "snake_case" in await agent.refusal("apply_migration", project_id=PROJECT, **named)
        assert await agent.of_project("list_migrations") == before
        assert await agent.rows("select to_regclass('public.half') as half") == [{"half": None}]
        many = "select generate_series(1, 1001)"
        assert "too many rows" in await agent.refusal("execute_sql", project_id=PROJECT, query=many)
        assert "no such project" in await agent.refusal("list_migrations", project_id="another")


@pytest.mark.anyio
async def test_read_only_is_held_by_the_database(
    server: Running, settings: Settings, database_url: str, packages: Packages
) -> None:
    before = tables_and_categories(database_url)
    async with supabase_mcp(packages, server.url, TOKEN, "--read-only") as agent:
        assert "apply_migration" not in await agent.offered()
        assert await agent.rows("select count(*) as profiles from public.profiles") == [{"profiles": 0}]
        for sql in WRITES:
            assert "PostgreSQL refused the SQL" in await agent.refusal("execute_sql", project_id=PROJECT, query=sql), (
                sql
            )
    with running_server(replace(settings, port=free_port(), management="read-only")) as reading:
        async with supabase_mcp(packages, reading.url, TOKEN) as agent:
            assert await agent.rows("select current_user::text as who") == [{"who": "service_role"}]
            for sql in WRITES:
                assert "PostgreSQL refused" in await agent.refusal("execute_sql", project_id=PROJECT, query=sql), sql
            asked = {"project_id": PROJECT, "name": "sneaked_in", "query": "create table public.sneaked_in ()"}
            assert "only read" in await agent.refusal("apply_migration", **asked)
    assert tables_and_categories(database_url) == before


def tables_and_categories(database_url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(database_url) as conn:
        named = "select relname::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        return conn.execute(f"{named} union all select slug from public.categories order by 1").fetchall()


def test_nobody_but_the_operator_is_answered(server: Running, world: World) -> None:
    asked = f"{server.url}/management/v1/projects"
    keys = (server.settings.secret_key, server.settings.service_role_key, server.settings.publishable_key)
    for bearer in (*keys, token(world.admin()), TOKEN[:-1], f"{TOKEN}x"):
        answer = httpx.get(asked, headers={"authorization": f"Bearer {bearer}", "apikey": server.settings.secret_key})
        assert (answer.status_code, answer.json()["code"]) == (401, "management_token_unknown"), bearer
    assert httpx.get(asked).status_code == 401
    assert httpx.get(asked, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


async def ask(server: Running, query: str, *parameters: object, read_only: bool) -> httpx.Response:
    async with httpx.AsyncClient(headers=BEARER, timeout=60) as client:
        body = {"query": query, "parameters": parameters, "read_only": read_only}
        return await client.post(f"{server.url}/management/v1/projects/sahne/database/query", json=body)


@pytest.mark.anyio
async def test_servers_of_this_version_go_on_over_what_agents_migrate_even_at_once(
    server: Running, database_url: str
) -> None:
    asked = f"{server.url}/management/v1/projects/sahne/database/migrations"
    async with httpx.AsyncClient(headers=BEARER, timeout=60) as client:
        told = [client.post(asked, json={"name": f"at_once_{each}", "query": "select 1"}) for each in range(3)]
        assert [answer.status_code for answer in await asyncio.gather(*told)] == [200, 200, 200]
        names = {row["name"] for row in (await client.get(asked)).json()}
    assert {"at_once_0", "at_once_1", "at_once_2"} <= names
    assert heed_newer(database_url) == []
    assert migrate(database_url) == []
    assert {step.state for step in status(database_url)} == {"applied", "unknown"}


@pytest.mark.anyio
async def test_a_migration_ends_before_whoever_asked_for_it_goes(settings: Settings, database_url: str) -> None:
    hasty = replace(settings, statement_timeout_seconds=0.5)
    statements = Statements(hasty)
    with pytest.raises(SqlRefused) as refused:
        await apply(statements, hasty, "slow", "select 1; select pg_sleep(60)")
    assert "statement timeout" in refused.value.message
    with psycopg.connect(database_url) as other:
        other.execute("select pg_advisory_lock(%s)", (ADVISORY_KEY,))
        with pytest.raises(AnotherMigrates) as waited:
            await apply(statements, hasty, "waiting", "select 1")
    assert waited.value.status == 409
    nowhere = replace(hasty, database_url=f"postgresql://postgres@127.0.0.1:{free_port()}/nowhere")
    with pytest.raises(Unavailable):
        await apply(Statements(nowhere), nowhere, "nowhere", "select 1")
    assert not {"slow", "waiting"} & {row["name"] for row in await history(statements)}


@pytest.mark.anyio
async def test_what_only_reads_leaves_nothing_behind_that_a_reader_may_do(server: Running, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen left_behind")
        answer = await ask(server, "select pg_notify('left_behind', 'by a reader')", read_only=True)
        assert answer.status_code == 200
        listener.execute("select pg_notify('left_behind', 'afterwards')")
        assert [told.payload for told in listener.notifies(stop_after=1)] == ["afterwards"]


@pytest.mark.anyio
@pytest.mark.parametrize("read_only", [True, False])
async def test_an_answer_is_bounded_in_rows_and_bytes_before_it_is_kept(server: Running, read_only: bool) -> None:
    assert (await ask(server, "select 1 as one", read_only=read_only)).json() == [{"one": 1}]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for query, code in (
        ("select generate_series(1, 5000000)", "too_many_rows"),
        ("select repeat('x', 1000000) from generate_series(1, 500)", "answer_too_large"),
        ("select repeat('x', 9000000)", "answer_too_large"),
    ):
        answer = await ask(server, query, read_only=read_only)
        assert (answer.status_code, answer.json()["code"]) == (400, code), query
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 60 * 1024
    large = (await ask(server, "select repeat('x', 1000000) from generate_series(1, 7)", read_only=read_only)).json()
    assert sum(len(row["repeat"]) for row in large) == 7_000_000


@pytest.mark.anyio
async def test_of_a_script_only_the_last_statement_counts_and_copy_is_refused(server: Running) -> None:
    script = "select generate_series(1, 900); select generate_series(1, 900) as n"
    assert len((await ask(server, script, read_only=False)).json()) == 900
    assert (await ask(server, "select 1; select 2 where false", read_only=False)).json() == []
    for read_only in (True, False):
        given = await ask(server, "select $1::int + 1 as n, $2::text as t", 1, None, read_only=read_only)
        assert given.json() == [{"n": 2, "t": None}]
        answer = await ask(server, "copy (select 1) to stdout", read_only=read_only)
        assert (answer.status_code, answer.json()["code"]) == (400, "sql_refused")


def test_logs_are_answered_whatever_paths_anybody_asked_for(server: Running) -> None:
    socket = RawSocket(server.settings.port)
    socket.ask("GET", "/%00nul", {})
    socket.close()
    asked = f"{server.url}/management/v1/projects/sahne/analytics/endpoints/logs"
    answer = httpx.get(asked, headers=BEARER, params={"sql": "select event_message from logs"})
    assert answer.status_code == 200, answer.text
    assert any("/\ufffdnul" in row["event_message"] for row in answer.json()["result"])


def test_the_management_door_is_closed_unless_it_is_opened_and_in_production_said_twice(settings: Settings) -> None:
    assert read_settings(env_file=None).management == "off"
    with pytest.raises(SettingInvalid) as refused:
        refuse_unfit(replace(settings, management_token=None))
    assert "SAHNE_MANAGEMENT_TOKEN" in str(refused.value.details)
    own = replace(settings, **own_keys())
    with pytest.raises(SettingInvalid) as refused:
        refuse_unfit(own)
    assert "SAHNE_MANAGEMENT_IN_PRODUCTION" in str(refused.value.details)
    refuse_unfit(replace(own, management_in_production=True))
