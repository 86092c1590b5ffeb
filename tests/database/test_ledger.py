"""The ledger is exact: double entry, never negative, once per key, whoever comes at once."""

from __future__ import annotations

import random
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.actor import user_actor
from tests.at_once import together
from tests.world import World


def test_a_grant_is_spendable_at_once_and_comes_from_the_issuer(world: World, dilek: UUID) -> None:
    assert world.verb(None, "grant_coins", dilek, 500, "welcome-bo") == {"balance": 500, "granted": True}
    assert world.balance(dilek) == 500
    assert world.one("select sum(amount) from public.coin_entries") == 0


def test_a_grant_counts_once_per_key_and_refuses_another_amount(world: World, dilek: UUID) -> None:
    answers = together(8, lambda _: world.verb(None, "grant_coins", dilek, 70, "once-bo"))
    assert [answer["granted"] for answer in answers].count(True) == 1
    assert world.balance(dilek) == 70
    assert world.refusal(None, "grant_coins", dilek, 71, "once-bo") == (422, "idempotency_key_reused")


@pytest.mark.parametrize("amount", [0, -5])
def test_a_grant_of_nothing_or_less_is_refused(world: World, amount: int) -> None:
    assert world.refusal(None, "grant_coins", world.person(), amount, f"k{amount}") == (422, "unprocessable")


def test_entries_that_do_not_sum_to_zero_are_refused_even_from_the_owner(world: World) -> None:
    wallet = world.one("select private.wallet_of(%s)", world.person())
    with pytest.raises(psycopg.errors.CheckViolation, match="sum to zero"):
        world.owner(
            """with made as (insert into public.coin_transactions (kind, initiator_wallet_id, idempotency_key)
                             values ('adjustment', %s, 'bad') returning id)
               insert into public.coin_entries (transaction_id, wallet_id, amount)
               select made.id, %s, 5 from made""",
            wallet,
            wallet,
        )


@pytest.mark.parametrize(
    ("transaction", "wallet", "rule"),
    [
        ("gen_random_uuid()", "%(wallet)s::uuid", "coin_entries_transaction_id_fkey"),
        ("made.id", "gen_random_uuid()", "coin_entries_belong"),
    ],
)
def test_entries_of_no_transaction_or_no_wallet_are_refused_even_from_the_owner(
    world: World, transaction: str, wallet: str, rule: str
) -> None:
    with psycopg.connect(world.url) as conn, pytest.raises(psycopg.errors.ForeignKeyViolation) as refused:
        conn.execute(
            f"""with made as (insert into public.coin_transactions (kind, initiator_wallet_id, idempotency_key)
                              values ('adjustment', %(wallet)s, 'astray') returning id),
                     sides as (select {transaction} as id from made)
                insert into public.coin_entries (transaction_id, wallet_id, amount)
                select sides.id, {wallet}, 5 from sides, made
                 union all
                select sides.id, %(wallet)s, -5 from sides""".encode(),
            {"wallet": world.one("select private.wallet_of(%s)", world.person())},
        )
    assert refused.value.diag.constraint_name == rule


@pytest.mark.parametrize(
    "statement",
    [
        "delete from public.wallets",
        "update public.wallets set id = gen_random_uuid()",
        "truncate public.wallets cascade",
    ],
)
def test_a_wallet_stays_for_its_entries(world: World, statement: str) -> None:
    world.person(coins=10)
    with pytest.raises(psycopg.Error, match=r"never deleted|append-only"):
        world.owner(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "update public.coin_entries set amount = 1",
        "delete from public.coin_entries",
        "truncate public.coin_entries",
        "delete from public.coin_transactions",
        "update public.coin_transactions set kind = 'gift'",
    ],
)
def test_the_ledger_is_never_rewritten(world: World, statement: str) -> None:
    world.person(coins=10)
    with pytest.raises(psycopg.Error, match="append-only"):
        world.owner(statement)


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
@pytest.mark.parametrize(
    "statement",
    [
        "update public.wallets set balance = 1000000",
        "insert into public.wallets (kind, balance) values ('user', 5)",
        "insert into public.coin_entries (transaction_id, wallet_id, amount) select null, null, 1",
        "delete from public.coin_transactions",
        "insert into private.coin_pending (wallet_id, amount) values (gen_random_uuid(), 5)",
    ],
)
def test_nobody_writes_the_ledger_but_its_functions(world: World, role: str, statement: str) -> None:
    user = world.person()
    with pytest.raises(psycopg.errors.InsufficientPrivilege), world.acting(user_actor(user).as_role(role)) as conn:
        conn.execute(statement)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_clients_neither_read_wallets_nor_call_the_verbs(world: World, role: str) -> None:
    user = world.person(coins=10)
    for statement in ("select * from public.wallets", "select private.grant_coins(auth.uid(), 5, 'mine')"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), world.acting(user_actor(user).as_role(role)) as conn:
            conn.execute(statement)


def test_opposite_transfers_neither_deadlock_nor_lose_a_coin(world: World) -> None:
    a, b = world.person(coins=1000), world.person(coins=1000)

    def move(index: int) -> None:
        giver, taker = (a, b) if index % 2 else (b, a)
        for turn in range(10):
            world.one(
                """select private.move_coins('adjustment', %s, null, null, private.wallet_of(%s),
                                             array[private.wallet_of(%s)], array[7::bigint])""",
                f"{index}-{turn}",
                giver,
                taker,
            )
            world.one("select private.fold_coins()")

    assert together(8, move) == [None] * 8
    assert world.balance(a) + world.balance(b) == 2000
    assert world.faults() == []


def test_random_operations_by_many_at_once_leave_every_wallet_the_fold_of_its_entries(world: World) -> None:
    people = [world.person(coins=100) for _ in range(6)]

    def spend(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(20):
            giver, taker = chance.sample(people, 2)
            try:
                world.one(
                    """select private.move_coins('adjustment', %s, null, null, private.wallet_of(%s),
                                array[private.wallet_of(%s), private.wallet_of_kind('platform')],
                                array[%s::bigint, %s::bigint])""",
                    str(uuid4()),
                    giver,
                    taker,
                    chance.randint(1, 60),
                    chance.randint(0, 3),
                )
            except psycopg.Error as error:
                if error.sqlstate != "SA402":
                    raise
            if chance.random() < 0.2:
                world.one("select private.fold_coins()")

    assert together(6, spend) == [None] * 6
    assert world.faults() == []
    assert world.one("select sum(amount) from public.coin_entries") == 0
    assert world.one("select min(balance) from public.wallets where kind <> 'issuer'") >= 0


def test_the_ledger_outlives_its_user(world: World) -> None:
    bo = world.person(coins=40)
    wallet = world.one("select id from public.wallets where user_id = %s", bo)
    world.owner("delete from auth.users where id = %s", bo)
    assert world.one("select user_id from public.wallets where id = %s", wallet) is None
    assert world.one("select sum(amount) from public.coin_entries where wallet_id = %s", wallet) == 40
