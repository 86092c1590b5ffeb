"""Requests made up from the description itself: none ends in a fault of ours, and no answer is one that is not described.

schemathesis makes them, the same ones in each run; with ids that are nobody's, and with those of a session that is live.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as bounds
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sahne.gateway.functions.openapi import describe
from sahne.gateway.functions.table import OPERATIONS
from sahne.providers.livekit import InMemoryLiveKit
from sahne.settings import Settings
from tests.conftest import running_server
from tests.studio import Studio
from tests.world import LINE, bearer

REQUESTS_MAX = 6  # of an operation, and as many with ids that are there
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

described = schemathesis.openapi.from_dict(describe(OPERATIONS, "http://localhost"))
few = bounds(
    max_examples=REQUESTS_MAX, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the server is, whose ids are which, and how a host and a viewer call it."""

    url: str
    ids: dict[str, str]
    callers: list[dict[str, str]]
    statuses: set[int]

    def ask(self, case: Any) -> None:
        for caller in self.callers:
            answer = case.call_and_validate(base_url=self.url, headers=caller, checks=CHECKS)
            self.statuses.add(answer.status_code)


@pytest.fixture(scope="module")
def stage(settings: Settings, database_url: str) -> Iterator[Stage]:
    world = Studio(database_url, settings)
    ada, bo = world.person(creator=True, coins=1_000_000), world.person(coins=1_000_000)
    with running_server(settings, InMemoryLiveKit()) as server:
        session = world.session(ada)
        world.verb(bo, "join_session", session)
        world.sql(bo, LINE, session, bo, bo, "Merhaba")
        line = world.one("select id from public.live_messages where session_id = %s", session)
        ids = {"session_id": session, "profile_id": bo, "message_id": line, "gift_id": world.gift(1)}
        ids |= {"scene_id": world.scene(), "callee_id": ada, "receiver_id": ada}
        yield Stage(server.url, {name: str(id) for name, id in ids.items()}, [bearer(ada), bearer(bo)], set())


@few
@described.parametrize()
def test_ids_of_nobody_are_answered_as_described(stage: Stage, case: Any) -> None:
    stage.ask(case)


@few
@described.parametrize()
def test_ids_that_are_there_are_answered_as_described(stage: Stage, case: Any) -> None:
    case.path_parameters = {**(case.path_parameters or {}), **_there(stage, case.path_parameters)}
    if isinstance(case.body, dict):
        case.body = {**case.body, **_there(stage, case.body)}
    stage.ask(case)


@few
@described.parametrize()
def test_nobody_at_all_is_answered_as_described(stage: Stage, case: Any) -> None:
    answer = case.call_and_validate(base_url=stage.url, checks=CHECKS)
    takes_anybody = {} in case.operation.definition.raw["security"]
    assert takes_anybody or answer.status_code in (400, 401, 404, 405, 413)


def test_the_requests_come_far_enough(stage: Stage) -> None:
    assert stage.statuses >= {200, 400, 403, 404, 409, 422}


def _there(stage: Stage, given: Any) -> dict[str, str]:
    return {name: id for name, id in stage.ids.items() if name in (given or {})}
