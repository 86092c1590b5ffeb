"""The road of a batch and the step-by-step road agree: in any world the same verdict, the same coins, the same line."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from sahne.database.refusals import refusals
from sahne.errors import SahneError
from tests.world import World

WORLDS_MAX = 600
PRICE = 7
BALANCE_MAX = 10**12

# What is asked of either road. A batch leaves what is not plain to the steps
BATCH = b"""select private.send_gifts(
    array[%(sender)s::uuid], array[%(session)s::uuid], array[%(gift)s::uuid], array[%(quantity)s::integer],
    array[%(receiver)s::uuid], array[%(key)s::text], array[%(expected_price)s::integer]) -> 0 as answer"""
STEPS = b"""select private.send_gift(
    %(session)s, %(gift)s, %(quantity)s, %(receiver)s, %(key)s, %(expected_price)s) as answer"""
LEFT = {"left": True}

Receiver = Literal["nobody named", "host", "guest", "viewer", "oneself"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a gift may hang on."""

    account: str
    status: str
    gifts_enabled: bool
    gift_is_active: bool
    season: str
    seat: str
    ban: str
    block: str
    receiver: Receiver
    quantity: int | None
    expected_price: int | None
    held: int
    key: str | None
    key_was_used: str
    coins: int
    are_folded: bool
    commission: int


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The usual value in most worlds, so that many of them let a gift through."""
    return st.sampled_from([usual] * 14 + list(others))


CASES = st.builds(
    Case,
    account=mostly("good", "anonymous", "suspended", "suspended once", "erased"),
    status=mostly("live", "scheduled", "ended", "cancelled"),
    gifts_enabled=mostly(True, False),
    gift_is_active=mostly(True, False, False, False),
    season=mostly("always", "now", "to come", "over"),
    seat=mostly("taken", "left", "none"),
    ban=mostly("none", "standing", "lapsed", "of another profile", "from all", "of another from all"),
    block=mostly("none", "hosts", "givers", "of another profile"),
    receiver=mostly("nobody named", "host", "guest", "viewer", "oneself"),
    quantity=mostly(1, 1000, 1001, 0, -1, None) | st.integers(1, 60),
    expected_price=mostly(None, PRICE, PRICE, PRICE - 1, PRICE + 1),
    held=st.sampled_from([0] * 8 + [BALANCE_MAX, BALANCE_MAX - PRICE, BALANCE_MAX - PRICE + 2]),
    key=mostly("tap", "", None, "k" * 200, "k" * 201),
    key_was_used=mostly("never", "for this", "for another"),
    coins=mostly(10_000, 0, PRICE, PRICE - 1),
    are_folded=mostly(True, False),
    commission=mostly(20, 0, 100, 33),
)

PLAIN = Case(
    account="good", status="live", gifts_enabled=True, gift_is_active=True, season="now", seat="taken", ban="none", block="none",
    receiver="nobody named", quantity=1, expected_price=None, held=0, key="tap", key_was_used="never", coins=10_000,
    are_folded=True, commission=20,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who and what is there before a case says how it stands."""

    url: str
    host: UUID
    giver: UUID
    guest: UUID
    viewer: UUID
    shadow: UUID
    session: UUID
    gift: UUID


@pytest.fixture(scope="module")
def stage(world: World) -> Stage:
    host = world.person(creator=True)
    session = world.session(host)
    guest, viewer, giver = world.watching(session), world.watching(session), world.watching(session)
    world.owner("update public.live_participants set role = 'invited_guest' where user_id = %s returning id", guest)
    return Stage(
        url=world.url, host=host, giver=giver, guest=guest, viewer=viewer, shadow=world.shadow(giver),
        session=session, gift=world.gift(PRICE),
    )  # fmt: skip


def test_both_roads_give_one_answer_in_every_world(stage: Stage) -> None:
    verdicts: Counter[str] = Counter()
    with psycopg.connect(stage.url, row_factory=dict_row) as conn:

        @settings(max_examples=WORLDS_MAX, derandomize=True, deadline=None)
        @given(CASES)
        def agree(case: Case) -> None:
            with conn.transaction(force_rollback=True):
                arrange(conn, stage, case)
                plain, stepped = outcome(conn, stage, case, BATCH), outcome(conn, stage, case, STEPS)
                assert plain in (LEFT, stepped)
                verdicts[stepped.get("code", "given")] += 1
                verdicts["plain"] += plain != LEFT

        agree()
    assert verdicts["plain"] > WORLDS_MAX / 20
    assert verdicts.keys() >= {
        "given", "banned", "anonymous_not_allowed", "user_banned", "session_not_live", "not_in_session", "not_found",
        "gifts_disabled", "invalid_receiver", "insufficient_coins", "unprocessable", "idempotency_key_required",
        "idempotency_key_reused", "price_changed", "balance_too_large",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "otherwise"),
    [
        ("and sessions.status = 'live'", {"status": "ended"}),
        ("and sessions.gifts_enabled", {"gifts_enabled": False}),
        ("and gifts.is_active", {"gift_is_active": False}),
        ("and tstzrange(gifts.available_from, gifts.available_until) @> now()", {"season": "over"}),
        ("and seats.is_active", {"seat": "left"}),
        ("and not users.is_anonymous", {"account": "anonymous"}),
        ("and users.deleted_at is null", {"account": "erased"}),
        ("and users.banned_until > now() is not true", {"account": "suspended"}),
        ("and asked.quantity between 1 and quantity_max", {"quantity": 1001}),
        ("and asked.receiver_id is null", {"receiver": "viewer"}),
        ("and coalesce(asked.expected_price = gifts.coin_price, true)", {"expected_price": PRICE - 1}),
        ("and theirs.balance + gifts.coin_price::bigint * asked.quantity <= private.balance_max()", {"held": BALANCE_MAX}),
        ("and keys.key is null", {"key_was_used": "for another"}),
        ("bans.session_id = asked.session_id and bans.banned_user_id = asked.sender_id", {"ban": "standing"}),
        ("bans.creator_id = sessions.creator_id and bans.user_id = asked.sender_id", {"ban": "from all"}),
        ("blocks.blocker_id = sessions.creator_id and blocks.blocked_profile_id = seats.profile_id", {"block": "hosts"}),
        ("blocks.blocker_id = seats.profile_id and blocks.blocked_profile_id = sessions.creator_id", {"block": "givers"}),
    ],
)  # fmt: skip
def test_a_road_that_forgot_a_rule_would_be_seen(stage: Stage, rule: str, otherwise: dict[str, Any]) -> None:
    case = replace(PLAIN, **otherwise)
    with psycopg.connect(stage.url, row_factory=dict_row) as conn, conn.transaction(force_rollback=True):
        arrange(conn, stage, case)
        if "account" in otherwise:  # whose seat is left at once
            conn.execute("update public.live_participants set is_active = true where user_id = %s", (stage.giver,))
        stepped = outcome(conn, stage, case, STEPS)
        assert outcome(conn, stage, case, BATCH) in (LEFT, stepped)
        row = conn.execute("select pg_get_functiondef('private.send_gifts'::regproc) as text").fetchone()
        assert row
        assert row["text"].count(rule) == 1
        conn.execute(row["text"].replace(rule, "false" if rule.startswith(("bans", "blocks")) else "").encode())
        assert outcome(conn, stage, case, BATCH) not in (LEFT, stepped)


def test_a_key_that_was_forgotten_is_left_to_the_steps_and_undoes_no_batch(stage: Stage) -> None:
    case = replace(PLAIN, key_was_used="long ago")
    with psycopg.connect(stage.url, row_factory=dict_row) as conn, conn.transaction(force_rollback=True):
        arrange(conn, stage, case)
        assert outcome(conn, stage, case, STEPS)["code"] == "conflict"
        assert outcome(conn, stage, case, BATCH) == LEFT
        assert outcome(conn, stage, replace(case, key="another"), BATCH) != LEFT


def arrange(conn: psycopg.Connection[Any], stage: Stage, case: Case) -> None:
    """The world as the case wants it, by the owner's hand."""
    conn.execute(
        """update auth.users
              set is_anonymous = %s, deleted_at = case when %s then now() end,
                  banned_until = case %s when 'suspended' then now() + interval '1 day'
                                         when 'suspended once' then now() - interval '1 day' end
            where id = %s""",
        (case.account == "anonymous", case.account == "erased", case.account, stage.giver),
    )
    conn.execute(
        "update public.live_sessions set status = %s, gifts_enabled = %s where id = %s",
        (case.status, case.gifts_enabled, stage.session),
    )
    conn.execute(
        """update public.gifts
              set is_active = %s,
                  available_from = case %s when 'now' then now() - interval '1 day'
                                           when 'to come' then now() + interval '1 second' end,
                  available_until = case %s when 'now' then now() + interval '1 day' when 'over' then now() end
            where id = %s""",
        (case.gift_is_active, case.season, case.season, stage.gift),
    )
    conn.execute("update private.settings set gift_commission_percent = %s", (case.commission,))
    if case.coins:
        conn.execute("select private.grant_coins(%s, %s, 'arranged')", (stage.giver, case.coins))
    if case.are_folded:
        conn.execute("select private.fold_coins()")
    seats = "public.live_participants where session_id = %s and user_id = %s"
    conn.execute("select private.wallet_of(%s)", (stage.host,))
    conn.execute("update public.wallets set balance = %s where user_id = %s", (case.held, stage.host))
    if case.seat == "none":
        conn.execute(f"delete from {seats}".encode(), (stage.session, stage.giver))
    elif case.seat == "left":
        conn.execute(f"select private.leave_seat(id) from {seats}".encode(), (stage.session, stage.giver))
    if case.ban != "none":
        ban(conn, stage, case.ban)
    if case.block != "none":
        blocked = {"hosts": stage.giver, "givers": stage.host, "of another profile": stage.shadow}[case.block]
        blocker = stage.giver if case.block == "givers" else stage.host
        put = "insert into private.blocks (blocker_id, blocked_profile_id) values (%s, %s)"
        conn.execute(put.encode(), (blocker, blocked))
    if case.key_was_used == "long ago":
        conn.execute(
            """insert into public.coin_transactions
                      (id, kind, initiator_wallet_id, idempotency_key, reference_type, reference_id)
               values (gen_random_uuid(), 'gift', private.wallet_of(%s), 'gift:' || %s, 'live_gift', gen_random_uuid())""",
            (stage.giver, case.key),
        )
    elif case.key_was_used != "never" and case.key and len(case.key) <= 200:
        quantity = case.quantity if case.key_was_used == "for this" else 999
        request = {"session_id": stage.session, "gift_id": stage.gift, "quantity": quantity}
        request |= {"receiver_id": profile(stage, case.receiver), "expected_price": case.expected_price}
        conn.execute(
            "insert into private.idempotency_keys values (%s, %s, 'gift', %s, '{\"before\": true}')",
            (stage.giver, case.key, json.dumps(request, default=str)),
        )


def ban(conn: psycopg.Connection[Any], stage: Stage, how: str) -> None:
    worn = stage.shadow if how.startswith("of another") else stage.giver
    if how.endswith("from all"):
        given = (stage.host, worn, stage.giver)
        conn.execute("insert into private.creator_bans (creator_id, profile_id, user_id) values (%s, %s, %s)", given)
        return
    conn.execute(
        """insert into public.live_session_bans (session_id, banned_user_id, banned_by, banned_profile_id, expires_at)
           values (%s, %s, %s, %s, case when %s then now() - interval '1 minute' end)""",
        (stage.session, stage.giver, stage.host, worn, how == "lapsed"),
    )


def profile(stage: Stage, receiver: Receiver) -> UUID | None:
    match receiver:
        case "nobody named":
            return None
        case "host":
            return stage.host
        case "guest":
            return stage.guest
        case "viewer":
            return stage.viewer
        case "oneself":
            return stage.giver


def outcome(conn: psycopg.Connection[Any], stage: Stage, case: Case, road: bytes) -> dict[str, Any]:
    """What a road answers or refuses, and every coin and line of it; then nothing has happened."""
    values = {
        "sender": stage.giver, "session": stage.session, "gift": stage.gift, "quantity": case.quantity,
        "receiver": profile(stage, case.receiver), "key": case.key, "expected_price": case.expected_price,
    }  # fmt: skip
    with conn.transaction(force_rollback=True):
        claims = json.dumps({"role": "service_role", "sub": str(stage.giver)})
        conn.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
        try:
            with conn.transaction(), refusals():
                conn.execute("set local role service_role")
                row = conn.execute(road, values).fetchone()
                conn.execute("reset role")
        except SahneError as refused:
            return {"status": refused.status, "code": refused.code, "message": refused.message}
        assert row
        answer = row["answer"]
        if answer is None:
            return LEFT
        if "live_gift" not in answer:
            return {"again": answer}
        sent = answer["live_gift"]
        assert sent["combo_id"] == sent["id"], "the first in a row"
        anew = {"id": None, "transaction_id": None, "combo_id": None}
        return {"row": sent | anew, "wallet": answer["wallet"]} | traces(conn, sent)


def traces(conn: psycopg.Connection[Any], sent: dict[str, Any]) -> dict[str, Any]:
    """The entries and the chat line of a gift, without what is new each time."""
    entries = conn.execute(
        """select wallets.kind, wallets.user_id, entries.amount
             from public.coin_entries entries join public.wallets on wallets.id = entries.wallet_id
            where entries.transaction_id = %s order by 1, 3""",
        (sent["transaction_id"],),
    ).fetchall()
    line = conn.execute(
        """select sender_id, sender_profile_id, message_type, gift_quantity, gift_coin_value, gift_combo_count,
                  gift_combo_id = id as is_first
             from public.live_messages where id = %s""",
        (sent["id"],),
    ).fetchone()
    return {"entries": entries, "line": line}
