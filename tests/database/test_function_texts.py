"""The folder of functions and the migrations say the same, and where they do not, the next migration is written."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from sahne.database.migrate import MigrationFailed, migrate
from sahne.operations.function_texts.compare import QUERIES, FunctionRefused, compare
from sahne.operations.function_texts.folder import NotOfAFunction, TwoOfOneName, read_sources
from sahne.operations.function_texts.migration import VersionTaken, write_migration
from tests.database.test_migrate import new_database

FIRST = """
create schema if not exists private;
create table public.songs (id int primary key, title text);
alter table public.songs enable row level security;
"""

LENGTH = """-- How long a title is.
create or replace function private.title_length(_title text) returns integer
language sql immutable set search_path = '', pg_temp as $$
  select char_length(_title)
$$;
revoke execute on function private.title_length(text) from public;
"""


class Texts:
    """A folder of migrations and a folder of functions, small enough to be read at once."""

    def __init__(self, root: Path) -> None:
        self.migrations, self.functions = root / "migrations", root / "functions"
        self.migrations.mkdir()
        (self.functions / "songs").mkdir(parents=True)
        (self.migrations / "20260101000000_first.sql").write_text(FIRST + LENGTH)
        self.say(LENGTH)

    def say(self, text: str) -> None:
        """What the folder of functions says from now on."""
        (self.functions / "songs" / "titles.sql").write_text(f"-- Titles of songs and what is asked of them.\n\n{text}")

    def add(self, statement: str) -> None:
        """Something more in the first migration."""
        with (self.migrations / "20260101000000_first.sql").open("a") as first:
            first.write(statement)


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    return Texts(tmp_path)


def differences(cluster_url: str, texts: Texts) -> list[tuple[str, str]]:
    changes = compare(cluster_url, functions=texts.functions, migrations=texts.migrations)
    return [(change.kind, change.signature) for change in changes]


def written(cluster_url: str, texts: Texts, version: str = "20260101000001") -> str:
    """The text of the migration that the difference makes."""
    changes = compare(cluster_url, functions=texts.functions, migrations=texts.migrations)
    return write_migration(changes, "titles_anew", version=version, folder=texts.migrations).read_text()


def test_the_migrations_say_what_the_folder_says(cluster_url: str) -> None:
    assert compare(cluster_url) == []


def test_the_folder_over_a_migrated_database_changes_no_definition_comment_or_right(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        before = conn.execute(QUERIES["functions"]).fetchall()
        for source in read_sources():
            for statement in source.statements:
                conn.execute(statement.text.encode())
        assert conn.execute(QUERIES["functions"]).fetchall() == before
        conn.rollback()
    assert len(before) > 150


def test_every_function_is_text_of_the_folder_and_looks_for_names_nowhere(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        known = conn.execute(QUERIES["functions"]).fetchall()
    assert [
        signature for signature, definition, *_ in known if "SET search_path TO '', 'pg_temp'" not in definition
    ] == []


def test_a_changed_body_is_written_whole_with_the_comment_above_it(cluster_url: str, texts: Texts) -> None:
    texts.say(LENGTH.replace("select char_length(_title)", "select octet_length(_title)"))
    assert differences(cluster_url, texts) == [("changed", "private.title_length(text)")]
    text = written(cluster_url, texts)
    assert "-- How long a title is.\ncreate or replace function private.title_length" in text
    assert "revoke" not in text
    assert "drop" not in text
    assert differences(cluster_url, texts) == []


def test_a_comment_in_the_text_alone_is_no_difference(cluster_url: str, texts: Texts) -> None:
    texts.say(LENGTH.replace("How long a title is.", "A title's length."))
    assert differences(cluster_url, texts) == []


@pytest.mark.parametrize(
    "wider", ["private.title_length(_title text, _least integer)", "private.title_length(_other text)"]
)
def test_other_parameters_are_a_drop_and_a_making_that_names_what_depends_on_it(
    cluster_url: str, texts: Texts, wider: str
) -> None:
    texts.add('create policy "Short ones" on public.songs for select using (private.title_length(title) < 9);')
    texts.say(
        LENGTH.replace("private.title_length(_title text)", wider).replace("(_title)", "('')").replace("(text)", "")
    )
    [change] = compare(cluster_url, functions=texts.functions, migrations=texts.migrations)
    assert (change.kind, change.drops) == ("rebuilt", ("private.title_length(text)",))
    assert change.dependents == ('policy "Short ones" on public.songs',)
    text = written(cluster_url, texts)
    assert 'made again: policy "Short ones" on public.songs\ndrop function private.title_length(text);' in text
    with new_database(cluster_url) as url, pytest.raises(MigrationFailed, match="other objects depend on it"):
        migrate(url, folder=texts.migrations)
    path = texts.migrations / "20260101000001_titles_anew.sql"
    path.write_text(f'drop policy "Short ones" on public.songs;\n{text}')
    assert differences(cluster_url, texts) == []


def test_a_trigger_and_a_view_that_depend_are_named_too(cluster_url: str, texts: Texts) -> None:
    trigger = "create function private.keep() returns trigger language plpgsql as 'begin return new; end';"
    texts.add(
        f"{trigger} create trigger keep before insert on public.songs for each row execute function private.keep();"
    )
    texts.add("create view private.long as select private.title_length(title) as length from public.songs;")
    texts.say("")
    changes = compare(cluster_url, functions=texts.functions, migrations=texts.migrations)
    assert {change.signature: change.dependents for change in changes} == {
        "private.keep()": ("trigger keep on public.songs",),
        "private.title_length(text)": ("view private.long",),
    }


def test_a_function_gone_from_the_folder_is_dropped(cluster_url: str, texts: Texts) -> None:
    texts.say("")
    assert differences(cluster_url, texts) == [("gone", "private.title_length(text)")]
    assert "\ndrop function private.title_length(text);\n" in written(cluster_url, texts)
    assert differences(cluster_url, texts) == []


def test_a_new_function_comes_with_its_callers_and_its_comment_and_may_use_a_later_one(
    cluster_url: str, texts: Texts
) -> None:
    twice = LENGTH.replace("title_length(text)", "twice(text)").replace(
        "title_length(_title text)", "twice(_title text)"
    )
    twice = twice.replace("char_length(_title)", "2 * private.title_length(_title)")
    twice += "grant execute on function private.twice(text) to authenticated;\n"
    twice += "comment on function private.twice(text) is 'Doubly''s.';\n"
    texts.say(twice + LENGTH)
    assert differences(cluster_url, texts) == [("new", "private.twice(text)")]
    text = written(cluster_url, texts)
    assert "grant execute on function private.twice(text) to authenticated;" in text
    assert "is 'Doubly''s.';" in text
    assert differences(cluster_url, texts) == []


def test_rights_and_comments_alone_are_told_anew_without_the_body(cluster_url: str, texts: Texts) -> None:
    texts.say(LENGTH + "grant execute on function private.title_length(text) to anon;\n")
    assert differences(cluster_url, texts) == [("told anew", "private.title_length(text)")]
    assert "char_length" not in written(cluster_url, texts)
    assert differences(cluster_url, texts) == []
    texts.say(LENGTH)
    written(cluster_url, texts, "20260101000002")
    assert differences(cluster_url, texts) == []


@pytest.mark.parametrize("stranger", ["create table public.more ();", "create function private.a() returns int as ''"])
def test_what_is_no_function_to_be_replaced_has_no_place_in_the_folder(
    cluster_url: str, texts: Texts, stranger: str
) -> None:
    texts.say(f"{LENGTH}\n{stranger}")
    with pytest.raises(NotOfAFunction) as refusal:
        differences(cluster_url, texts)
    assert str(refusal.value.details).startswith("sahne/database/functions/songs/titles.sql:10: create")


def test_two_functions_of_one_name_are_refused(cluster_url: str, texts: Texts) -> None:
    texts.say(LENGTH + LENGTH.replace("_title text", "_title text, _more text"))
    with pytest.raises(TwoOfOneName) as refusal:
        differences(cluster_url, texts)
    assert refusal.value.details == [f"sahne/database/functions/songs/titles.sql:{line}" for line in (4, 10)]


def test_a_function_that_postgresql_does_not_take_is_told_with_its_place(cluster_url: str, texts: Texts) -> None:
    texts.say(LENGTH.replace("char_length(_title)", "char_length(\n    _heading)"))
    with pytest.raises(FunctionRefused) as refusal:
        differences(cluster_url, texts)
    assert refusal.value.message.startswith('sahne/database/functions/songs/titles.sql:7: column "_heading"')


def test_a_version_that_is_there_is_not_written_twice(texts: Texts) -> None:
    with pytest.raises(VersionTaken):
        write_migration([], "again", version="20260101000000", folder=texts.migrations)
    assert len(list(texts.migrations.iterdir())) == 1
