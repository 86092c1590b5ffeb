"""The migrations and the functions as texts: each says why it is, squawk finds nothing in them, every public table is guarded at once."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from itertools import pairwise
from pathlib import Path

import pytest

from sahne.database.history import Source, read_migrations
from sahne.database.platform_parts import platform_parts
from sahne.operations.function_texts.folder import read_sources

ROOT = Path(__file__).parents[2]
SQUAWK = Path(sysconfig.get_path("scripts")) / "squawk"
WORDS_MIN = 5

SOURCES = [*platform_parts(), *read_migrations(), *read_sources()]
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


def squawk(*files: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SQUAWK), "--config", str(ROOT / ".squawk.toml"), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )


@every_source
def test_it_begins_with_a_sentence_that_says_what_and_why(source: Source) -> None:
    comment = re.match(r"(?:--[^\n]*\n)+", source.text)
    assert comment, "it does not begin with a comment"
    sentence = re.sub(r"\s*\n?-- ?", " ", comment[0].partition("-- there when:")[0]).strip()
    assert re.search(r"[.:?]( |$)", sentence), sentence
    assert len(sentence.split()) >= WORDS_MIN, sentence


@every_source
def test_a_public_table_has_row_level_security_from_its_next_statement_on(source: Source) -> None:
    for made, after in pairwise([*(statement.text for statement in source.statements), ""]):
        if table := re.match(r"create table (?:if not exists )?(public\.\w+)", made):
            assert after == f"alter table {table[1]} enable row level security"


def test_squawk_has_nothing_to_say() -> None:
    done = squawk(*sorted((ROOT / "supabase" / "migrations").glob("*.sql")))
    assert done.returncode == 0, done.stdout


def test_squawk_would_speak_up(tmp_path: Path) -> None:
    risky = tmp_path / "20260101000000_risky.sql"
    risky.write_text("alter table public.scenes add column mood text not null;\n")
    done = squawk(risky)
    assert done.returncode == 1
    assert "adding-required-field" in done.stdout
