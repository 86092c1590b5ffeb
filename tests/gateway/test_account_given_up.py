"""Somebody gives their account up: what ends at once, how it is called off, and that nothing is left that names them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from sahne.database.actor import SERVICE
from sahne.database.pool import Database
from sahne.objects.names import Place
from sahne.objects.removals import remove_queued
from sahne.objects.store import Content, Upload, chunks_of, kept_bytes, place_object
from sahne.providers.blobs.disk import DiskBlobs
from sahne.settings import Settings
from tests.at_once import overtaken
from tests.leaving import Person, erase, working
from tests.stage import Door
from tests.store import tell, told
from tests.studio import make_generation, make_image
from tests.subscriptions import subscribed, tier
from tests.talks import Talk, priced
from tests.world import LINE, World

LEAVING = (403, "account_leaving")


@pytest.fixture(scope="module")
def http(settings: Settings, door: Door) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=settings.api_url, timeout=20) as client:
        yield client


@pytest.fixture
def zuhtu(http: httpx.Client, world: World) -> Person:
    return Person(http, world)


def test_who_gives_an_account_up_is_signed_out_everywhere_and_does_nothing_more(
    zuhtu: Person, http: httpx.Client, world: World, ada: UUID
) -> None:
    before = datetime.now(UTC)
    asked = zuhtu.done("DELETE", "account")["deletion"]
    due = datetime.fromisoformat(asked["due_at"])
    assert timedelta(days=13) < due - before < timedelta(days=15)
    refresh = {"refresh_token": zuhtu.session["refresh_token"]}
    assert (
        http.post("/auth/v1/token?grant_type=refresh_token", json=refresh).json()["error_code"]
        == "refresh_token_not_found"
    )
    assert zuhtu.refused("POST", f"profiles/{ada}/block") == LEAVING
    assert zuhtu.refused("GET", "account/export") == LEAVING
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="about to be erased"):
        world.sql(zuhtu.id, "update public.profiles set display_name = 'x' where id = %s", zuhtu.id)
    assert zuhtu.done("GET", "account/deletion")["deletion"] == asked
    assert zuhtu.done("DELETE", "account")["deletion"] == asked


def test_signing_in_again_keeps_the_account_and_so_does_saying_so(zuhtu: Person) -> None:
    zuhtu.done("DELETE", "account")
    assert zuhtu.sign_in().is_success
    assert zuhtu.done("GET", "account/deletion") == {"deletion": None}
    assert [row["code"] for row in zuhtu.done("GET", "notices")["notices"]] == ["account_kept"]
    assert zuhtu.sign_in().is_success
    zuhtu.done("DELETE", "account")
    assert zuhtu.done("POST", "account/restore") == {"deletion": None}
    assert zuhtu.done("POST", "account/restore") == {"deletion": None}
    assert [row["code"] for row in zuhtu.done("GET", "notices")["notices"]] == ["account_kept", "account_kept"]
    assert zuhtu.done("GET", "profiles/blocked") == {"blocks": []}


def test_a_token_that_was_left_somewhere_gives_no_account_up(zuhtu: Person, door: Door, world: World) -> None:
    zuhtu.grow_old()
    assert zuhtu.refused("DELETE", "account") == (403, "reauthentication_needed")
    assert door.call(zuhtu.id, "DELETE", "account").json()["code"] == "reauthentication_needed"  # of no session
    zuhtu.sign_in()
    world.owner(
        """insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
           values (gen_random_uuid(), %s, 'totp', 'verified', now(), now())""",
        zuhtu.id,
    )
    assert zuhtu.refused("DELETE", "account") == (403, "insufficient_aal")
    assert zuhtu.done("GET", "account/deletion") == {"deletion": None}


def test_nobody_else_is_given_up_and_who_is_suspended_waits_for_the_end_of_that(
    zuhtu: Person, door: Door, world: World
) -> None:
    assert door.call(None, "DELETE", "account").status_code == 401
    world.owner("update auth.users set banned_until = now() + interval '1 day' where id = %s", zuhtu.id)
    assert zuhtu.refused("DELETE", "account") == (403, "user_banned")


def test_the_last_admin_stays_until_there_is_another(zuhtu: Person, world: World) -> None:
    world.owner("update public.profiles set role = 'user' where role = 'admin'")
    world.owner("update public.profiles set role = 'admin' where id = %s", zuhtu.id)
    assert zuhtu.refused("DELETE", "account") == (409, "last_admin")
    other = world.admin()
    zuhtu.done("DELETE", "account")
    world.owner("update public.profiles set role = 'user' where id = %s", other)


def test_what_is_live_with_them_ends_at_once_and_every_coin_is_where_it_belongs(zuhtu: Person, world: World) -> None:
    world.owner("update public.profiles set is_creator = true where id = %s", zuhtu.id)
    session = world.session(zuhtu.id)
    viewer, buyer = world.watching(session, coins=500), world.person(coins=500)
    concert = world.session(zuhtu.id, live=False, access_type="pay_per_view", ppv_coin_price=100)
    world.verb(buyer, "buy_ticket", concert, str(uuid4()))
    creator = world.person(creator=True)
    world.verb(None, "grant_coins", zuhtu.id, 1_000, f"grant-{uuid4()}")
    mine = subscribed(world, zuhtu.id, tier(world, creator))
    priced(world, zuhtu.id)
    talk = Talk(world, viewer, zuhtu.id)
    zuhtu.done("DELETE", "account")
    assert world.row(session)["status"] == "ended"
    assert world.balance(buyer) == 500
    call = world.owner("select status, end_reason, ended_at from public.calls where id = %s", talk.id)[0]
    assert (call["status"], call["end_reason"]) == ("ended", "account_erased")
    row = world.owner(
        "select status, renews_at, expires_at > now() as runs from public.creator_subscriptions where id = %s", mine
    )[0]
    assert (row["status"], row["renews_at"], row["runs"]) == ("cancelled", None, True)
    assert world.faults() == []


def test_who_comes_back_at_that_very_moment_stays(zuhtu: Person, world: World, settings: Settings) -> None:
    zuhtu.done("DELETE", "account")
    zuhtu.comes_due()
    with psycopg.connect(world.url) as conn:
        conn.execute("delete from private.account_deletions where user_id = %s", (zuhtu.id,))
        assert overtaken(world, conn, lambda: erase(settings)) is None
    assert zuhtu.is_there()
    assert zuhtu.sign_in().is_success


def test_before_its_time_nobody_is_erased_and_then_the_address_is_free(
    zuhtu: Person, http: httpx.Client, settings: Settings
) -> None:
    zuhtu.done("DELETE", "account")
    erase(settings)
    assert zuhtu.is_there()
    zuhtu.comes_due()
    erase(settings)
    assert not zuhtu.is_there()
    wrong = zuhtu.sign_in()
    assert (wrong.status_code, wrong.json()["error_code"]) == (400, "invalid_credentials")
    headers = {"authorization": f"Bearer {zuhtu.session['access_token']}"}
    gone = http.get("/auth/v1/user", headers=headers)
    assert (gone.status_code, gone.json()["error_code"]) == (403, "user_not_found")
    assert zuhtu.refused("GET", "profiles/blocked") == (403, "user_not_found")
    again = http.post("/auth/v1/signup", json={"email": zuhtu.email, "password": "another one"}).json()
    assert again["user"]["id"] != str(zuhtu.id)


@pytest.mark.parametrize("at", ["asked", "erased"])
def test_somebody_leaves_while_others_come_to_them(at: str, zuhtu: Person, world: World, settings: Settings) -> None:
    world.owner("update public.profiles set is_creator = true where id = %s", zuhtu.id)
    session = world.session(zuhtu.id)
    viewer = world.person(coins=100)
    if at == "erased":
        world.owner("insert into private.account_deletions (user_id, due_at) values (%s, now())", zuhtu.id)
    with world.serving(viewer) as conn:
        conn.execute("select private.join_session(%s)", (session,))
        leave = (lambda: erase(settings)) if at == "erased" else (lambda: zuhtu.done("DELETE", "account"))
        overtaken(world, conn, leave)
    assert not world.owner("select from public.live_sessions where id = %s and status = 'live'", session)
    assert not world.owner(
        "select from public.live_participants where user_id = %s and session_id = %s and is_active", viewer, session
    )
    assert zuhtu.is_there() == (at == "asked")


def mentions(url: str, *words: str) -> list[str]:
    """Every column of text, JSON or texts, of whatever table, in which one of these stands."""
    columns = """
        select n.nspname, t.relname, a.attname
          from pg_attribute a
          join pg_class t on t.oid = a.attrelid and t.relkind = 'r'
          join pg_namespace n on n.oid = t.relnamespace
          join pg_type y on y.oid = a.atttypid
         where a.attnum > 0 and not a.attisdropped
           and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
           and (y.typcategory in ('S', 'A') or y.typname in ('json', 'jsonb', 'inet', 'tsvector', 'bytea'))"""
    found = []
    with psycopg.connect(url) as conn:
        for place in conn.execute(columns).fetchall():
            schema, table, column = map(sql.Identifier, place)
            query = sql.SQL("select exists (select from {}.{} where lower({}::text) like any (%s))").format(
                schema, table, column
            )
            if (conn.execute(query, ([f"%{word.lower()}%" for word in words],)).fetchone() or (False,))[0]:
                found.append(".".join(place))
    return found


def keep(database: Database, blobs: DiskBlobs, place: Place, owner: UUID) -> Any:
    async def store() -> str:
        async with kept_bytes(blobs, chunks_of(b"bytes of zuhtu")) as blob, database.transaction(SERVICE) as conn:
            await place_object(conn, Upload(place, Content("image/png"), owner=str(owner)), blob)
            return blob.version

    return store()


def test_of_an_erased_account_nothing_is_left_in_any_table_or_file_but_its_ledger(
    http: httpx.Client, door: Door, world: World, settings: Settings, ada: UUID
) -> None:
    """They leave their name in every corner that somebody can write in; afterwards it stands nowhere."""
    mark = f"zuhtu{uuid4().hex[:10]}"
    person = Person(http, world, display_name=f"Z {mark}", note=mark)
    me, blobs = person.id, DiskBlobs(settings.objects_path)
    world.owner("update public.profiles set is_creator = true where id = %s", me)
    world.sql(me, "update public.profiles set username = %s, avatar_url = %s where id = %s", mark, f"/{mark}.png", me)
    shadow = world.shadow(me, display_name=f"Gece {mark}", username=f"{mark}.gece")
    world.verb(None, "grant_coins", me, 5_000, f"grant-{uuid4()}")
    fan = world.person(coins=1_000)
    world.verb(fan, "follow_profile", me)
    world.session(me, title=f"Evening {mark}", description=mark)
    world.verb(me, "set_blocked_words", me, [f"{mark[:8]}x"])
    hers = world.session(ada)
    world.verb(me, "join_session", hers)
    world.sql(me, LINE, hers, me, me, f"I am {mark}")
    world.verb(me, "send_gift", hers, world.gift(10), 1, None, str(uuid4()))
    world.verb(me, "report", "profile", ada, "spam", f"says {mark}")
    world.session(
        me, live=False, title=f"Soon {mark}", scheduled_at=(datetime.now(UTC) + timedelta(days=2)).isoformat()
    )
    tier(world, me, name=f"Tier {mark}"[:40], benefits=[mark])
    subscribed(world, me, tier(world, ada))
    world.verb(me, "add_collection", f"All {mark}")
    kicked = """insert into private.moderation_log (session_id, actor_profile_id, subject_profile_id, act, reason)
                values (%s, %s, %s, 'kick', %s)"""
    world.owner(kicked, hers, me, fan, f"says {mark}")
    world.owner(
        "insert into private.livekit_events (id, event, body, processed_at) values (%s, 'participant_joined', %s, now())",
        str(uuid4()), json.dumps({"participant": {"identity": str(shadow), "name": f"Gece {mark}\0"}}),
    )  # fmt: skip
    world.owner("insert into private.creator_requests (user_id, message) values (%s, %s)", me, f"I am {mark}.")
    person.done("PATCH", f"account/profiles/{shadow}", {"username": f"{mark}.late"})
    world.verb(fan, "report", "profile", me, "spam", "he is odd")
    tell(world, told("INITIAL_PURCHASE", me, subscriber_attributes={"$email": {"value": person.email}}))
    with psycopg.connect(world.url, row_factory=psycopg.rows.dict_row) as conn:
        make_image(conn, me, generation_id=make_generation(conn, me, prompt=mark), prompt=mark)
    event = {"n": 0, "id": str(uuid4()), "user_id": str(me), "event_name": "opened", "event_properties": {"name": mark},
             "platform": "ios", "created_at": datetime.now(UTC).isoformat()}  # fmt: skip
    world.owner("select private.report_events(%s, %s)", [me], json.dumps([event]))

    async def files(database: Database) -> list[str]:
        places = [
            Place("images", f"{me}/{mark}.png"),
            Place("avatars", f"{shadow}/{mark}.png"),
            Place("photos", f"{mark}.png"),
        ]
        return [await keep(database, blobs, place, me) for place in places]

    versions = working(settings, files)
    assert len(mentions(world.url, mark, person.email)) > 15
    wallet = world.one("select id from public.wallets where user_id = %s", me)
    booked = world.one("select count(*) from public.coin_entries where wallet_id = %s", wallet)
    person.done("DELETE", "account")
    person.comes_due()
    erase(settings)
    working(settings, lambda database: remove_queued(database, blobs))
    assert mentions(world.url, mark, person.email) == []
    assert not any(path.exists() for version in versions for path in Path(settings.objects_path).rglob(version))
    assert world.faults() == []
    assert world.one("select user_id from public.wallets where id = %s", wallet) is None
    assert world.one("select count(*) from public.coin_entries where wallet_id = %s", wallet) == booked
    assert world.owner(
        "select sender_id, sender_profile_id, coin_amount from public.live_gifts where session_id = %s", hers
    ) == [{"sender_id": None, "sender_profile_id": None, "coin_amount": 10}]
    assert world.owner(
        "select scrubbed_at is not null as clean, customers || faces::text[] as names from private.erased_accounts where user_id = %s",
        me,
    ) == [{"clean": True, "names": []}]


def test_whoever_is_deleted_by_an_admin_is_scrubbed_as_well(
    zuhtu: Person, http: httpx.Client, settings: Settings, world: World
) -> None:
    headers = {"authorization": f"Bearer {settings.service_role_key}"}
    assert http.request("DELETE", f"/auth/v1/admin/users/{zuhtu.id}", json={}, headers=headers).is_success
    assert "auth.audit_log_entries.payload" in mentions(world.url, zuhtu.email)
    erase(settings)
    assert mentions(world.url, zuhtu.email) == []
