"""kill -9 of the server after a gift was committed and before it was answered: the same key again is the same gift."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.conftest import free_port
from tests.eventually import eventually
from tests.process.sahne_up import SahneUp, sahne_up
from tests.process.test_nothing_is_lost import cheapest_gift, door, open_session, sign_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

WAITS = "select exists (select from pg_stat_activity where wait_event = 'advisory')"
MADE = "select id::text, transaction_id::text from public.live_gifts where session_id = %s"


def test_a_gift_whose_answer_was_lost_is_answered_by_the_same_key(tmp_path: Path) -> None:
    ports: dict[str, Any] = {"port": free_port(), "db_port": free_port()}
    key = uuid4().hex
    with sahne_up(tmp_path / "data", "--no-livekit", **ports) as stage:
        session_id = open_session(stage)
        with ThreadPoolExecutor(1) as pool, psycopg.connect(stage.db_url, autocommit=True) as conn:
            with held_up(stage, key):
                answer = pool.submit(give, stage, session_id, key)
                eventually(lambda: one(conn, WAITS))
                os.kill(stage.process.pid, signal.SIGSTOP)
            eventually(lambda: conn.execute(MADE, (session_id,)).fetchall())
            made = conn.execute(MADE, (session_id,)).fetchall()
            stage.process.kill()
            stage.process.wait()
            assert isinstance(answer.exception(), httpx.TransportError)
    with sahne_up(tmp_path / "data", "--no-livekit", **ports) as stage:
        again = [give(stage, session_id, key).json() for _ in range(2)]
        assert again[0] == again[1]
        with psycopg.connect(stage.db_url) as conn:
            assert conn.execute(MADE, (session_id,)).fetchall() == made
            assert one(conn, "select count(*) from public.coin_transactions where kind = 'gift'") == 1
            assert one(conn, "select count(*) from private.ledger_faults()") == 0
    assert [again[0]["live_gift"]["id"]] == [row[0] for row in made]


@contextmanager
def held_up(stage: SahneUp, key: str) -> Iterator[None]:
    """Bo's request with the key waits in the database for as long."""
    bo = sign_in(stage, "bo")[1]
    with psycopg.connect(stage.db_url) as conn:
        conn.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (bo + key,))
        yield


def give(stage: SahneUp, session_id: str, key: str) -> httpx.Response:
    token = sign_in(stage, "bo")[0]
    with door(stage, token) as client:
        return client.post(
            f"/functions/v1/live/sessions/{session_id}/gifts",
            json={"gift_id": cheapest_gift(stage, token), "quantity": 1},
            headers={"Idempotency-Key": key},
        )


def one(conn: psycopg.Connection[Any], statement: str) -> Any:
    row = conn.execute(statement.encode()).fetchone()
    return row[0] if row else None
