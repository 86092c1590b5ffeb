"""A refusal keeps its code, status, sentence and details on the way from PostgreSQL to the client."""

from __future__ import annotations

import re

import pytest

from sahne.operations.function_texts.folder import read_sources

TEXTS = [source.text for source in read_sources()]
REFUSE = re.compile(r"private\.refuse\(\s*(\d{3}),\s*'([a-z_]+)'")
FIXED = {
    "insufficient_coins": 402,
    "ticket_required": 402,
    "subscription_required": 403,
    "session_not_live": 409,
}


def refusals() -> list[tuple[str, int]]:
    return [(code, int(status)) for text in TEXTS for status, code in REFUSE.findall(text)]


def test_every_refusal_of_the_stage_is_a_4xx() -> None:
    found = refusals()
    assert len(found) > 50
    assert {status for _, status in found} <= {400, 401, 402, 403, 404, 409, 410, 422, 429}


@pytest.mark.parametrize(("code", "status"), FIXED.items())
def test_the_codes_clients_rely_on_have_their_status(code: str, status: int) -> None:
    assert {found for name, found in refusals() if name == code} == {status}
