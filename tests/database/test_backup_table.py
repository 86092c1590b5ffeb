"""One table of a backup comes back beside the live one, which is compared with and never touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from sahne.operations.backup.shelf import Backup
from sahne.operations.backup.table import NoSuchTable, TableChanged, restore_table
from tests.backups import Stored, tables


@pytest.fixture(scope="module")
def backup(stored: Stored) -> Backup:
    return stored.back_up()


def schemas(stored: Stored) -> list[str]:
    return [str(name) for (name,) in stored.run("select nspname from pg_namespace where nspname like 'restore%%'")]


def test_it_says_what_is_missing_changed_and_new_and_changes_nothing(stored: Stored, backup: Backup) -> None:
    count = int(str(stored.run("select count(*) from public.gifts")[0][0]))
    stored.run("delete from public.gifts where coin_price = (select max(coin_price) from public.gifts)")
    stored.run(
        "update public.gifts set name = name || '!' where coin_price = (select min(coin_price) from public.gifts)"
    )
    stored.run("insert into public.gifts (name, coin_price) values ('new', 3)")
    before = tables(stored.url)
    said = restore_table(backup, stored.url, "gifts")
    assert (said.table, said.rows) == ("public.gifts", count)
    assert (said.missing_here, said.only_here) == (1, 1)
    assert said.changed == 1
    assert {name: facts for name, facts in tables(stored.url).items() if name != said.place} == before
    lost = f"select count(*) from {said.place} as kept where not exists (select from public.gifts as g where g.id = kept.id)"
    assert stored.run(lost) == [(1,)]
    back = f"insert into public.gifts select kept.* from {said.place} as kept"
    stored.run(f"{back} where not exists (select from public.gifts as g where g.id = kept.id)")
    again = restore_table(backup, stored.url, "public.gifts")
    assert again.place != said.place
    assert (again.rows, again.missing_here) == (count, 0)


@pytest.mark.parametrize("table", ["analytics_events", "auth.users", "private.settings", "storage.objects", "profiles"])
def test_whatever_the_table_is_like_its_rows_are_the_same(stored: Stored, backup: Backup, table: str) -> None:
    said = restore_table(backup, stored.url, table)
    assert said.rows > 0
    assert (said.missing_here, said.changed, said.only_here) == (0, 0, 0)


def test_a_table_that_never_was_and_one_with_other_columns_are_refused(stored: Stored, tmp_path: Path) -> None:
    stored.run("create table public.short_lived (id int, old_name text, json_of_it json)")
    stored.run(
        """insert into public.short_lived values (1, 'a"b, c', '{"a": 1}'), (2, E'tab\\there\\nand a line', null)"""
    )
    backup = Stored(stored.url, stored.objects, tmp_path).back_up()
    same = restore_table(backup, stored.url, "short_lived")
    assert (same.rows, same.missing_here, same.changed, same.only_here) == (2, 0, 0, 0)
    before = schemas(stored)
    with pytest.raises(NoSuchTable):
        restore_table(backup, stored.url, "never_was")
    stored.run("alter table public.short_lived add column added int default 3")
    wider = restore_table(backup, stored.url, "short_lived")
    assert (wider.rows, wider.missing_here, wider.changed) == (2, 0, 0)
    stored.run("alter table public.short_lived drop column old_name")
    with pytest.raises(TableChanged, match="other columns"):
        restore_table(backup, stored.url, "short_lived")
    stored.run("drop table public.short_lived")
    with pytest.raises(TableChanged, match="not there any more"):
        restore_table(backup, stored.url, "short_lived")
    assert len(schemas(stored)) == len(before) + 1
