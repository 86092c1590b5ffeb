"""What spends says the price it was shown, and a creator's own list of who never comes: the operations as clients call them."""

from __future__ import annotations

from uuid import UUID, uuid4

from tests.stage import Door, new_key
from tests.world import World

VIDEO = {"session_type": "video_live", "title": "Akşam sahnesi"}


def test_a_ticket_costs_what_was_shown_or_nothing(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    paid = VIDEO | {"access_type": "pay_per_view", "ppv_coin_price": 300}
    path = f"live/sessions/{door.done(ada, 'live/sessions', paid)['session']['id']}/ticket"
    changed = door.call(bo, "POST", path, {"expected_price": 5}, key=new_key())
    assert (changed.status_code, changed.json()["code"]) == (409, "price_changed")
    assert changed.json()["details"] == {"price": 300, "expected_price": 5}
    assert door.refusal(bo, path, {"expected_price": "300"}, key=new_key()) == (422, "unprocessable")
    assert door.done(bo, path, {"expected_price": 300}, key=new_key())["wallet"] == {"balance": 700}


def test_a_creator_keeps_somebody_out_of_all_sessions_until_they_think_better_of_it(
    door: Door, world: World, ada: UUID, bo: UUID
) -> None:
    sessions = [door.done(ada, "live/sessions", VIDEO)["session"]["id"] for _ in range(2)]
    door.done(ada, f"live/sessions/{sessions[0]}/start")
    door.done(bo, f"live/sessions/{sessions[0]}/join")
    ban = door.done(ada, "live/bans", {"profile_id": str(bo), "reason": "spam"})["ban"]
    assert ban.keys() == {"id", "profile_id", "reason", "expires_at", "created_at"}
    for session in sessions:
        assert door.refusal(bo, f"live/sessions/{session}/join") == (403, "banned")
    assert door.call(ada, "GET", "live/bans").json() == {"bans": [ban]}
    assert door.call(ada, "DELETE", f"live/bans/{ban['id']}").json() == {"ban": ban}
    assert door.done(bo, f"live/sessions/{sessions[0]}/join")["participant"]["is_active"]


def test_nobody_else_has_a_list_or_takes_from_it(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    assert door.refusal(bo, "live/bans", {"profile_id": str(ada)}) == (403, "creator_required")
    assert door.refusal(ada, "live/bans", {"profile_id": str(uuid4())}) == (404, "not_found")
    ban = door.done(ada, "live/bans", {"profile_id": str(bo)})["ban"]
    taken = door.call(bo, "DELETE", f"live/bans/{ban['id']}")
    assert (taken.status_code, taken.json()["code"]) == (404, "not_found")
    assert door.call(bo, "GET", "live/bans").json() == {"bans": []}


def test_who_is_not_in_a_live_session_is_neither_banned_from_it_nor_invited(
    door: Door, world: World, ada: UUID
) -> None:
    session = door.done(ada, "live/sessions", VIDEO)["session"]["id"]
    door.done(ada, f"live/sessions/{session}/start")
    body = {"profile_id": str(world.person())}
    assert door.refusal(ada, f"live/sessions/{session}/bans", body) == (409, "not_in_session")
    invite = body | {"role": "invited_guest"}
    assert door.refusal(ada, f"live/sessions/{session}/invitations", invite) == (409, "not_in_session")
