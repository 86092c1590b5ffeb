"""The seeded world keeps every promise the real one keeps: money, counters, counts, keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from sahne.operations.seed.load import Seeded, seed
from sahne.operations.seed.size import Size
from tests.connections import Connection
from tests.database.seed_sql import SEED_SQL
from tests.seeding import rows, settings_of, value
from tests.world import World

SIZE = Size(users=300, images=4_000, messages=3_000, sessions=40, gifts=400, events=2_000)


@pytest.fixture(scope="module")
def seeded(database_url: str) -> Seeded:
    """This module's database with the world of seed 7 in it, which reaches into today."""
    return seed(settings_of(database_url), SIZE, number=7, until=datetime.now(UTC))


@pytest.fixture
def filled(seeded: Seeded, admin: Connection) -> Connection:
    return admin


def test_it_has_the_size_asked_for(filled: Connection, seeded: Seeded) -> None:
    asked = {
        "auth.users": SIZE.users,
        "generated_images": SIZE.images,
        "live_sessions": SIZE.sessions,
        "live_gifts": SIZE.gifts,
        "analytics_events": SIZE.events,
    }
    for table, count in asked.items():
        assert value(filled, f"select count(*) from {table}") == count, table
    assert value(filled, "select count(*) from live_messages where message_type = 'text'") == SIZE.messages
    assert seeded.rows["images"] == SIZE.images


def test_every_coin_is_accounted_for(filled: Connection) -> None:
    assert rows(filled, "select * from private.ledger_faults()") == []
    assert value(filled, "select sum(amount) from coin_entries") == 0
    assert rows(filled, "select transaction_id from coin_entries group by 1 having sum(amount) <> 0") == []
    assert value(filled, "select count(*) from wallets where kind = 'user' and balance < 0") == 0
    assert value(filled, "select count(*) from coin_transactions") > SIZE.gifts
    assert value(filled, "select count(*) from private.coin_pending") == 0


def test_nobody_was_ever_in_debt(filled: Connection) -> None:
    debts = rows(
        filled,
        """
        select from (
          select sum(amount) over (partition by wallet_id order by t.created_at, amount desc, e.id) as balance
            from coin_entries e
            join coin_transactions t on t.id = e.transaction_id
            join wallets w on w.id = e.wallet_id and w.kind <> 'issuer'
        ) running where balance < 0
        """,
    )
    assert debts == []


def test_what_is_in_escrow_is_what_open_tickets_and_months_cost(filled: Connection) -> None:
    tickets = value(filled, "select coalesce(sum(price), 0) from private.tickets where status = 'paid'")
    months = value(
        filled, "select coalesce(sum(coin_price), 0) from private.subscription_periods where status = 'paid'"
    )
    assert months > 0
    assert value(filled, "select balance from wallets where kind = 'escrow'") == tickets + months
    assert value(filled, "select count(*) from private.tickets where status = 'settled'") > 0
    entered = rows(
        filled,
        """
        select from live_participants p join live_sessions s on s.id = p.session_id
          left join private.tickets t on t.session_id = s.id and t.user_id = p.user_id
         where s.access_type = 'pay_per_view' and p.role <> 'host'
           and (t.id is null or t.payment_id <> p.payment_id or t.price <> p.paid_amount)
    """,
    )
    assert entered == []


def test_gifts_are_paid_as_listed_and_have_their_lines(filled: Connection) -> None:
    wrong = rows(
        filled,
        """
        select from live_gifts g join gifts on gifts.id = g.gift_id
          left join live_messages m on m.session_id = g.session_id and m.sender_id = g.sender_id
               and m.gift_id = g.gift_id and m.message_type = 'gift' and m.created_at = g.created_at
          left join coin_entries e on e.transaction_id = g.transaction_id and e.amount < 0
         where g.coin_amount <> gifts.coin_price * g.quantity or m.id is null or -e.amount <> g.coin_amount
    """,
    )
    assert wrong == []


def test_counters_of_sessions_equal_recounts(filled: Connection) -> None:
    wrong = rows(
        filled,
        """
        select s.id, s.status, s.total_messages, s.viewer_count, c.viewer_count as exact, s.total_viewers, s.peak_viewers
          from live_sessions s
          join private.session_counters c on c.session_id = s.id
          left join lateral (
                 select count(*) as lines from live_messages m where m.session_id = s.id) m on true
          left join lateral (
                 select coalesce(sum(quantity), 0) as pieces from live_gifts g where g.session_id = s.id) g on true
          left join lateral (
                 select count(*) as people, count(*) filter (where is_active) as there
                   from live_participants p where p.session_id = s.id and p.role <> 'host') p on true
          left join lateral (
                 select coalesce(max(at_once), 0) as peak from (
                   select sum(step) over (order by at, step) as at_once
                     from live_participants p join private.live_intervals i on i.participant_id = p.id
                    cross join lateral (values (i.joined_at, 1), (i.left_at, -1)) as steps (at, step)
                    where p.session_id = s.id and p.role <> 'host' and at is not null) sums) peaks on true
         where (s.total_messages, s.total_gifts_received, s.total_viewers, s.viewer_count, s.peak_viewers)
               is distinct from (m.lines, g.pieces, p.people, p.there, peaks.peak)
            or (c.total_viewers, c.viewer_count, c.peak_viewers)
               is distinct from (s.total_viewers, s.viewer_count, s.peak_viewers)
    """,
    )
    assert wrong == []
    states = {row["status"] for row in rows(filled, "select distinct status from live_sessions")}
    assert states == {"live", "ended", "scheduled"}
    assert value(filled, "select count(*) from private.session_tallies") == 0


def test_the_fold_of_the_server_changes_nothing(filled: Connection) -> None:
    assert value(filled, "select private.fold_session_counters()") == 0
    assert value(filled, "select private.fold_coins()") == 0


def test_who_is_in_a_session_was_let_in(filled: Connection) -> None:
    assert rows(filled, "select from live_participants p join live_session_bans b on b.session_id = p.session_id"
                       " and b.banned_user_id = p.user_id where p.is_active") == []  # fmt: skip
    assert rows(filled, "select from live_participants p join profiles f on f.id = p.profile_id"
                       " where f.user_id <> p.user_id") == []  # fmt: skip
    assert rows(filled, "select from live_participants p join live_sessions s on s.id = p.session_id"
                       " where p.is_active <> (s.status = 'live') and p.is_active") == []  # fmt: skip
    assert rows(filled, "select from live_messages m left join live_participants p on p.session_id = m.session_id"
                       " and p.user_id = m.sender_id and p.profile_id = m.sender_profile_id"
                       " where p.id is null or m.created_at < p.joined_at") == []  # fmt: skip
    late = "select from live_participants p join auth.users u on u.id = p.user_id where p.joined_at < u.created_at"
    assert rows(filled, late) == []


def test_watch_times_are_the_union_of_the_stays(filled: Connection) -> None:
    wrong = rows(
        filled,
        """
        select total_watch_time_seconds, private.watch_seconds(id, left_at) from live_participants
         where not is_active and abs(total_watch_time_seconds - private.watch_seconds(id, left_at)) > 1
    """,
    )
    assert wrong == []


def test_counts_of_pictures_equal_recounts(filled: Connection) -> None:
    assert rows(filled, """
        select from profiles p where p.type = 'real' and p.generation_count <>
               (select count(*) from generated_images where user_id = p.id)
    """) == []  # fmt: skip
    assert rows(filled, """
        select from scenes s where s.usage_count <> (select count(*) from generated_images where scene_id = s.id)
    """) == []  # fmt: skip
    for kept, counted in [
        ("select user_id, total_images, favorite_count from private.user_image_counts",
         "select user_id, count(*), count(*) filter (where is_favorite) from generated_images group by 1"),
        ("select scene_id, generation_count from private.scene_image_counts",
         "select scene_id, count(*) from generated_images where scene_id is not null group by 1"),
        ("select day, user_id, images from private.user_image_days",
         "select (created_at at time zone 'utc')::date, user_id, count(*) from generated_images group by 1, 2"),
        ("select day, total_generations, unique_users, generation_time_sum, generation_time_count"
         " from private.image_days",
         "select (created_at at time zone 'utc')::date, count(*), count(distinct user_id),"
         " coalesce(sum(generation_time::double precision), 0), count(generation_time)"
         " from generated_images group by 1"),
        ("select user_id, date, generation_count from usage_tracking",
         "select user_id, (created_at at time zone 'utc')::date, count(*) from generated_images group by 1, 2"),
    ]:  # fmt: skip
        assert rows(filled, f"({kept} except {counted}) union all ({counted} except {kept})") == [], kept
    assert rows(filled, "select from usage_tracking where generation_count > daily_limit") == []
    assert rows(filled, "select from usage_tracking u join profiles p on p.id = u.user_id"
                       " where (daily_limit = 10) = is_premium") == []  # fmt: skip


def test_the_triggers_count_on_where_the_seed_stopped(filled: Connection) -> None:
    (image,) = rows(filled, "select * from generated_images where scene_id is not null order by id limit 1")
    before = value(filled, "select total_images from private.user_image_counts where user_id = %s", image["user_id"])
    filled.execute("delete from generated_images where id = %s", (image["id"],))
    counted = "select coalesce(max(total_images), 0) from private.user_image_counts where user_id = %s"
    assert value(filled, counted, image["user_id"]) == before - 1
    columns = ", ".join(image)
    filled.execute(
        f"insert into generated_images ({columns}) values ({', '.join(['%s'] * len(image))})".encode(),
        [json.dumps(each) if isinstance(each, dict) else each for each in image.values()],
    )
    filled.execute("update profiles set generation_count = generation_count - 1 where id = %s", (image["user_id"],))
    filled.execute("update scenes set usage_count = usage_count - 1 where id = %s", (image["scene_id"],))
    today = "update usage_tracking set generation_count = generation_count - 1 where user_id = %s and date = private.quota_day()"
    filled.execute(today.encode(), (image["user_id"],))
    filled.execute("delete from usage_tracking where generation_count = 0")
    assert value(filled, counted, image["user_id"]) == before


def test_every_constraint_holds(filled: Connection) -> None:
    """The load let foreign keys rest: each is asked again, as if it were made now."""
    keys = rows(
        filled,
        """
        select format('%I.%I', relnamespace::regnamespace, relname) as "table", conname as name,
               pg_get_constraintdef(c.oid) as definition
          from pg_constraint c join pg_class on pg_class.oid = conrelid
         where contype = 'f' and conparentid = 0
           and connamespace in ('public'::regnamespace, 'private'::regnamespace, 'auth'::regnamespace)
    """,
    )
    assert len(keys) > 40
    with pytest.raises(RuntimeError, match="enough"), filled.transaction():
        for key in keys:
            filled.execute(f'alter table {key["table"]} drop constraint "{key["name"]}"'.encode())
            filled.execute(f'alter table {key["table"]} add constraint "{key["name"]}" {key["definition"]}'.encode())
        raise RuntimeError("enough")


@pytest.mark.parametrize("query", list(SEED_SQL))
def test_the_common_queries_tell_what_the_seeds_sql_tells(filled: Connection, database_url: str, query: str) -> None:
    asked = SEED_SQL[query]
    busy = "select user_id as id from usage_tracking order by date desc, user_id limit 10"
    anybody = "select id from profiles where type = 'real' order by id limit 30"
    people = [row["id"] for row in rows(filled, busy) + rows(filled, anybody)]
    administrator = World(database_url).admin()
    try:
        for person in people if asked.personal else [administrator]:
            assert asked.ours(World(database_url), person) == asked.seeds(filled, person)
    finally:
        filled.execute("delete from auth.users where id = %s", (administrator,))


def test_seeded_people_are_let_in_by_the_policies_alone(filled: Connection, database_url: str) -> None:
    (row,) = rows(filled, "select user_id, count(*) as n from generated_images group by 1 order by 2 desc limit 1")
    with World(database_url).acting(UUID(str(row["user_id"]))) as conn:
        assert value(conn, "select count(id) from generated_images") == row["n"]
    with World(database_url).acting(None) as conn:
        assert value(conn, "select count(*) from live_sessions where status = 'ended'") == 0


def test_the_covering_index_covers(filled: Connection, database_url: str) -> None:
    (row,) = rows(filled, "select user_id from private.user_image_counts order by total_images desc limit 1")
    filled.execute("vacuum (analyze) public.generated_images")
    with World(database_url).acting(UUID(str(row["user_id"]))) as conn:
        plan = rows(
            conn, "explain select created_at, is_favorite from generated_images order by created_at desc limit 5"
        )
    assert any("Index Only Scan using idx_images_user_cover" in line for each in plan for line in each.values())
