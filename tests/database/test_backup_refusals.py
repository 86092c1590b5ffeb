"""What stops a restore is told by its cause: a role that may not, or a function that names another without its schema."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from sahne.database.programs import ProgramFailed
from sahne.operations.backup.restore import BARE_NAME_HINT, SUPERUSER_HINT, hint_of, restore_backup
from tests.backups import Stored, databases, new_name

BARE = """
create function public.half(number int) returns int immutable language sql as 'select number / 2';
create function public.half_of(number int) returns int immutable {} language plpgsql as
  'begin return half(number); end';
create table public.halves (number int, half int generated always as (public.half_of(number)) stored);
insert into public.halves values (8);
"""
GONE = "drop table public.halves; drop function public.half_of; drop function public.half"


def test_a_bare_name_in_a_function_of_a_generated_column_is_told_and_no_superuser_is_asked_for(
    stored: Stored, tmp_path: Path
) -> None:
    stored.run(BARE.format(""))
    try:
        backup = Stored(stored.url, stored.objects, tmp_path / "backups").back_up()
    finally:
        stored.run(GONE)
    before = databases(stored.url)
    with new_name(stored.url) as name, pytest.raises(ProgramFailed) as refused:
        restore_backup(backup, stored.url, name, tmp_path / "objects")
    assert "half(integer) does not exist" in str(refused.value.details)
    assert refused.value.hint == BARE_NAME_HINT
    assert databases(stored.url) == before


def test_the_same_function_with_a_search_path_of_its_own_comes_back(stored: Stored, tmp_path: Path) -> None:
    stored.run(BARE.format("set search_path = public"))
    try:
        backup = Stored(stored.url, stored.objects, tmp_path / "backups").back_up()
    finally:
        stored.run(GONE)
    with new_name(stored.url) as name:
        restored = restore_backup(backup, stored.url, name, tmp_path / "objects")
        with psycopg.connect(restored.url) as conn:
            assert conn.execute("select half from public.halves").fetchone() == (4,)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ('ERROR:  permission denied to create event trigger "x"', SUPERUSER_HINT),
        ("ERROR:  must be superuser to create a base type", SUPERUSER_HINT),
        ('ERROR:  must be able to SET ROLE "sahne"', SUPERUSER_HINT),
        ("ERROR:  function half(integer) does not exist", BARE_NAME_HINT),
        ('ERROR:  could not extend file "base/1": No space left on device', None),
    ],
)
def test_each_cause_has_its_own_advice_and_a_full_disk_none_about_roles(said: str, hint: str | None) -> None:
    assert hint_of(said) == hint
