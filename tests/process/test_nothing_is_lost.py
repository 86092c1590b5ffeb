"""kill -9 of the server and of PostgreSQL in mid-flow: what was acknowledged is there after a restart, once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from sahne.settings.local_stack import DEVELOPMENT_PUBLISHABLE_KEY
from tests.conftest import free_port
from tests.eventually import eventually
from tests.process.sahne_up import SahneUp, sahne_up

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ROUNDS = 4
ACKNOWLEDGED_BEFORE_KILL = 25
MESSAGE_COIN_PRICE_MAX = 5


class Bo:
    """Bo under load: says lines and sends the cheapest gift, remembering what the server acknowledged."""

    def __init__(self, stage: SahneUp, session_id: str) -> None:
        self.session_id = session_id
        self.lines: set[str] = set()
        self.gifts: dict[str, str] = {}
        self.unanswered: list[str] = []
        self._stopping = threading.Event()
        self._stage = stage
        self._token, self._user = sign_in(stage, "bo")
        self._gift = cheapest_gift(stage, self._token)
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Bo:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(30)

    def retry_unanswered(self) -> None:
        """What a client does after a crash: the same key again."""
        with door(self._stage, self._token) as client:
            for key in self.unanswered:
                answer = self._give(client, key)
                answer.raise_for_status()
                self.gifts[key] = answer.json()["live_gift"]["id"]
        self.unanswered.clear()

    def _work(self) -> None:
        with door(self._stage, self._token) as client:
            while not self._stopping.is_set():
                self._say_once(client, uuid4().hex)
                if not self._give_once(client, uuid4().hex):
                    self._stopping.wait(0.05)

    def _say_once(self, client: httpx.Client, content: str) -> None:
        if attempt(lambda: self._say(client, content)) == 201:
            self.lines.add(content)

    def _give_once(self, client: httpx.Client, key: str) -> bool:
        try:
            answer = self._give(client, key)
        except httpx.TransportError:
            answer = None
        if answer is None or answer.status_code != 200:
            self.unanswered.append(key)
            return False
        self.gifts[key] = answer.json()["live_gift"]["id"]
        return True

    def _say(self, client: httpx.Client, content: str) -> httpx.Response:
        line = {
            "session_id": self.session_id,
            "sender_id": self._user,
            "sender_profile_id": self._user,
            "content": content,
        }
        return client.post("/rest/v1/live_messages", json=line)

    def _give(self, client: httpx.Client, key: str) -> httpx.Response:
        return client.post(
            f"/functions/v1/live/sessions/{self.session_id}/gifts",
            json={"gift_id": self._gift, "quantity": 1},
            headers={"Idempotency-Key": key},
        )


def attempt(request: Callable[[], httpx.Response]) -> int:
    """The status, or 0 when nobody answered."""
    try:
        return request().status_code
    except httpx.TransportError:
        return 0


def door(stage: SahneUp, token: str) -> httpx.Client:
    return httpx.Client(
        base_url=stage.url,
        timeout=10,
        headers={"apikey": DEVELOPMENT_PUBLISHABLE_KEY, "Authorization": f"Bearer {token}"},
    )


def sign_in(stage: SahneUp, name: str) -> tuple[str, str]:
    answer = httpx.post(
        f"{stage.url}/auth/v1/token",
        params={"grant_type": "password"},
        json={"email": f"{name}@example.com", "password": "sahne-demo"},
        headers={"apikey": DEVELOPMENT_PUBLISHABLE_KEY},
    ).raise_for_status()
    said: dict[str, Any] = answer.json()
    return said["access_token"], said["user"]["id"]


def cheapest_gift(stage: SahneUp, token: str) -> str:
    with door(stage, token) as client:
        row = client.get("/rest/v1/gifts", params={"order": "coin_price", "limit": 1}).json()[0]
    assert row["coin_price"] <= MESSAGE_COIN_PRICE_MAX
    return str(row["id"])


def open_session(stage: SahneUp) -> str:
    """Ada's session, made live in the database (there is no LiveKit here), with Bo in it, whom no pace slows.

    At a chat's usual pace of a line a second Bo would wait for his lines until all his coins were given away.
    """
    ada, _ = sign_in(stage, "ada")
    with door(stage, ada) as client:
        made = client.post("/functions/v1/live/sessions", json={"title": "Under fire", "session_type": "video_live"})
        session_id: str = made.raise_for_status().json()["session"]["id"]
    bo = sign_in(stage, "bo")[1]
    with psycopg.connect(stage.db_url) as conn:
        conn.execute("update private.settings set chat_lines_at_once = 10000, chat_lines_per_minute = 60000")
        conn.execute("update public.live_sessions set status = 'live', started_at = now() where id = %s", (session_id,))
        conn.execute(
            "insert into public.live_participants (session_id, user_id, profile_id) values (%s, %s, %s)",
            (session_id, bo, bo),
        )
    return session_id


def check_all_is_there(stage: SahneUp, bo: Bo) -> None:
    with psycopg.connect(stage.db_url) as conn:
        said = {row[0] for row in conn.execute("select content from public.live_messages where message_type = 'text'")}
        gifts = {
            str(row[0])
            for row in conn.execute("select id from public.live_gifts where session_id = %s", (bo.session_id,))
        }
        transactions = conn.execute("select count(*) from public.coin_transactions where kind = 'gift'").fetchone()
        total = conn.execute("select coalesce(sum(amount), 0) from public.coin_entries").fetchone()
        faults = conn.execute("select * from private.ledger_faults()").fetchall()
    assert bo.lines <= said, "an acknowledged line is gone"
    assert set(bo.gifts.values()) == gifts, "an acknowledged gift is gone, or one was made twice"
    assert transactions == (len(gifts),)
    assert total == (0,)
    assert faults == []


def test_an_acknowledged_line_or_gift_survives_kill_9(tmp_path: Path) -> None:
    data, port, db_port = tmp_path / "data", free_port(), free_port()
    victims = ["server", "postgres"] * (ROUNDS // 2)
    session_id: str | None = None
    bo: Bo | None = None
    for victim in victims:
        with sahne_up(data, "--no-livekit", port=port, db_port=db_port) as stage:
            session_id = session_id or open_session(stage)
            earlier = bo
            bo = Bo(stage, session_id)
            if earlier:
                bo.lines, bo.gifts, bo.unanswered = earlier.lines, earlier.gifts, earlier.unanswered
                bo.retry_unanswered()
                check_all_is_there(stage, bo)
            lines = bo.lines
            lines_before = len(lines)
            with bo:
                eventually(lambda: len(lines) >= lines_before + ACKNOWLEDGED_BEFORE_KILL, 60)  # noqa: B023
                if victim == "server":
                    stage.process.kill()
                    stage.process.wait()
                else:
                    os.kill(stage.state()["processes"]["postgres"], signal.SIGKILL)
                    lines_at_kill = len(lines)
                    eventually(lambda: len(lines) > lines_at_kill + 5, 60)  # noqa: B023 it serves again by itself
    assert bo
    with sahne_up(data, "--no-livekit", port=port, db_port=db_port) as stage:
        bo = _moved(bo, stage)
        bo.retry_unanswered()
        check_all_is_there(stage, bo)


def _moved(bo: Bo, stage: SahneUp) -> Bo:
    fresh = Bo(stage, bo.session_id)
    fresh.lines, fresh.gifts, fresh.unanswered = bo.lines, bo.gifts, bo.unanswered
    return fresh
