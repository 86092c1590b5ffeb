"""Gifts sent together are as gifts sent one after another: whatever they are, each has the same outcome and every coin is
where it would be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import psycopg
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from sahne.database.refusals import Refused, refusals
from tests.world import World

NIGHTS_MAX = 120
CHEAP, DEAR = 7, 50
NOTHING_COMPILED = "-c jit=off"  # where PostgreSQL can: each short query of a test would pay for it

TOGETHER = b"""select private.send_gifts(%(senders)s::uuid[], %(sessions)s::uuid[], %(gifts)s::uuid[],
    %(quantities)s::integer[], %(receivers)s::uuid[], %(keys)s::text[], %(expected_prices)s::integer[]) as answers"""
ALONE = b"select private.send_gift(%s, %s, %s, %s, %s, %s) as answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One gift as somebody asks for it; numbers are places in `House`."""

    giver: int
    session: int
    gift: int
    quantity: int
    receiver: Literal["nobody named", "guest", "oneself"]
    key: str
    shown: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """How a house stands, and what is asked in it at one moment, in the order of arrival."""

    coins: tuple[int, ...]
    is_folded: bool
    banned: int | None
    commission: int
    asked: tuple[Asked, ...]


ASKED = st.builds(
    Asked,
    giver=st.sampled_from([0, 1, 2] * 6 + [3]),
    session=st.sampled_from([0] * 6 + [1] * 4 + [2]),
    gift=st.sampled_from([0] * 6 + [1] * 4 + [2]),
    quantity=st.sampled_from([1] * 8 + [2] * 4 + [3] * 2 + [0]),
    receiver=st.sampled_from(["nobody named"] * 14 + ["guest", "oneself"]),
    key=st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
    shown=st.sampled_from([None] * 8 + [CHEAP, DEAR]),
)
NIGHTS = st.builds(
    Night,
    coins=st.tuples(*[st.sampled_from([0, 6, 7, 20, 57, 100, 1_000, 1_000, 1_000])] * 4),
    is_folded=st.sampled_from([True, True, True, False]),
    banned=st.sampled_from([None, None, 0, 1]),
    commission=st.sampled_from([0, 20, 33, 100]),
    asked=st.lists(ASKED, min_size=2, max_size=14).map(tuple),
)


def given_both_ways(first: int, second: int) -> Night:
    """The second host gives in one session, and is given in their own: what they are left with tells the order."""
    gifts = {
        giver: Asked(giver=giver, session=session, gift=0, quantity=1, receiver="nobody named", key="a", shown=None)
        for giver, session in ((0, 1), (3, 0))
    }
    asked = (gifts[first], gifts[second])
    return Night(coins=(1_000,) * 4, is_folded=True, banned=None, commission=0, asked=asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Two live sessions and one that is over; three who watch, and the second host, who watches the first."""

    url: str
    sessions: tuple[UUID, ...]
    givers: tuple[UUID, ...]
    gifts: tuple[UUID, ...]
    guest: UUID


@pytest.fixture(scope="module")
def house(world: World) -> House:
    hosts = [world.person(creator=True) for _ in range(3)]
    for host in hosts[:2]:  # whom somebody has given to before
        world.one("select private.wallet_of(%s)", host)
    sessions = [world.session(host) for host in hosts]
    givers = [*(world.person() for _ in range(3)), hosts[1]]
    for session in sessions:
        for giver in givers:
            if world.row(session)["creator_id"] != giver:
                world.verb(giver, "join_session", session)
    guest = world.watching(sessions[0])
    world.owner("update public.live_participants set role = 'invited_guest' where user_id = %s returning id", guest)
    world.verb(hosts[2], "end_session", sessions[2])
    gifts = [world.gift(CHEAP), world.gift(DEAR), world.gift(CHEAP)]
    world.owner("update public.gifts set is_active = false where id = %s", gifts[2])
    return House(
        url=world.url, sessions=tuple(sessions), givers=tuple(givers), gifts=tuple(gifts), guest=guest,
    )  # fmt: skip


def test_gifts_sent_together_are_as_gifts_sent_one_after_another(house: House) -> None:
    seen: Counter[str] = Counter()
    with psycopg.connect(house.url, row_factory=dict_row, options=NOTHING_COMPILED) as conn:
        agree_in_every_night(conn, house, seen)
    assert seen["at once"] > NIGHTS_MAX / 2
    assert seen.keys() >= {
        "sent", "again", "insufficient_coins", "idempotency_key_reused", "price_changed", "banned", "session_not_live",
        "not_found", "invalid_receiver", "unprocessable", "in a row",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "otherwise"),
    [
        ("sessions.creator_id <> all (_senders)", "sessions.creator_id <> asked.sender_id"),
        ("and asked.sender_id <> all (array(select doors.creator_id from doors))", ""),
        ("row_number() over (partition by asked.sender_id, asked.key order by asked.place) = 1", "true"),
        ("judged.spent <= judged.balance", "true"),
        ("bool_and(coalesce(looked.is_plain, false)) over so_far", "looked.is_plain"),
    ],
)
def test_a_batch_that_forgot_what_goes_before_would_be_seen(house: House, rule: str, otherwise: str) -> None:
    with (
        psycopg.connect(house.url, row_factory=dict_row, options=NOTHING_COMPILED) as conn,
        conn.transaction(force_rollback=True),
    ):
        row = conn.execute("select pg_get_functiondef('private.send_gifts'::regproc) as text").fetchone()
        assert row
        assert row["text"].count(rule) == 1
        conn.execute(row["text"].replace(rule, otherwise).encode())
        with pytest.raises((AssertionError, psycopg.Error)):
            agree_in_every_night(conn, house, Counter())


def agree_in_every_night(conn: psycopg.Connection[Any], house: House, seen: Counter[str]) -> None:
    """Both ways have the same outcomes and leave the same books, whatever is asked."""

    @settings(max_examples=NIGHTS_MAX, derandomize=True, deadline=None, phases=[Phase.explicit, Phase.generate])
    @example(given_both_ways(0, 3))
    @example(given_both_ways(3, 0))
    @given(NIGHTS)
    def agree(night: Night) -> None:
        outcomes = []
        for way in (together, one_after_another):
            with conn.transaction(force_rollback=True):
                arrange(conn, house, night)
                outcomes.append((way(conn, house, night.asked, seen), books(conn)))
        assert outcomes[0] == outcomes[1]

    agree()


def arrange(conn: psycopg.Connection[Any], house: House, night: Night) -> None:
    """Coins, bans and the platform's share as the night wants them, by the owner's hand."""
    conn.execute("update private.settings set gift_commission_percent = %s", (night.commission,))
    for giver, coins in zip(house.givers, night.coins, strict=True):
        if coins:
            conn.execute("select private.grant_coins(%s, %s, %s)", (giver, coins, f"of tonight {giver}"))
    if night.is_folded:
        conn.execute("select private.fold_coins()")
    if night.banned is not None:
        conn.execute(
            """insert into public.live_session_bans (session_id, banned_user_id, banned_by, banned_profile_id)
               values (%s, %s, (select creator_id from public.live_sessions where id = %s), %s)""",
            (house.sessions[0], house.givers[night.banned], house.sessions[0], house.givers[night.banned]),
        )


def together(
    conn: psycopg.Connection[Any], house: House, asked: Sequence[Asked], seen: Counter[str]
) -> list[dict[str, Any]]:
    """As a server does: all in a batch, and what that leaves undone step by step."""
    said = [values(house, each) for each in asked]
    columns = zip(*said, strict=True)
    names = ("sessions", "gifts", "quantities", "receivers", "keys", "expected_prices")
    given = {"senders": [house.givers[each.giver] for each in asked]} | {
        name: list(column) for name, column in zip(names, columns, strict=True)
    }
    conn.execute("set local role service_role")
    row = conn.execute(TOGETHER, given).fetchone()
    conn.execute("reset role")
    assert row
    seen["at once"] += sum(answer is not None for answer in row["answers"])
    answers = [
        step(conn, house, each, seen) if answer is None else answer
        for each, answer in zip(asked, row["answers"], strict=True)
    ]
    return told(answers, seen)


def one_after_another(
    conn: psycopg.Connection[Any], house: House, asked: Sequence[Asked], seen: Counter[str]
) -> list[dict[str, Any]]:
    return told([step(conn, house, each, seen) for each in asked], seen)


def step(conn: psycopg.Connection[Any], house: House, asked: Asked, seen: Counter[str]) -> dict[str, Any]:
    claims = json.dumps({"role": "service_role", "sub": str(house.givers[asked.giver])})
    conn.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    try:
        with conn.transaction(), refusals():
            conn.execute("set local role service_role")
            row = conn.execute(ALONE, values(house, asked)).fetchone()
            conn.execute("reset role")
    except Refused as refused:
        seen[refused.code] += 1
        return {"status": refused.status, "code": refused.code, "message": refused.message, "details": refused.details}
    assert row
    answer: dict[str, Any] = row["answer"]
    return answer


def values(house: House, asked: Asked) -> tuple[Any, ...]:
    """What is said of a gift, as `send_gift` takes it."""
    receiver = {"nobody named": None, "guest": house.guest, "oneself": house.givers[asked.giver]}[asked.receiver]
    return (
        house.sessions[asked.session], house.gifts[asked.gift], asked.quantity, receiver, asked.key, asked.shown,
    )  # fmt: skip


def told(answers: Sequence[dict[str, Any]], seen: Counter[str]) -> list[dict[str, Any]]:
    """The answers, a gift named by the place at which it was answered first instead of by its id."""
    first: dict[str, int] = {}
    outcomes = []
    for place, answer in enumerate(answers):
        if gift := answer.get("live_gift"):
            number = first.setdefault(gift["id"], place)
            seen["sent" if number == place else "again"] += 1
            seen["in a row"] += gift["combo_id"] != gift["id"]
            anew = {"id": number, "combo_id": first[gift["combo_id"]], "transaction_id": None, "created_at": None}
            answer = answer | {"live_gift": gift | anew}
        outcomes.append(answer)
    return outcomes


def books(conn: psycopg.Connection[Any]) -> dict[str, list[dict[str, Any]]]:
    """Every coin, line and count, without what is new each time."""
    asked = {
        "balances": """select wallets.kind, wallets.user_id, wallets.balance + coalesce((
                                select sum(pending.amount) from private.coin_pending pending
                                 where pending.wallet_id = wallets.id), 0) as coins
                         from public.wallets order by 1, 2""",
        "entries": """select wallets.kind, wallets.user_id, transactions.idempotency_key, entries.amount
                        from public.coin_entries entries
                        join public.wallets on wallets.id = entries.wallet_id
                        join public.coin_transactions transactions on transactions.id = entries.transaction_id
                       order by 1, 2, 3, 4""",
        "gifts": """select gifts.sender_id, gifts.receiver_id, gifts.session_id, gifts.gift_id, gifts.quantity,
                           gifts.coin_amount, gifts.sender_profile_id, lines.sender_id as said_by, lines.session_id as said_in,
                           lines.gift_quantity, lines.gift_coin_value, lines.sender_profile_id as said_as,
                           gifts.combo_count, lines.gift_combo_count as said_count,
                           lines.gift_combo_id = gifts.combo_id as is_said_so
                      from public.live_gifts gifts
                      full join public.live_messages lines on lines.id = gifts.id
                     order by 1, 2, 3, 4, 5, gifts.combo_count""",
        "boards": """select session_id, receiver_id, profile_id, sum(coins) as coins, sum(gifts) as gifts
                       from private.gift_tallies group by 1, 2, 3 order by 1, 2, 3""",
        "tallies": """select session_id, sum(messages) as messages, sum(gifts) as gifts
                        from private.session_tallies group by 1 order by 1""",
        "keys": "select user_id, key, request, answer -> 'wallet' as wallet from private.idempotency_keys order by 1, 2",
        "faults": "select * from private.ledger_faults()",
    }
    return {name: conn.execute(query.encode()).fetchall() for name, query in asked.items()}
