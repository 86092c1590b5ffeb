"""`/functions/v1/live/…` as its people use it: bodies, codes, LiveKit following, LiveKit missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from sahne.providers.livekit import InMemoryLiveKit
from sahne.providers.livekit.memory import NotLetIn
from sahne.settings import Settings
from tests.eventually import eventually
from tests.stage import Door, grants, new_key
from tests.world import World

VIDEO = {"session_type": "video_live", "title": "Akşam sahnesi"}
HIDDEN = {"user_id", "paid_amount", "payment_id", "livekit_participant_sid", "total_watch_time_seconds"}


def live_session(door: Door, host: UUID, **fields: object) -> str:
    session = door.done(host, "live/sessions", VIDEO | fields)["session"]["id"]
    door.done(host, f"live/sessions/{session}/start")
    return str(session)


def joined(door: Door, livekit: InMemoryLiveKit, session: str, user: UUID) -> str:
    """Join and connect; the LiveKit token."""
    answer = door.done(user, f"live/sessions/{session}/join")
    livekit.connect(answer["livekit"]["token"])
    door.deliver(livekit)
    return str(answer["livekit"]["token"])


def test_a_session_from_plan_to_end(door: Door, livekit: InMemoryLiveKit, ada: UUID) -> None:
    next_week = datetime.now(timezone(timedelta(hours=3))) + timedelta(days=7)
    planned = door.done(ada, "live/sessions", VIDEO | {"scheduled_at": next_week.isoformat()})
    assert set(planned) == {"session"}
    session = planned["session"]
    assert (session["status"], session["creator_id"], session["title"]) == ("scheduled", str(ada), "Akşam sahnesi")
    path = f"live/sessions/{session['id']}"

    edited = door.call(ada, "PATCH", path, {"title": "Gece sahnesi", "access_type": "public"}).json()["session"]
    assert (edited["title"], edited["session_type"]) == ("Gece sahnesi", "video_live")

    started = door.done(ada, f"{path}/start")
    assert set(started) == {"session", "livekit"}
    assert set(started["livekit"]) == {"url", "token"}
    assert (started["session"]["status"], started["livekit"]["url"]) == ("live", livekit.url)
    may = grants(started)
    assert (may["identity"], may["room"]) == (str(ada), session["livekit_room_name"])
    assert may["canPublishSources"] == ["camera", "microphone", "screen_share", "screen_share_audio"]
    assert livekit.connect(started["livekit"]["token"])

    again = door.done(ada, f"{path}/start")
    assert again["session"]["started_at"] == started["session"]["started_at"]

    ended = door.done(ada, f"{path}/end")
    assert set(ended) == {"session"}
    assert ended["session"]["status"] == "ended"
    eventually(lambda: not is_open(livekit, session["livekit_room_name"]))
    with pytest.raises(NotLetIn):
        livekit.connect(again["livekit"]["token"])


def is_open(livekit: InMemoryLiveKit, room: str) -> bool:
    return room in livekit.open_rooms()


def test_a_planned_session_can_be_called_off_and_then_not_started(door: Door, ada: UUID) -> None:
    session = door.done(ada, "live/sessions", VIDEO)["session"]["id"]
    assert door.done(ada, f"live/sessions/{session}/cancel")["session"]["status"] == "cancelled"
    assert door.refusal(ada, f"live/sessions/{session}/start") == (409, "session_over")


def test_only_creators_plan_and_only_hosts_start(door: Door, ada: UUID, bo: UUID) -> None:
    assert door.refusal(bo, "live/sessions", VIDEO) == (403, "creator_required")
    session = door.done(ada, "live/sessions", VIDEO)["session"]["id"]
    for verb in ("start", "end", "cancel"):
        assert door.refusal(bo, f"live/sessions/{session}/{verb}") == (403, "forbidden")
        assert door.refusal(None, f"live/sessions/{session}/{verb}") == (401, "unauthenticated")
        assert door.refusal(ada, f"live/sessions/{uuid4()}/{verb}") == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"session_type": "karaoke"},
        VIDEO | {"status": "live"},
        VIDEO | {"peak_viewers": 999_999},
        VIDEO | {"creator_id": str(uuid4())},
        VIDEO | {"access_type": "pay_per_view"},
        VIDEO | {"access_type": "pay_per_view", "ppv_coin_price": -5},
        VIDEO | {"ppv_coin_price": 5},
        VIDEO | {"ppv_coin_price": 5, "access_type": "subscribers_only"},
        VIDEO | {"ppv_coin_price": 2**40},
        VIDEO | {"ppv_coin_price": "12"},
        VIDEO | {"title": "x" * 201},
        VIDEO | {"scheduled_at": "tomorrow"},
        VIDEO | {"chat_enabled": None},
        [],
        "video_live",
    ],
)
def test_a_session_of_impossible_values_is_refused(door: Door, ada: UUID, body: object) -> None:
    assert door.refusal(ada, "live/sessions", body) == (422, "unprocessable")


def test_a_price_belongs_to_a_ticket_and_goes_with_it(door: Door, ada: UUID) -> None:
    refused = door.post(ada, "live/sessions", VIDEO | {"ppv_coin_price": 5})
    assert refused.json()["message"] == "A pay_per_view session costs at least one coin, any other none."
    plain = f"live/sessions/{door.done(ada, 'live/sessions', VIDEO | {'ppv_coin_price': 0})['session']['id']}"
    assert door.call(ada, "PATCH", plain, {"ppv_coin_price": 5}).status_code == 422
    sold = {"access_type": "pay_per_view", "ppv_coin_price": 5}
    edited = door.call(ada, "PATCH", plain, sold).json()["session"]
    assert {name: edited[name] for name in sold} == sold
    free = door.call(ada, "PATCH", plain, {"access_type": "public"}).json()["session"]
    assert (free["access_type"], free["ppv_coin_price"]) == ("public", 0)


@pytest.mark.parametrize("title", ["", "   ", " \n"])
def test_a_title_is_not_only_blanks(door: Door, ada: UUID, title: str) -> None:
    refused = door.post(ada, "live/sessions", VIDEO | {"title": title})
    assert (refused.status_code, refused.json()["details"]) == (422, {"rule": "live_sessions_title_length_check"})
    assert refused.json()["message"] == "A title has 1 to 200 characters, and more than blanks."


def test_one_creator_has_one_live_session(door: Door, ada: UUID) -> None:
    live_session(door, ada)
    other = door.done(ada, "live/sessions", VIDEO)["session"]["id"]
    assert door.refusal(ada, f"live/sessions/{other}/start") == (409, "already_live")


def test_a_viewer_joins_and_may_only_watch(door: Door, livekit: InMemoryLiveKit, ada: UUID, bo: UUID) -> None:
    session = live_session(door, ada)
    answer = door.done(bo, f"live/sessions/{session}/join")
    assert set(answer) == {"participant", "livekit"}
    assert answer["participant"]["role"] == "viewer"
    assert not HIDDEN & set(answer["participant"])
    may = grants(answer)
    assert (may["identity"], may["canPublish"], may["canPublishData"]) == (str(bo), False, False)
    left = door.done(bo, f"live/sessions/{session}/leave")["participant"]
    assert (left["id"], left["is_active"]) == (answer["participant"]["id"], False)


def test_an_audience_of_an_audio_room_listens(door: Door, ada: UUID, bo: UUID) -> None:
    session = live_session(door, ada, session_type="audio_room")
    answer = door.done(bo, f"live/sessions/{session}/join", {})
    assert (answer["participant"]["role"], grants(answer)["canPublish"]) == ("listener", False)


def test_somebody_joins_under_their_shadow_and_nobody_under_anothers(
    door: Door, world: World, ada: UUID, bo: UUID
) -> None:
    session, shadow = live_session(door, ada), world.shadow(bo)
    join = f"live/sessions/{session}/join"
    assert door.refusal(world.person(), join, {"profile_id": str(shadow)}) == (403, "forbidden")
    answer = door.done(bo, join, {"profile_id": str(shadow)})
    assert grants(answer)["identity"] == str(shadow)
    assert str(bo) not in str(answer)
    assert door.refusal(bo, join, {"profile_id": str(bo)}) == (409, "profile_fixed")


def test_a_session_that_is_not_live_is_not_joined(door: Door, ada: UUID, bo: UUID) -> None:
    session = door.done(ada, "live/sessions", VIDEO)["session"]["id"]
    assert door.refusal(bo, f"live/sessions/{session}/join") == (409, "session_not_live")
    assert door.refusal(bo, "live/sessions/not-an-id/join") == (422, "unprocessable")


def test_a_ticket_opens_a_paid_session_once_paid(door: Door, ada: UUID, bo: UUID) -> None:
    session = live_session(door, ada, access_type="pay_per_view", ppv_coin_price=300)
    path = f"live/sessions/{session}"
    assert door.refusal(bo, f"{path}/join") == (402, "ticket_required")
    assert door.refusal(bo, f"{path}/ticket") == (400, "idempotency_key_required")
    key = new_key()
    bought = door.done(bo, f"{path}/ticket", key=key)
    assert bought["wallet"] == {"balance": 700}
    assert door.done(bo, f"{path}/ticket", key=key) == bought
    assert door.done(bo, f"{path}/ticket", key=new_key())["wallet"] == {"balance": 700}
    assert door.done(bo, f"{path}/join")["participant"]["role"] == "viewer"


def test_subscribers_only_is_for_subscribers(door: Door, ada: UUID, bo: UUID) -> None:
    session = live_session(door, ada, access_type="subscribers_only")
    assert door.refusal(bo, f"live/sessions/{session}/join") == (403, "subscription_required")


def test_a_gift_moves_coins_once_per_key(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    session, gift, key = live_session(door, ada), world.gift(50), new_key()
    path, body = f"live/sessions/{session}/gifts", {"gift_id": str(gift), "quantity": 3}
    door.done(bo, f"live/sessions/{session}/join")
    first = door.done(bo, path, body, key=key)
    assert set(first) == {"live_gift", "wallet"}
    assert (first["live_gift"]["coin_amount"], first["wallet"]) == (150, {"balance": 850})
    assert "sender_id" not in first["live_gift"]
    assert door.done(bo, path, body, key=key) == first
    assert door.refusal(bo, path, body | {"quantity": 4}, key=key) == (422, "idempotency_key_reused")
    assert door.get(bo, "coins/wallet").json() == {"balance": 850}
    assert world.faults() == []


def test_a_gift_needs_key_coins_seat_and_sense(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    session, gift = live_session(door, ada), world.gift(600)
    path, body = f"live/sessions/{session}/gifts", {"gift_id": str(gift)}
    assert door.refusal(bo, path, body) == (400, "idempotency_key_required")
    assert door.refusal(bo, path, body, key=new_key()) == (403, "not_in_session")
    door.done(bo, f"live/sessions/{session}/join")
    assert door.refusal(bo, path, body | {"quantity": 2}, key=new_key()) == (402, "insufficient_coins")
    assert door.refusal(bo, path, {"gift_id": str(uuid4())}, key=new_key()) == (404, "not_found")
    for wrong in ({"quantity": 0}, {"quantity": -5}, {"quantity": 1_001}, {"quantity": 1.5}, {"coin_amount": 1}):
        assert door.refusal(bo, path, body | wrong, key=new_key()) == (422, "unprocessable")
    assert door.get(bo, "coins/wallet").json() == {"balance": 1_000}


def test_a_failed_gift_may_be_tried_again_under_its_key(door: Door, world: World, ada: UUID, dilek: UUID) -> None:
    session, gift, key = live_session(door, ada), world.gift(10), new_key()
    path, body = f"live/sessions/{session}/gifts", {"gift_id": str(gift)}
    door.done(dilek, f"live/sessions/{session}/join")
    assert door.refusal(dilek, path, body, key=key) == (402, "insufficient_coins")
    world.verb(None, "grant_coins", dilek, 10, new_key())
    assert door.done(dilek, path, body, key=key)["wallet"] == {"balance": 0}


def test_a_banned_viewer_is_out_at_once_and_stays_out(
    door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID, bo: UUID
) -> None:
    session = live_session(door, ada)
    token = joined(door, livekit, session, bo)
    ban = door.done(ada, f"live/sessions/{session}/bans", {"profile_id": str(bo), "reason": "spam"})["ban"]
    assert (ban["banned_profile_id"], ban["reason"]) == (str(bo), "spam")
    assert not {"banned_user_id", "banned_by"} & set(ban)
    room = f"live_{session}"
    eventually(lambda: str(bo) not in livekit.people(room), seconds=1)
    assert door.refusal(bo, f"live/sessions/{session}/join") == (403, "banned")
    gift = {"gift_id": str(world.gift(1))}
    assert door.refusal(bo, f"live/sessions/{session}/gifts", gift, key=new_key()) == (403, "banned")

    livekit.connect(token)  # LiveKit knows no bans: the old token still opens the room
    door.deliver(livekit)
    eventually(lambda: str(bo) not in livekit.people(room))

    lifted = door.call(ada, "DELETE", f"live/sessions/{session}/bans/{ban['id']}")
    assert (lifted.status_code, lifted.json()["ban"]["id"]) == (200, ban["id"])
    assert door.done(bo, f"live/sessions/{session}/join")["participant"]["is_active"]


def test_a_ban_is_for_those_above_and_ends_in_the_future(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    session = live_session(door, ada)
    door.done(bo, f"live/sessions/{session}/join")
    path = f"live/sessions/{session}/bans"
    assert door.refusal(bo, path, {"profile_id": str(ada)}) == (403, "forbidden")
    assert door.refusal(ada, path, {"profile_id": str(ada)}) == (403, "forbidden")
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    assert door.refusal(ada, path, {"profile_id": str(bo), "expires_at": past}) == (422, "unprocessable")
    assert door.refusal(ada, path, {"profile_id": str(uuid4())}) == (404, "not_found")
    unknown = door.call(ada, "DELETE", f"{path}/{uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


def test_who_was_kicked_is_out_but_may_return(door: Door, livekit: InMemoryLiveKit, ada: UUID, bo: UUID) -> None:
    session = live_session(door, ada)
    joined(door, livekit, session, bo)
    door.done(ada, f"live/sessions/{session}/participants/{bo}/kick")
    eventually(lambda: str(bo) not in livekit.people(f"live_{session}"))
    joined(door, livekit, session, bo)


def test_a_guest_may_send_and_a_muted_one_may_not_speak(
    door: Door, livekit: InMemoryLiveKit, ada: UUID, bo: UUID
) -> None:
    session = live_session(door, ada)
    room, seat = f"live_{session}", f"live/sessions/{session}/participants/{bo}"
    joined(door, livekit, session, bo)
    asked = door.done(bo, f"live/sessions/{session}/guest-requests", {"message": "Merhaba"})["guest_request"]
    assert door.refusal(bo, f"live/guest-requests/{asked['id']}/approve") == (403, "forbidden")
    approved = door.done(ada, f"live/guest-requests/{asked['id']}/approve")
    assert (set(approved), approved["guest_request"]["status"]) == ({"guest_request"}, "approved")
    eventually(lambda: set(livekit.sources(room, str(bo))) == {"camera", "microphone"})
    door.done(ada, f"{seat}/mute")
    eventually(lambda: livekit.sources(room, str(bo)) == ("camera",))
    assert grants(door.done(bo, f"live/sessions/{session}/join"))["canPublishSources"] == ["camera"]
    door.done(ada, f"{seat}/unmute")
    eventually(lambda: "microphone" in livekit.sources(room, str(bo)))
    back = door.call(ada, "PATCH", seat, {"role": "viewer"}).json()["participant"]
    assert back["role"] == "viewer"
    eventually(lambda: livekit.sources(room, str(bo)) == ())


def test_an_invitation_is_taken_or_declined(door: Door, livekit: InMemoryLiveKit, ada: UUID, bo: UUID) -> None:
    session = live_session(door, ada)
    joined(door, livekit, session, bo)
    invite = f"live/sessions/{session}/invitations"
    offer = door.done(ada, invite, {"profile_id": str(bo), "role": "co_host"})["participant"]
    assert (offer["role"], offer["invitation_response"]) == ("viewer", "pending")
    assert door.refusal(ada, f"live/invitations/{offer['id']}/accept") == (404, "not_found")
    taken = door.done(bo, f"live/invitations/{offer['id']}/accept")["participant"]
    assert (taken["id"], taken["role"]) == (offer["id"], "co_host")
    eventually(lambda: "screen_share" in livekit.sources(f"live_{session}", str(bo)))


def test_chat_lines_are_pinned_and_deleted_by_those_in_charge(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    session = live_session(door, ada)
    door.done(bo, f"live/sessions/{session}/join")
    world.sql(
        bo,
        "insert into public.live_messages (session_id, sender_id, sender_profile_id, content) values (%s, %s, %s, 'a')",
        session,
        bo,
        bo,
    )
    line = world.one("select id from public.live_messages where session_id = %s", session)
    refused = door.call(bo, "PATCH", f"live/messages/{line}", {"is_pinned": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    pinned = door.call(ada, "PATCH", f"live/messages/{line}", {"is_pinned": True}).json()["message"]
    assert (pinned["is_pinned"], "sender_id" in pinned) == (True, False)
    assert door.call(ada, "DELETE", f"live/messages/{line}").json()["message"]["is_deleted"]
    off = door.call(ada, "PATCH", f"live/sessions/{session}/chat", {"chat_enabled": False})
    assert off.json()["session"]["chat_enabled"] is False


def test_without_an_answer_of_livekits_nothing_is_half_done(
    door: Door, livekit: InMemoryLiveKit, world: World, ada: UUID, bo: UUID
) -> None:
    session = door.done(ada, "live/sessions", VIDEO)["session"]["id"]
    other = world.person(creator=True)
    running = live_session(door, other)
    livekit.restart()
    livekit.reachable = False
    try:
        refused = door.post(ada, f"live/sessions/{session}/start")
        assert (refused.status_code, refused.json()["code"]) == (503, "livekit_unavailable")
        assert int(refused.headers["retry-after"]) > 0
        assert world.row(UUID(session))["status"] == "scheduled"
        assert door.done(other, f"live/sessions/{running}/end")["session"]["status"] == "ended"
    finally:
        livekit.reachable = True
    eventually(lambda: door.post(ada, f"live/sessions/{session}/start").status_code == 200)
    assert is_open(livekit, f"live_{session}")
    waiting = "select count(*) from private.livekit_outbox where done_at is null and room_name = %s"
    eventually(lambda: world.one(waiting, f"live_{running}") == 0)


def test_a_room_that_livekit_lost_is_there_again_for_who_joins(
    door: Door, livekit: InMemoryLiveKit, settings: Settings, ada: UUID, bo: UUID
) -> None:
    session = live_session(door, ada)
    livekit.restart()
    eventually(lambda: bool(can_connect(door, livekit, session, bo)), seconds=15)


def can_connect(door: Door, livekit: InMemoryLiveKit, session: str, user: UUID) -> str | None:
    try:
        return livekit.connect(door.done(user, f"live/sessions/{session}/join")["livekit"]["token"])
    except NotLetIn:
        return None


def test_a_call_rings_is_answered_and_ends(door: Door, livekit: InMemoryLiveKit, ada: UUID, bo: UUID) -> None:
    call = door.done(bo, "calls", {"callee_id": str(ada), "call_type": "video_call"})["call"]
    path = f"calls/{call['id']}"
    assert (call["status"], call["caller_id"]) == ("initiated", str(bo))
    assert door.refusal(bo, f"{path}/accept") == (409, "call_state")
    assert door.refusal(bo, f"{path}/join") == (409, "call_state")
    assert door.done(ada, f"{path}/ringing")["call"]["status"] == "ringing"
    accepted = door.done(ada, f"{path}/accept")
    assert (accepted["call"]["status"], grants(accepted)["canPublishSources"]) == ("accepted", ["camera", "microphone"])
    livekit.connect(accepted["livekit"]["token"])
    livekit.connect(door.done(bo, f"{path}/join")["livekit"]["token"])
    assert door.refusal(bo, "calls", {"callee_id": str(uuid4()), "call_type": "audio_call"})[0] in (404, 409)
    assert door.done(bo, f"{path}/end")["call"]["status"] == "ended"
    eventually(lambda: not is_open(livekit, call["livekit_room_name"]))


def test_strangers_have_no_part_in_a_call(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    call = door.done(bo, "calls", {"callee_id": str(ada), "call_type": "audio_call"})["call"]
    for step in ("ringing", "accept", "reject", "join", "end"):
        assert door.refusal(world.person(), f"calls/{call['id']}/{step}") == (404, "not_found")
    assert door.done(ada, f"calls/{call['id']}/reject")["call"]["status"] == "rejected"
    assert door.refusal(bo, "calls", {"callee_id": str(bo), "call_type": "audio_call"}) == (422, "unprocessable")


def test_statement_and_earnings_are_ones_own(door: Door, world: World, ada: UUID, bo: UUID) -> None:
    session, gift = live_session(door, ada), world.gift(100)
    door.done(bo, f"live/sessions/{session}/join")
    door.done(bo, f"live/sessions/{session}/gifts", {"gift_id": str(gift)}, key=new_key())
    statement = door.get(bo, "coins/transactions").json()["transactions"]
    assert [(line["kind"], line["amount"]) for line in statement] == [("gift", -100), ("grant", 1_000)]
    older = door.get(bo, f"coins/transactions?before={statement[0]['entry_id']}&limit=1").json()["transactions"]
    assert [line["kind"] for line in older] == ["grant"]
    earned = door.get(ada, "coins/earnings").json()
    assert 0 < earned["total"] == earned["by_kind"]["gift"]["coins"] <= 100
    assert door.get(bo, "coins/earnings").json() == {"total": 0, "by_kind": {}}
    assert door.get(None, "coins/wallet").status_code == 401
    assert door.get(bo, "coins/transactions?limit=0").status_code == 422
