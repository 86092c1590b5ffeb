"""Combos, boards, goals and the catalogue at the door."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.eventually import eventually
from tests.stage import Door, new_key
from tests.world import World

PERIODS = ("day", "week", "all_time")


def sent(door: Door, who: UUID, session: UUID, gift: UUID, quantity: int = 1) -> Any:
    body = {"gift_id": str(gift), "quantity": quantity}
    return door.done(who, f"live/sessions/{session}/gifts", body, key=new_key())["live_gift"]


def test_gifts_in_a_row_fill_a_goal_and_a_board_while_the_server_runs(door: Door, world: World) -> None:
    eda, rose = world.person(creator=True), world.gift(10)
    session = world.session(eda)
    bo = world.watching(session, coins=1_000)
    goal = door.done(eda, f"live/sessions/{session}/goals", {"title": "Encore", "target_coins": 30})["goal"]
    assert [sent(door, bo, session, rose)["combo_count"] for _ in range(3)] == [1, 2, 3]
    reached = "select reached_at from public.live_goals where id = %s"
    eventually(lambda: world.sql(bo, reached, UUID(goal["id"]))[0]["reached_at"])
    mine = [{"place": 1, "profile_id": str(bo), "gifts": 3, "coins": 30}]
    for path in (f"live/sessions/{session}/supporters", *(f"live/supporters/{eda}/{each}" for each in PERIODS)):
        board = door.get(bo, f"{path}?limit=1").json()["board"]
        assert (board["supporters"], board["own"]) == (mine, mine), path
    assert door.call(eda, "DELETE", f"live/goals/{goal['id']}").json()["code"] == "goal_reached"


def test_what_cannot_be_asked_is_said(door: Door, world: World) -> None:
    eda = world.person(creator=True)
    session = world.session(eda)
    for query in ("limit=0", "limit=101", "limit=x", "top=3"):
        assert door.get(eda, f"live/sessions/{session}/supporters?{query}").status_code == 422, query
    assert door.get(eda, f"live/supporters/{eda}/year").status_code == 422
    for wrong in ({"title": "", "target_coins": 5}, {"title": "x"}, {"title": "x", "target_coins": 0},
                  {"title": "x" * 81, "target_coins": 5}, {"title": "\u200b", "target_coins": 5}):  # fmt: skip
        assert door.refusal(eda, f"live/sessions/{session}/goals", wrong) == (422, "unprocessable"), wrong


def test_an_admin_keeps_the_catalogue_and_gives_gifts_back(door: Door, world: World) -> None:
    eda, admin = world.person(creator=True), world.admin()
    session = world.session(eda)
    bo = world.watching(session, coins=1_000)
    assert door.refusal(bo, "admin/gifts", {"name": "Kite", "coin_price": 40}) == (403, "forbidden")
    assert door.get(bo, "admin/gifts").status_code == 403
    kite = door.done(admin, "admin/gifts", {"name": "Kite", "coin_price": 40})["gift"]
    given = sent(door, bo, session, UUID(kite["id"]), 2)
    edit = door.call(admin, "PATCH", f"admin/gifts/{kite['id']}", {"is_active": False}).json()["gift"]
    assert (edit["is_active"], edit["coin_price"]) == (False, 40)
    assert kite["id"] in [each["id"] for each in door.get(admin, "admin/gifts").json()["gifts"]]
    assert door.refusal(bo, f"live/gifts/{given['id']}/refund") == (403, "forbidden")
    assert door.done(admin, f"live/gifts/{given['id']}/refund")["refund"]["coin_amount"] == 80
    assert door.refusal(admin, f"live/gifts/{given['id']}/refund") == (409, "already_refunded")
    assert door.get(bo, "coins/wallet").json() == {"balance": 1_000}
    kinds = [line["kind"] for line in door.get(bo, "coins/transactions").json()["transactions"]]
    assert "gift_refund" in kinds
