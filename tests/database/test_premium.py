"""Premium follows from what the stores told: bought, renewed, cancelled, failing, refunded, handed on; and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.store import moved, notices, premium, profile, tell, told
from tests.world import World


@pytest.fixture
def bo(world: World) -> UUID:
    return world.person()


@pytest.fixture
def sandbox_counts(world: World) -> Iterator[None]:
    world.owner("update private.settings set sandbox_purchases_count = true")
    yield
    world.owner("update private.settings set sandbox_purchases_count = default")


def test_a_purchase_makes_premium_until_it_ends_and_says_so(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo, ends=30))
    assert premium(world, bo) == (True, "active", 30)
    assert profile(world, bo)["revenue_cat_user_id"] == str(bo)
    assert notices(world, bo) == ["premium_began"]


def test_another_entitlement_is_not_premium_and_a_product_that_is_sold_as_premium_is(world: World, bo: UUID) -> None:
    other: dict[str, Any] = {"entitlement_ids": ["stickers"], "product_id": f"p{uuid4()}"}
    tell(world, told("INITIAL_PURCHASE", bo, at=-1, **other))
    assert premium(world, bo) == (False, None, None)
    world.owner("insert into private.store_products (product_id, kind) values (%s, 'premium')", other["product_id"])
    tell(world, told("RENEWAL", bo, ends=60, **other))
    assert premium(world, bo) == (True, "active", 60)


def test_without_an_end_it_lasts_for_ever_until_it_is_refunded(world: World, bo: UUID) -> None:
    tell(world, told("NON_RENEWING_PURCHASE", bo, ends=None, at=-9))
    assert premium(world, bo) == (True, "active", None)
    tell(world, told("CANCELLATION", bo, ends=None, at=-1, cancel_reason="CUSTOMER_SUPPORT"))
    assert premium(world, bo) == (False, "expired", -1)


def test_who_cancels_keeps_it_until_it_ends_and_may_change_their_mind(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo, at=-3), told("CANCELLATION", bo, at=-2, cancel_reason="UNSUBSCRIBE"))
    assert premium(world, bo) == (True, "canceled", 30)
    tell(world, told("UNCANCELLATION", bo, at=-1))
    assert premium(world, bo) == (True, "active", 30)


def test_a_refund_whose_end_is_past_takes_it_away_at_once(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo, at=-3))
    tell(world, told("CANCELLATION", bo, at=-1, ends=-1, cancel_reason="CUSTOMER_SUPPORT"))
    assert premium(world, bo) == (False, "expired", -1)
    tell(world, told("REFUND_REVERSED", bo, ends=20))
    assert premium(world, bo) == (True, "active", 20)


def test_a_payment_that_fails_leaves_the_days_of_grace_and_tells_of_it_once(world: World, bo: UUID) -> None:
    body = told("BILLING_ISSUE", bo, at=-1, ends=-1, grace_period_expiration_at_ms=99_999_999_999_000)
    tell(world, told("INITIAL_PURCHASE", bo, at=-31, ends=-1), body, body)
    assert premium(world, bo)[:2] == (True, "active")
    assert sorted(notices(world, bo)) == ["premium_began", "premium_payment_failed"]
    tell(world, told("RENEWAL", bo, ends=30))
    assert premium(world, bo) == (True, "active", 30)


def test_what_expired_is_over_and_may_begin_again(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo, at=-31), told("EXPIRATION", bo, at=-1, ends=-1))
    assert premium(world, bo) == (False, "expired", -1)
    assert notices(world, bo) == ["premium_began", "premium_ended"]
    tell(world, told("RENEWAL", bo, ends=30))
    assert premium(world, bo) == (True, "active", 30)


@pytest.mark.parametrize(
    "type",
    ["SUBSCRIPTION_PAUSED", "PRODUCT_CHANGE", "TEST", "INVOICE_ISSUANCE", "EXPERIMENT_ENROLLMENT", "OF_NEXT_YEAR"],
)
def test_what_only_informs_changes_nothing(world: World, bo: UUID, type: str) -> None:
    tell(world, told(type, bo))
    assert premium(world, bo) == (False, None, None)
    tell(world, told("INITIAL_PURCHASE", bo, at=-3), told(type, bo, at=-1, ends=-1))
    assert premium(world, bo) == (True, "active", 30)


def test_what_is_lent_while_a_store_is_away_lasts_a_day_at_most(world: World, bo: UUID) -> None:
    tell(world, told("TEMPORARY_ENTITLEMENT_GRANT", bo, ends=300))
    assert premium(world, bo) == (True, "active", 1)
    tell(world, told("TEMPORARY_ENTITLEMENT_GRANT", bo, at=-3, ends=300))
    assert premium(world, bo) == (True, "active", 1)


def test_the_end_is_looked_at_when_it_is_used_though_nobody_told_of_it(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo, at=-31, ends=30))
    world.owner("update public.profiles set subscription_expires_at = now() where id = %s", bo)
    world.owner("update private.premium_lines set ends_at = now() where user_id = %s", bo)
    assert world.one("select private.is_premium(%s)", bo) is False
    assert world.sql(bo, "select is_premium from public.profile_with_stats()") == [{"is_premium": False}]
    assert world.sql(bo, "select is_premium from public.daily_limit()") == [{"is_premium": False}]
    assert world.verb(bo, "own_premium")["status"] == "expired"


def test_what_has_run_out_is_ended_by_the_clock_and_told(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo, ends=30))
    world.owner(
        "update private.store_events set ends_at = now() - interval '1 minute' where customers @> array[%s]", str(bo)
    )
    world.owner("update public.profiles set subscription_expires_at = now() - interval '1 minute' where id = %s", bo)
    assert world.verb(None, "lapse_premium", 10) >= 1
    assert (profile(world, bo)["is_premium"], profile(world, bo)["subscription_status"]) == (False, "expired")
    assert notices(world, bo) == ["premium_began", "premium_ended"]
    assert world.verb(None, "lapse_premium", 10) == 0


def test_a_sandbox_grants_nothing_unless_it_is_to_count(world: World, bo: UUID, sandbox_counts: None) -> None:
    body = told("INITIAL_PURCHASE", bo, environment="SANDBOX")
    world.owner("update private.settings set sandbox_purchases_count = false")
    tell(world, body, told("RENEWAL", bo, environment="sandbox"), told("RENEWAL", bo, environment="OF_NEXT_YEAR"))
    assert premium(world, bo) == (False, None, None)
    world.owner("update private.settings set sandbox_purchases_count = true")
    tell(world, body)
    assert premium(world, bo) == (True, "active", 30)


def test_a_sandbox_takes_nothing_either(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo, at=-2), told("EXPIRATION", bo, at=-1, ends=-1, environment="SANDBOX"))
    tell(world, moved([str(bo)], ["$RCAnonymousID:x"], environment="SANDBOX"))
    assert premium(world, bo) == (True, "active", 30)


def test_a_transfer_takes_it_from_one_and_gives_it_to_the_other(world: World, bo: UUID) -> None:
    dilek = world.person()
    tell(world, told("INITIAL_PURCHASE", bo, at=-2), moved([str(bo)], [str(dilek)], at=-1))
    assert (premium(world, bo)[:2], premium(world, dilek)) == ((False, "expired"), (True, "active", 30))
    tell(world, told("EXPIRATION", dilek, ends=0, original_transaction_id=f"of {bo}"))
    assert premium(world, dilek)[:2] == (False, "expired")


def test_a_transfer_that_comes_before_the_purchase_is_the_same(world: World, bo: UUID) -> None:
    dilek = world.person()
    tell(world, moved([str(bo)], [str(dilek)], at=-1), told("INITIAL_PURCHASE", bo, at=-2))
    assert (premium(world, bo)[:2], premium(world, dilek)) == ((False, "expired"), (True, "active", 30))


def test_what_an_unknown_customer_bought_is_theirs_who_turns_out_to_be_it(world: World, bo: UUID) -> None:
    anonymous = f"$RCAnonymousID:{uuid4()}"
    tell(world, told("INITIAL_PURCHASE", anonymous, at=-2))
    assert premium(world, bo) == (False, None, None)
    tell(world, told("SUBSCRIBER_ALIAS", bo, aliases=[str(bo), anonymous]))
    assert premium(world, bo) == (True, "active", 30)


def test_what_was_bought_before_the_account_was_there_is_given_when_it_is(world: World) -> None:
    name, stranger = f"shop-{uuid4()}", world.person()
    tell(world, told("INITIAL_PURCHASE", name))
    assert world.verb(None, "recognise_customers", 10) == 0
    world.owner("update public.profiles set revenue_cat_user_id = %s where id = %s", name, stranger)
    assert world.verb(None, "recognise_customers", 10) == 1
    assert premium(world, stranger) == (True, "active", 30)
    assert profile(world, stranger)["revenue_cat_user_id"] == name


@pytest.mark.parametrize("name", ["", "null", "Anonymous", "unknown"])
def test_what_stands_for_no_name_makes_nobody_one_person(world: World, bo: UUID, name: str) -> None:
    dilek = world.person()
    tell(world, told("INITIAL_PURCHASE", bo, aliases=[str(bo), name]), told("RENEWAL", name, ends=300))
    tell(world, told("TEST", dilek, aliases=[str(dilek), name]))
    assert (premium(world, bo), premium(world, dilek)) == ((True, "active", 30), (False, None, None))


def test_the_longest_of_several_lines_counts_and_one_that_ends_leaves_the_other(world: World, bo: UUID) -> None:
    second = {"original_transaction_id": f"other {bo}", "store": "PLAY_STORE"}
    tell(world, told("INITIAL_PURCHASE", bo, at=-9), told("INITIAL_PURCHASE", bo, at=-9, ends=365, **second))
    assert premium(world, bo) == (True, "active", 365)
    tell(world, told("EXPIRATION", bo, at=-1, ends=-1, **second))
    assert premium(world, bo) == (True, "active", 30)
    lines = world.verb(bo, "own_premium")["lines"]
    assert [(line["store"], line["is_cancelled"]) for line in lines] == [("app_store", False), ("play_store", True)]


def test_a_subscription_that_goes_on_as_something_else_is_premium_no_more(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo, at=-9), told("RENEWAL", bo, at=-1, entitlement_ids=["stickers"]))
    assert premium(world, bo)[:2] == (False, "expired")


def test_who_runs_the_app_gives_and_ends_it_and_a_later_renewal_begins_it_again(world: World, bo: UUID) -> None:
    world.verb(None, "set_premium", bo, True, None)
    assert premium(world, bo) == (True, "active", None)
    tell(world, told("INITIAL_PURCHASE", bo, at=-3))
    assert premium(world, bo) == (True, "active", None)
    world.verb(None, "set_premium", bo, False, None)
    assert premium(world, bo)[0] is False
    tell(world, told("RENEWAL", bo, at=1, ends=60))
    assert premium(world, bo) == (True, "active", 60)


def test_premium_of_elsewhere_is_left_to_whoever_no_store_told_of(world: World) -> None:
    given = world.person(premium=True)
    tell(world, told("TEST", given), moved([str(given)], ["nobody-yet"]))
    assert premium(world, given)[0] is True
    world.verb(None, "set_premium", given, False, None)
    assert premium(world, given)[0] is False


def test_an_erased_account_takes_its_lines_along_and_what_is_told_later_is_nobodys(world: World, bo: UUID) -> None:
    tell(world, told("INITIAL_PURCHASE", bo))
    world.owner("delete from auth.users where id = %s", bo)
    tell(world, told("RENEWAL", bo, ends=60))
    assert world.one("select count(*) from private.premium_lines where user_id = %s", bo) == 0
    assert world.one("select user_id from private.store_customers where customer_id = %s", str(bo)) is None


@pytest.mark.parametrize("table", ["store_events", "store_customers", "premium_lines", "store_products"])
def test_no_client_reads_or_writes_what_stores_told(world: World, bo: UUID, table: str) -> None:
    for statement in (f"select * from private.{table}", f"delete from private.{table}"):
        with pytest.raises(Exception, match="permission denied"):
            world.sql(bo, statement)


def test_a_verb_of_the_store_is_not_a_clients_to_call(world: World, bo: UUID) -> None:
    with pytest.raises(Exception, match="permission denied"):
        world.sql(bo, "select private.set_premium(%s, true)", bo)
