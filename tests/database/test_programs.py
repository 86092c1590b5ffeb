"""The programs that suit a server are found, or what to install is said; none shows the password it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from sahne.database.binaries import Binaries, embedded_binaries
from sahne.database.programs import (
    ProgramFailed,
    ProgramsMissing,
    end_program,
    find_programs,
    finish_program,
    installed_programs,
    run_program,
    start_program,
)
from tests.eventually import eventually

SLEEP = "--command=select pg_sleep(60)"


def test_those_of_the_servers_version_come_first_then_the_oldest_newer_ones(binaries: Binaries) -> None:
    assert find_programs(binaries.major).major == binaries.major
    majors = {each.major for each in installed_programs()}
    assert embedded_binaries().major in majors
    for wanted in range(min(majors), max(majors) + 1):
        assert find_programs(wanted).major == min(major for major in majors if major >= wanted)
    assert find_programs(min(majors), dump_major=max(majors)).major == max(majors)


def test_where_none_is_new_enough_it_says_what_to_install() -> None:
    with pytest.raises(ProgramsMissing) as missing:
        find_programs(99)
    assert "postgresql-client-99" in str(missing.value.hint)
    assert str(embedded_binaries().major) in str(missing.value.details)


def test_a_failure_is_told_in_the_programs_own_words(cluster_url: str, binaries: Binaries) -> None:
    with pytest.raises(ProgramFailed, match=r"pg_dump failed") as failed:
        run_program(binaries, "pg_dump", "--table=never_was", url=cluster_url)
    assert "no matching tables" in str(failed.value.details)


def test_the_password_is_not_seen_among_the_processes_and_ending_it_ends_it(
    cluster_url: str, binaries: Binaries
) -> None:
    url = f"{cluster_url}?application_name=seen"
    process = start_program(binaries, "psql", "--no-psqlrc", SLEEP, url=url)
    try:
        line = Path(f"/proc/{process.pid}/cmdline")
        eventually(lambda: b"pg_sleep" in line.read_bytes())
        assert b"application_name=seen" in line.read_bytes()
        assert b"password" not in line.read_bytes().replace(b"--no-password", b"")
    finally:
        end_program(process)
    assert process.returncode == -9
    run_program(binaries, "psql", "--no-psqlrc", "--command=select 1", url=cluster_url)
    with pytest.raises(ProgramFailed):
        finish_program(start_program(binaries, "psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--command=x", url=url))
