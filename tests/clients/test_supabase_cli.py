"""The real Supabase CLI on our database: one history of migrations, no advice to give, types, inspection."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from pydantic import ValidationError

from sahne.database.binaries import Binaries
from sahne.database.migrate import migrate, status
from tests.clients.conftest import Packages
from tests.clients.supabase_cli import SupabaseCli
from tests.clients.table_types import assert_types_fit
from tests.conftest import with_database
from tests.restoring import restored_copy

MIGRATIONS = Path(__file__).parents[2] / "supabase" / "migrations"
SLOT = "inspected"


@pytest.fixture(scope="module")
def cli(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> SupabaseCli:
    """The CLI in a project whose migrations are the repository's, as its `supabase/migrations` leads to them."""
    project = tmp_path_factory.mktemp("project")
    (project / "supabase").mkdir()
    (project / "supabase" / "migrations").symlink_to(MIGRATIONS)
    return SupabaseCli(packages, project)


@pytest.fixture
def empty(cluster_url: str) -> Iterator[str]:
    name = f"push_{uuid4().hex[:8]}"
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"create database {name} template template0")
        yield with_database(cluster_url, name)
        conn.execute(f"drop database {name} with (force)")


def versions() -> list[str]:
    return sorted(path.name[:14] for path in MIGRATIONS.glob("*.sql"))


def test_what_sahne_applied_supabase_sees_as_applied(cli: SupabaseCli, database_url: str) -> None:
    listed = cli.ask_json(database_url, "migration", "list")["migrations"]
    assert [(each["local"], each["remote"]) for each in listed] == [(version, version) for version in versions()]
    pushed = cli.ask_json(database_url, "db", "push", "--yes")
    assert (pushed["upToDate"], pushed["migrations"]) == (True, [])


def test_an_existing_project_is_pushed_with_its_seed(packages: Packages, empty: str, tmp_path: Path) -> None:
    migrate(empty, folder=tmp_path)
    project = tmp_path / "project"
    shutil.copytree(Path(__file__).parents[1] / "existing_project", project)
    pushed = SupabaseCli(packages, project).ask_json(empty, "db", "push", "--yes", "--include-seed")
    assert len(pushed["migrations"]) == 2
    with psycopg.connect(empty) as conn:
        rows = conn.execute("select item from public.orders order by item").fetchall()
    assert rows == [("Cake",), ("Coffee",), ("Soup",), ("Tea",)]


def test_what_supabase_applied_sahne_sees_as_applied(cli: SupabaseCli, empty: str, tmp_path: Path) -> None:
    migrate(empty, folder=tmp_path)  # the platform alone, as a new project of Supabase has it
    listed = cli.ask_json(empty, "migration", "list")["migrations"]
    assert [(each["local"], each["remote"]) for each in listed] == [(version, "") for version in versions()]
    assert len(cli.ask_json(empty, "db", "push", "--yes")["migrations"]) == len(versions())
    assert {step.state for step in status(empty)} == {"applied"}
    assert migrate(empty) == []


def test_each_applies_what_the_other_has_not_yet(cli: SupabaseCli, empty: str) -> None:
    *_, before_last, last = versions()
    migrate(empty, target=before_last)
    pushed = cli.ask_json(empty, "db", "push", "--yes")["migrations"]
    assert [Path(name).name[:14] for name in pushed] == [last]
    assert migrate(empty) == []


def test_the_advisors_have_nothing_to_say(cli: SupabaseCli, database_url: str) -> None:
    done = cli.run(database_url, "db", "advisors", "--level", "warn", "--fail-on", "warn")
    assert done.returncode == 0, done.stdout


def test_the_advisors_would_speak_up(cli: SupabaseCli, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("create table public.open_to_all (id int primary key); grant select on public.open_to_all to anon")
        try:
            done = cli.run(database_url, "db", "advisors", "--level", "warn", "--fail-on", "warn")
        finally:
            conn.execute("drop table public.open_to_all")
    assert done.returncode != 0
    assert "public.open_to_all" in done.stdout


def test_the_advisors_have_nothing_to_say_of_a_restored_dump(
    cli: SupabaseCli, database_url: str, binaries: Binaries, tmp_path: Path
) -> None:
    with restored_copy(database_url, binaries, tmp_path) as restored:
        done = cli.run(restored, "db", "advisors", "--level", "warn", "--fail-on", "warn")
        listed = cli.ask_json(restored, "migration", "list")["migrations"]
    assert done.returncode == 0, done.stdout
    assert [each["remote"] for each in listed] == versions()


def test_its_typescript_types_compile_and_refuse_what_is_not_there(
    cli: SupabaseCli, packages: Packages, database_url: str, tmp_path: Path
) -> None:
    types = cli.ask(database_url, "gen", "types", "--lang", "typescript", "--schema", "public")
    assert_types_fit(packages, types, tmp_path)


def test_its_python_types_import_and_hold_our_rows(
    cli: SupabaseCli, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = cli.ask(database_url, "gen", "types", "--lang", "python", "--schema", "public")
    (tmp_path / "types_of_sahne.py").write_text(types)
    monkeypatch.syspath_prepend(tmp_path)
    category = import_module("types_of_sahne").PublicCategories
    now = datetime.now(UTC)
    row = {"id": uuid4(), "slug": "city", "name": "City", "is_active": True, "created_at": now, "updated_at": now}
    optional = {name: None for name in category.model_fields if name not in row}
    assert category.model_validate(row | optional).slug == "city"
    with pytest.raises(ValidationError):
        category.model_validate(row | optional | {"is_active": "perhaps"})


def test_it_inspects_tables_indexes_bloat_and_slots(cli: SupabaseCli, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("select pg_create_logical_replication_slot(%s, 'pgoutput')", (SLOT,))
        try:
            slots = inspected(cli, database_url, "replication-slots")
        finally:
            conn.execute("select pg_drop_replication_slot(%s)", (SLOT,))
    assert SLOT in {row["slot_name"] for row in slots}, slots
    assert "public.live_sessions" in {row["name"] for row in inspected(cli, database_url, "table-stats")}
    indexes = {row["name"] for row in inspected(cli, database_url, "index-stats")}
    assert "public.idx_generated_images_user_created" in indexes
    assert isinstance(inspected(cli, database_url, "bloat"), list)


def inspected(cli: SupabaseCli, database: str, what: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = cli.ask_json(database, "inspect", "db", what)["rows"]
    return rows
