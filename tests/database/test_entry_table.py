"""The golden table of who comes in: 168 cases asked of the database, as the documentation has them."""

from __future__ import annotations

import psycopg
from psycopg.rows import dict_row

from tests.database.access.entries import CASES, COMMAND, PAGE, ask_all, render


def test_every_way_in_is_as_the_documentation_says(database_url: str) -> None:
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        found = ask_all(conn)
    assert len(CASES) == len(found) == 168
    assert render(found) == PAGE.read_text("utf-8"), f"look whether it should be so, then print it anew: {COMMAND}"


def test_nobody_has_a_token_past_a_ban_a_price_or_a_subscription(database_url: str) -> None:
    """The table could be printed with a hole in it; these three sentences could not."""
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        found = {case: answer for case, answer in ask_all(conn).items() if case.role != "host"}
    assert {answer for case, answer in found.items() if case.banned} == {"`banned`"}
    let_in = [case for case, answer in found.items() if not answer.startswith("`")]
    assert all(case.paid for case in let_in if case.access == "pay_per_view")
    assert all(case.subscribed for case in let_in if case.access == "subscribers_only")
    assert {case.access for case in let_in} == {"public", "subscribers_only", "pay_per_view"}


def test_asking_leaves_nothing_behind(database_url: str) -> None:
    count = "select count(*) as many from auth.users"
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        before = conn.execute(count).fetchone()
        ask_all(conn)
        assert conn.execute(count).fetchone() == before
