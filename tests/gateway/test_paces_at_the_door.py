"""Who is too fast for others is told when to try again, in the way each door says so."""

from __future__ import annotations

from uuid import UUID

import httpx

from sahne.settings import Settings
from tests.stage import Door
from tests.world import World, bearer


def test_the_fourth_ring_in_a_row_is_told_when_to_come_back(
    door: Door, settings: Settings, world: World, bo: UUID, cem: UUID
) -> None:
    for _ in range(3):
        call = door.done(bo, "calls", {"callee_id": str(cem), "call_type": "audio_call"})["call"]["id"]
        door.done(bo, f"calls/{call}/end")
    refused = door.post(bo, "calls", {"callee_id": str(cem), "call_type": "audio_call"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_fast")
    seconds = refused.json()["details"]["retry_after_seconds"]
    assert refused.headers["retry-after"] == str(seconds)
    row = {"caller_id": str(bo), "callee_id": str(cem), "call_type": "audio_call"}
    written = httpx.post(f"{settings.api_url}/rest/v1/calls", json=row, headers=bearer(bo))
    assert (written.status_code, written.json()["code"]) == (403, "42501")
    assert written.json()["message"] == "You have called this person several times just now"
    assert written.json()["hint"].startswith("Try again in ")
    door.done(cem, "calls", {"callee_id": str(bo), "call_type": "audio_call"})
