"""A server that dies, or is stopped, in the middle of events: what it answered is there, and what comes again is told so."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
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

EVENTS_OF_A_REQUEST = 50
ANSWERED_BEFORE = 20


class App:
    """An app that reports without a pause and keeps what was answered, and what was not."""

    def __init__(self, stage: SahneUp) -> None:
        self.answered: list[list[dict[str, Any]]] = []
        self.unanswered: list[list[dict[str, Any]]] = []
        self._url = stage.url
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> App:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(30)

    def _work(self) -> None:
        with httpx.Client(timeout=10) as client:
            while not self._stopping.is_set():
                events = [event() for _ in range(EVENTS_OF_A_REQUEST)]
                try:
                    answer = send(client, self._url, events)
                except httpx.TransportError:
                    self.unanswered.append(events)
                    return
                (self.answered if answer.status_code == 200 else self.unanswered).append(events)


def event() -> dict[str, Any]:
    return {"id": str(uuid4()), "event_name": "opened", "created_at": datetime.now(UTC).isoformat()}


def send(client: httpx.Client, url: str, events: list[dict[str, Any]]) -> httpx.Response:
    headers = {"apikey": DEVELOPMENT_PUBLISHABLE_KEY}
    return client.post(f"{url}/functions/v1/analytics/events", json={"events": events}, headers=headers)


def kept(stage: SahneUp) -> set[str]:
    with psycopg.connect(stage.db_url) as conn:
        return {str(row[0]) for row in conn.execute("select id from public.analytics_events")}


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_answered_is_there_after_the_server_has_ended(tmp_path: Path, end: signal.Signals) -> None:
    data, port, db_port = tmp_path / "data", free_port(), free_port()
    with sahne_up(data, "--no-livekit", "--no-demo", port=port, db_port=db_port) as stage:
        apps = [App(stage) for _ in range(3)]
        for app in apps:
            app.__enter__()
        eventually(lambda: sum(len(app.answered) for app in apps) >= ANSWERED_BEFORE, 60)
        stage.process.send_signal(end)
        stage.process.wait(60)
        for app in apps:
            app.__exit__()
    with sahne_up(data, "--no-livekit", "--no-demo", port=port, db_port=db_port) as stage:
        answered = {each["id"] for app in apps for events in app.answered for each in events}
        assert answered <= kept(stage)
        with httpx.Client(timeout=10) as client:
            for events in (events for app in apps for events in (*app.unanswered, app.answered[-1])):
                said = send(client, stage.url, events).json()
                assert said["accepted"] + said["repeated"] == EVENTS_OF_A_REQUEST
        assert len(kept(stage)) == sum(EVENTS_OF_A_REQUEST * (len(app.answered) + len(app.unanswered)) for app in apps)
