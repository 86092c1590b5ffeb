"""The catalogue is edited by admins, shown in its season, and a sent gift stays as it was."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from sahne.database.actor import ANONYMOUS
from tests.world import World

ICON = "/storage/v1/object/public/thumbnails/gifts/kite.svg"
OFFERED = "select name, coin_price from public.gifts where id = %s"


@pytest.fixture(scope="module")
def admin_person(world: World) -> UUID:
    return world.admin()


def add(world: World, admin: UUID, **fields: Any) -> Any:
    given = {"name": "Kite", "coin_price": 40} | fields
    return world.verb(admin, "add_gift", json.dumps(given))["gift"]


def edit(world: World, admin: UUID, gift: Any, **fields: Any) -> Any:
    return world.verb(admin, "edit_gift", UUID(gift["id"]), json.dumps(fields))["gift"]


def test_an_admin_adds_a_gift_and_everybody_sees_it(world: World, bo: UUID, admin_person: UUID) -> None:
    gift = add(world, admin_person, icon_url=ICON, animation_url="/gifts/kite.json", order_index=7)
    assert (gift["is_active"], gift["order_index"], gift["icon_url"]) == (True, 7, ICON)
    for who in (bo, ANONYMOUS):
        assert world.sql(who, OFFERED, UUID(gift["id"])) == [{"name": "Kite", "coin_price": 40}]
    listed = world.verb(admin_person, "catalogue")["gifts"]
    assert gift in listed
    assert [each["order_index"] for each in listed] == sorted(each["order_index"] for each in listed)


def test_nobody_else_edits_it_by_operation_or_by_hand(world: World, ada: UUID, bo: UUID, admin_person: UUID) -> None:
    gift = UUID(add(world, admin_person)["id"])
    for who in (ada, bo):
        assert world.refusal(who, "add_gift", json.dumps({"name": "Mine", "coin_price": 1})) == (403, "forbidden")
        assert world.refusal(who, "edit_gift", gift, json.dumps({"coin_price": 1})) == (403, "forbidden")
        assert world.refusal(who, "catalogue") == (403, "forbidden")
        with pytest.raises(Exception, match="permission denied"):
            world.sql(who, "update public.gifts set coin_price = 1 where id = %s", gift)
    with pytest.raises(Exception, match="permission denied"):
        world.sql(admin_person, "update public.gifts set coin_price = 1 where id = %s", gift)
    assert world.refusal(admin_person, "edit_gift", uuid4(), "{}") == (404, "not_found")


@pytest.mark.parametrize(
    ("begins", "ends", "is_offered"),
    [(None, None, True), (-1, 1, True), (None, 1, True), (-1, None, True), (1, 2, False), (-2, -1, False),
     (None, 0, False), (0, None, True)],
)  # fmt: skip
def test_a_gift_is_seen_and_given_in_its_season_alone(
    world: World, ada: UUID, admin_person: UUID, begins: int | None, ends: int | None, is_offered: bool
) -> None:
    session = world.session(ada)
    bo = world.watching(session, coins=100)
    gift = UUID(add(world, admin_person)["id"])
    world.owner(
        "update public.gifts set available_from = now() + %s * interval '1 day',"
        " available_until = now() + %s * interval '1 day' where id = %s",
        begins, ends, gift,
    )  # fmt: skip
    assert bool(world.sql(bo, OFFERED, gift)) == is_offered
    if is_offered:
        assert world.verb(bo, "send_gift", session, gift, 1, None, str(uuid4()))["live_gift"]["coin_amount"] == 40
    else:
        assert world.refusal(bo, "send_gift", session, gift, 1, None, str(uuid4())) == (404, "not_found")


def test_a_retired_gift_is_gone_and_may_come_back(world: World, bo: UUID, admin_person: UUID) -> None:
    gift = add(world, admin_person)
    assert edit(world, admin_person, gift, is_active=False)["is_active"] is False
    assert world.sql(bo, OFFERED, UUID(gift["id"])) == []
    edit(world, admin_person, gift, is_active=True)
    assert len(world.sql(bo, OFFERED, UUID(gift["id"]))) == 1


def test_another_price_changes_nothing_that_was_sent(world: World, ada: UUID, admin_person: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session, coins=1_000)
    gift = add(world, admin_person)
    key = str(uuid4())
    sent = world.verb(bo, "send_gift", session, UUID(gift["id"]), 2, None, key)
    edited = edit(world, admin_person, gift, coin_price=90)
    assert (edited["coin_price"], edited["name"], edited["updated_at"] >= gift["updated_at"]) == (90, "Kite", True)
    assert world.verb(bo, "send_gift", session, UUID(gift["id"]), 2, None, key) == sent
    assert world.one("select coin_amount from public.live_gifts where id = %s", UUID(sent["live_gift"]["id"])) == 80
    assert world.refusal(bo, "send_gift", session, UUID(gift["id"]), 1, None, str(uuid4()), 40) == (
        409, "price_changed",
    )  # fmt: skip
    assert world.verb(bo, "send_gift", session, UUID(gift["id"]), 1, None, str(uuid4()))["live_gift"][
        "coin_amount"
    ] == 90  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "\u200b"}, {"icon_url": "https://elsewhere.example/kite.svg"}, {"icon_url": "javascript:alert(1)"},
        {"icon_url": "/storage/v1/object/public/avatars/gifts/kite.svg"}, {"animation_url": "/gifts/../secret"},
        {"animation_url": "/gifts/a/b.json"}, {"icon_url": ""},
        {"available_from": "2031-02-01T00:00:00Z", "available_until": "2031-02-01T00:00:00Z"},
    ],
)  # fmt: skip
def test_what_is_no_gift_is_refused_in_words(world: World, admin_person: UUID, wrong: dict[str, str]) -> None:
    given = {"name": "Kite", "coin_price": 40} | wrong
    assert world.refusal(admin_person, "add_gift", json.dumps(given)) == (422, "unprocessable")
    gift = add(world, admin_person)
    assert world.refusal(admin_person, "edit_gift", UUID(gift["id"]), json.dumps(wrong)) == (422, "unprocessable")


def test_its_pictures_are_uploaded_by_admins_alone(world: World, bo: UUID, admin_person: UUID) -> None:
    put = "insert into storage.objects (bucket_id, name, owner, owner_id) values ('thumbnails', %s, %s, %s)"
    world.sql(admin_person, put, f"gifts/{uuid4()}.svg", admin_person, str(admin_person))
    with pytest.raises(Exception, match="policy"):
        world.sql(bo, put, f"gifts/{uuid4()}.svg", bo, str(bo))
