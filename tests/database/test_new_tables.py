"""A table made in `public` after the migrations is closed to the Data API until it is granted, or open by setting."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from sahne.database.migrate import migrate

ROLES = ("anon", "authenticated", "service_role")


def may_read(database_url: str, how: str = "") -> dict[str, bool]:
    """Who may read a table that was just made."""
    name = f"made_{uuid4().hex[:8]}"
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(f"create table public.{name} (id int)".encode())
        if how:
            conn.execute(how.format(f"public.{name}").encode())
        question = "select has_table_privilege(%s, %s, 'select')"
        return {role: one(conn, question, role, f"public.{name}") for role in ROLES}


def one(conn: psycopg.Connection[Any], question: str, *values: object) -> bool:
    row = conn.execute(question.encode(), values).fetchone()
    return bool(row and row[0])


def test_a_new_table_is_seen_by_those_alone_whom_it_is_granted_to(database_url: str) -> None:
    assert may_read(database_url) == dict.fromkeys(ROLES, False)
    granted = may_read(database_url, "grant select on {} to authenticated")
    assert granted == {"anon": False, "authenticated": True, "service_role": False}


def test_the_setting_opens_what_is_made_from_then_on_and_closes_it_again(database_url: str) -> None:
    migrate(database_url, auto_expose_new_tables=True)
    assert may_read(database_url) == dict.fromkeys(ROLES, True)
    migrate(database_url)  # who says nothing changes nothing
    assert may_read(database_url) == dict.fromkeys(ROLES, True)
    migrate(database_url, auto_expose_new_tables=False)
    assert may_read(database_url) == dict.fromkeys(ROLES, False)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_the_setting_opens_nothing_that_was_there(database_url: str, role: str) -> None:
    grants = """select count(*) from information_schema.role_table_grants where grantee = %s and table_schema = 'public'
                and table_name !~ '^made_'"""
    with psycopg.connect(database_url, autocommit=True) as conn:
        before = conn.execute(grants.encode(), (role,)).fetchone()
        migrate(database_url, auto_expose_new_tables=True)
        assert conn.execute(grants.encode(), (role,)).fetchone() == before
        migrate(database_url, auto_expose_new_tables=False)
