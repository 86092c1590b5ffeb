"""What a creator offers by the month: whose it is, how many there are, who reads it, and which a session asks for."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.refusals import Refused
from sahne.errors import SahneError, Unprocessable
from tests.subscriptions import subscribed, tier
from tests.world import World

READ = "select id, name, benefits from public.subscription_tiers where id = %s"


def edit(world: World, who: UUID, tier_id: UUID, **fields: Any) -> Any:
    return world.verb(who, "edit_tier", tier_id, json.dumps(fields))["tier"]


def test_a_tier_has_a_name_a_price_benefits_and_a_place(world: World, ada: UUID, bo: UUID) -> None:
    made = world.verb(
        ada,
        "create_tier",
        '{"name": "Kulis", "coin_price": 300, "benefits": ["Provalar", "Soru sırası"], "order_index": 2}',
    )["tier"]
    kept = {name: made[name] for name in ("creator_id", "name", "coin_price", "benefits", "order_index", "is_active")}
    assert kept == {
        "creator_id": str(ada), "name": "Kulis", "coin_price": 300, "benefits": ["Provalar", "Soru sırası"],
        "order_index": 2, "is_active": True,
    }  # fmt: skip
    assert made in world.verb(bo, "tiers_of", ada)["tiers"]


def test_only_a_creator_offers_tiers_and_changes_their_own(world: World, ada: UUID, bo: UUID) -> None:
    mine = tier(world, ada)
    assert world.refusal(bo, "create_tier", '{"name": "Kulis", "coin_price": 1}') == (403, "creator_required")
    for stranger in (bo, world.person(creator=True)):
        assert world.refusal(stranger, "edit_tier", mine, '{"coin_price": 1}') == (404, "not_found")
    assert world.refusal(ada, "edit_tier", uuid4(), "{}") == (404, "not_found")


def test_what_is_left_out_stays(world: World, ada: UUID) -> None:
    mine = tier(world, ada, 300, benefits=["Provalar"])
    edited = edit(world, ada, mine, coin_price=400)
    assert (edited["name"], edited["benefits"], edited["coin_price"]) == ("300 a month", ["Provalar"], 400)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""}, {"name": "\u3164"}, {"name": "x" * 81}, {"coin_price": 0}, {"benefits": ["x"] * 11},
        {"benefits": [""]}, {"benefits": ["x" * 121]}, {"benefits": [None]},
    ],
    ids=str,
)  # fmt: skip
def test_a_tier_that_is_none_is_refused(world: World, ada: UUID, fields: dict[str, Any]) -> None:
    given = {"name": "Kulis", "coin_price": 300} | fields
    with pytest.raises(Unprocessable) as refused:
        world.verb(ada, "create_tier", json.dumps(given))
    assert "subscription_tiers" in str(refused.value.details)


def test_ten_tiers_are_offered_at_a_time(world: World) -> None:
    eda = world.person(creator=True)
    tiers = [tier(world, eda, price) for price in range(1, 11)]
    assert world.refusal(eda, "create_tier", '{"name": "Kulis", "coin_price": 11}') == (409, "too_many_tiers")
    edit(world, eda, tiers[0], is_active=False)
    eleventh = tier(world, eda, 11)
    assert world.refusal(eda, "edit_tier", tiers[0], '{"is_active": true}') == (409, "too_many_tiers")
    edit(world, eda, eleventh, is_active=False)
    assert edit(world, eda, tiers[0], is_active=True)["is_active"] is True


def test_a_hundred_are_made_in_all(world: World) -> None:
    eda = world.person(creator=True)
    world.owner(
        """insert into public.subscription_tiers (creator_id, name, coin_price, is_active)
           select %s, 'Kulis', 5, false from generate_series(1, 100)""",
        eda,
    )
    assert world.refusal(eda, "create_tier", '{"name": "Kulis", "coin_price": 11}') == (409, "too_many_tiers")


def test_the_list_is_in_its_order_and_what_is_retired_is_the_creators_alone(world: World, bo: UUID) -> None:
    eda = world.person(creator=True)
    last, first = tier(world, eda, 100, order_index=2), tier(world, eda, 900, order_index=1)
    retired = tier(world, eda, 50)
    edit(world, eda, retired, is_active=False)

    def listed(who: UUID) -> list[str]:
        return [each["id"] for each in world.verb(who, "tiers_of", eda)["tiers"]]

    assert listed(bo) == [str(first), str(last)]
    assert listed(eda) == [str(first), str(last), str(retired)]


def test_who_is_no_creator_has_no_list_and_a_shadow_looks_the_same(world: World, bo: UUID) -> None:
    ada = world.person(creator=True)
    for nobody in (bo, uuid4(), world.shadow(ada)):
        assert world.refusal(bo, "tiers_of", nobody) == (404, "not_found")


def test_a_retired_tier_is_read_by_its_creator_and_its_subscribers(
    world: World, ada: UUID, bo: UUID, dilek: UUID
) -> None:
    mine = tier(world, ada)
    subscribed(world, bo, mine)
    for reader in (None, dilek, bo, ada):
        assert len(world.sql(reader, READ, mine)) == 1
    edit(world, ada, mine, is_active=False)
    assert [len(world.sql(reader, READ, mine)) for reader in (None, dilek, bo, ada)] == [0, 0, 1, 1]


def test_a_retired_tier_that_a_session_asks_for_is_read_by_who_sees_the_session(
    world: World, ada: UUID, bo: UUID, dilek: UUID
) -> None:
    """Otherwise nobody knows what to subscribe by; once the session is over nobody needs to."""
    asked, other = tier(world, ada, 300), tier(world, ada, 200)
    session = plan(world, ada, min_tier_id=asked)
    for each in (asked, other):
        edit(world, ada, each, is_active=False)
    assert [len(world.sql(dilek, READ, each)) for each in (asked, other)] == [1, 0]
    world.owner("update public.live_sessions set status = 'cancelled' where id = %s", session)
    assert len(world.sql(dilek, READ, asked)) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "insert into public.subscription_tiers (creator_id, name, coin_price) values (auth.uid(), 'Kulis', 1)",
        "update public.subscription_tiers set coin_price = 1 where creator_id = auth.uid()",
        "delete from public.subscription_tiers where creator_id = auth.uid()",
    ],
)
def test_tiers_are_written_by_operations_alone(world: World, ada: UUID, statement: str) -> None:
    tier(world, ada)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.sql(ada, statement)


def plan(world: World, creator: UUID, **fields: Any) -> UUID:
    """A session that the creator's own statement makes."""
    given = {"title": "Kulis", "session_type": "video_live", "access_type": "subscribers_only"} | fields
    holes = ", ".join(["%s"] * len(given))
    made = world.sql(
        creator,
        f"""insert into public.live_sessions (creator_id, creator_profile_id, {", ".join(given)})
            values (auth.uid(), auth.uid(), {holes}) returning id""",
        *given.values(),
    )
    return UUID(str(made[0]["id"]))


@pytest.mark.parametrize("way", ["statement", "operation"])
def test_a_sessions_least_tier_is_one_of_its_creators_own(world: World, ada: UUID, way: str) -> None:
    mine, theirs = tier(world, ada), tier(world, world.person(creator=True))

    def make(least: UUID, access: str = "subscribers_only") -> UUID:
        if way == "statement":
            return plan(world, ada, min_tier_id=least, access_type=access)
        return world.session(ada, live=False, min_tier_id=str(least), access_type=access)

    assert world.row(make(mine))["min_tier_id"] == mine
    for least, access in ((theirs, "subscribers_only"), (uuid4(), "subscribers_only"), (mine, "public")):
        with pytest.raises((SahneError, psycopg.IntegrityError)) as refused:
            make(least, access)
        assert "live_sessions_min_tier" in f"{refused.value} {getattr(refused.value, 'details', '')}"


def test_the_least_tier_goes_with_the_access_that_wants_one(world: World, ada: UUID) -> None:
    session = world.session(ada, live=False, access_type="subscribers_only", min_tier_id=str(tier(world, ada)))
    assert world.verb(ada, "edit_session", session, '{"access_type": "public"}')["session"]["min_tier_id"] is None
    with pytest.raises(psycopg.errors.CheckViolation):
        world.sql(ada, "update public.live_sessions set min_tier_id = %s where id = %s", tier(world, ada), session)


def test_the_door_lets_in_who_has_the_least_tier_or_a_dearer_one(world: World, ada: UUID) -> None:
    cheap, least, dear = (tier(world, ada, price) for price in (100, 200, 400))
    session = world.session(ada, access_type="subscribers_only", min_tier_id=str(least))
    bo, cem, dilek, ece = (world.person(coins=1_000) for _ in range(4))
    for who, what in ((bo, cheap), (cem, least), (dilek, dear)):
        subscribed(world, who, what)
    for who in (bo, ece):
        assert world.refusal(who, "join_session", session) == (403, "subscription_required")
    for who in (cem, dilek):
        world.verb(who, "join_session", session)


def test_who_is_refused_is_told_which_tier_it_takes(world: World, ada: UUID, bo: UUID) -> None:
    least = tier(world, ada, 250, name="Kulis")
    session = world.session(ada, access_type="subscribers_only", min_tier_id=str(least))
    with pytest.raises(Refused) as refused:
        world.verb(bo, "join_session", session)
    told = {"id": str(least), "name": "Kulis", "coin_price": 250}
    assert refused.value.details == {"creator_id": str(ada), "min_tier": told}
    world.verb(ada, "edit_session", session, '{"min_tier_id": null}')
    with pytest.raises(Refused) as refused:
        world.verb(bo, "join_session", session)
    assert refused.value.details == {"creator_id": str(ada), "min_tier": None}


def test_a_price_that_rises_shuts_nobody_out_who_has_that_tier(world: World, ada: UUID, bo: UUID) -> None:
    mine, dearer = tier(world, ada, 100), tier(world, ada, 150)
    session = world.session(ada, access_type="subscribers_only", min_tier_id=str(mine))
    subscribed(world, bo, mine)
    edit(world, ada, mine, coin_price=200)
    world.verb(bo, "join_session", session)
    assert edit(world, ada, dearer, is_active=False)["is_active"] is False
