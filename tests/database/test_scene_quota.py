"""Quota and generations: exactly the limit passes, what does not arrive is given back once (rulings S4, S5, S18)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import errors as pg

from tests.connections import Connection
from tests.studio import make_generation, make_image, make_scene, upload_picture
from tests.world import World


def quota(admin: Connection, user_id: UUID) -> dict[str, Any]:
    row = admin.execute("select * from private.quota_of(%s)", (user_id,)).fetchone()
    assert row
    return row


def reserve(world: World, user_id: UUID, count: int) -> bool:
    """One request as the studio makes it: the row and its quota, or neither."""
    with world.serving(user_id) as conn:
        generation_id = make_generation(conn, user_id, count)
        row = conn.execute("select private.reserve_quota(%s) as fits", (generation_id,)).fetchone()
        assert row
        if not row["fits"]:
            conn.rollback()
        return bool(row["fits"])


def test_exactly_the_limit_passes_however_many_ask_at_once(world: World, admin: Connection) -> None:
    user_id = world.person()
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda _: reserve(world, user_id, 1), range(32)))
    assert answers.count(True) == 10
    assert quota(admin, user_id)["used"] == 10
    assert admin.execute("select from public.generations where user_id = %s", (user_id,)).rowcount == 10


def test_direct_inserts_at_once_pass_to_the_same_limit(world: World, admin: Connection) -> None:
    user_id = world.person()
    urls = [upload_picture(world, user_id) for _ in range(16)]

    def keep(url: str) -> str:
        try:
            with world.acting(user_id) as conn:
                conn.execute(
                    "insert into public.generated_images (user_id, image_url, prompt) values (%s, %s, 'p')",
                    (user_id, url),
                )
        except pg.InsufficientPrivilege as refused:
            return str(refused.diag.message_primary)
        return "kept"

    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(keep, urls))
    assert sorted(answers) == ["The daily limit of pictures is reached."] * 6 + ["kept"] * 10
    assert admin.execute("select from public.generated_images where user_id = %s", (user_id,)).rowcount == 10


def test_a_request_that_does_not_fit_whole_takes_nothing(world: World, admin: Connection) -> None:
    user_id = world.person()
    assert reserve(world, user_id, 4)
    assert reserve(world, user_id, 4)
    assert not reserve(world, user_id, 4)
    assert reserve(world, user_id, 2)
    assert (quota(admin, user_id)["used"], quota(admin, user_id)["remaining"]) == (10, 0)


def test_premium_that_is_paid_has_no_limit_and_premium_that_ran_out_has(world: World, admin: Connection) -> None:
    user_id = world.person()
    admin.execute("update public.profiles set is_premium = true where id = %s", (user_id,))
    assert all(reserve(world, user_id, 16) for _ in range(2))
    found = quota(admin, user_id)
    assert (found["limit"], found["remaining"], found["is_premium"]) == (999999, 999999, True)
    admin.execute(
        "update public.profiles set subscription_expires_at = now() - interval '1 second' where id = %s", (user_id,)
    )
    assert not reserve(world, user_id, 1)
    assert (quota(admin, user_id)["remaining"], quota(admin, user_id)["is_premium"]) == (0, False)


def advance(conn: Connection, generation_id: UUID, *states: str) -> None:
    for state in states:
        code = "timed_out" if state in ("failed", "moderated", "expired") else None
        conn.execute(
            "update public.generations set status = %s, error_code = %s where id = %s", (state, code, generation_id)
        )


@pytest.mark.parametrize("end", ["failed", "moderated", "canceled", "expired"])
def test_what_never_arrived_is_given_back_once(world: World, admin: Connection, end: str) -> None:
    user_id = world.person()
    with world.serving(user_id) as conn:
        generation_id = make_generation(conn, user_id, 4)
        conn.execute("select private.reserve_quota(%s)", (generation_id,))
        advance(conn, generation_id, "submitting", "running", "storing")
        make_image(conn, user_id, generation_id=generation_id)
        assert quota(admin, user_id)["used"] == 0  # not committed yet
        advance(conn, generation_id, end)
    assert quota(admin, user_id)["used"] == 1
    with world.serving() as conn:
        row = conn.execute("select private.settle_quota(%s, 0) as back", (generation_id,)).fetchone()
        assert row == {"back": 0}
    assert quota(admin, user_id)["used"] == 1


@pytest.mark.parametrize("end", ["done", "failed", "canceled"])
def test_a_picture_taken_and_deleted_before_the_end_stays_spent(world: World, admin: Connection, end: str) -> None:
    user_id = world.person()
    with world.serving(user_id) as conn:
        generation_id = make_generation(conn, user_id, 4)
        conn.execute("select private.reserve_quota(%s)", (generation_id,))
        advance(conn, generation_id, "submitting", "running")
        for _ in range(3):
            make_image(conn, user_id, generation_id=generation_id)
    with world.acting(user_id) as conn:
        assert conn.execute("delete from public.generated_images").rowcount == 3
    with world.serving(user_id) as conn:
        advance(conn, generation_id, "storing", end)
    assert quota(admin, user_id)["used"] == 3


def test_two_who_settle_at_once_give_back_once(world: World, admin: Connection) -> None:
    user_id = world.person()
    with world.serving(user_id) as conn:
        generation_id = make_generation(conn, user_id, 4)
        conn.execute("select private.reserve_quota(%s)", (generation_id,))

    def settle(_: int) -> int:
        with world.serving() as conn:
            row = conn.execute("select private.settle_quota(%s, 0) as back", (generation_id,)).fetchone()
            assert row
            return int(row["back"])

    with ThreadPoolExecutor(4) as callers:
        assert sorted(callers.map(settle, range(4))) == [0, 0, 0, 4]
    assert quota(admin, user_id)["used"] == 0


def test_a_finished_generation_has_its_pictures_and_ends_for_good(world: World, admin: Connection) -> None:
    user_id = world.person()
    with world.serving(user_id) as conn:
        generation_id = make_generation(conn, user_id, 1)
        conn.execute("select private.reserve_quota(%s)", (generation_id,))
        advance(conn, generation_id, "submitting", "running", "storing")
        make_image(conn, user_id, generation_id=generation_id)
        advance(conn, generation_id, "done")
        row = conn.execute(
            "select progress, finished_at is not null as ended from public.generations where id = %s", (generation_id,)
        ).fetchone()
        assert row == {"progress": 100, "ended": True}
        for state in ("queued", "canceled"):
            with pytest.raises(pg.ObjectNotInPrerequisiteState), conn.transaction():
                advance(conn, generation_id, state)
        with pytest.raises(pg.ObjectNotInPrerequisiteState, match="has ended"), conn.transaction():
            make_image(conn, user_id, generation_id=generation_id)
    assert quota(admin, user_id)["used"] == 1


def test_a_generation_skips_no_state_and_takes_no_picture_too_many(world: World) -> None:
    user_id = world.person()
    with world.serving(user_id) as conn:
        generation_id = make_generation(conn, user_id, 1)
        for state in ("done", "running", "storing"):
            with pytest.raises(pg.ObjectNotInPrerequisiteState, match="cannot go"), conn.transaction():
                advance(conn, generation_id, state)
        advance(conn, generation_id, "submitting", "storing")
        make_image(conn, user_id, generation_id=generation_id)
        with pytest.raises(pg.ObjectNotInPrerequisiteState, match="all its 1"), conn.transaction():
            make_image(conn, user_id, generation_id=generation_id)
        with pytest.raises(pg.CheckViolation), conn.transaction():
            make_image(conn, world.person(), generation_id=generation_id)


def test_one_idempotency_key_is_one_generation_of_a_user(world: World, admin: Connection) -> None:
    first, second = world.person(), world.person()
    make_generation(admin, first, idempotency_key="k")
    make_generation(admin, second, idempotency_key="k")
    with pytest.raises(pg.UniqueViolation):
        make_generation(admin, first, idempotency_key="k")


def test_a_photo_must_be_ones_own(world: World, admin: Connection) -> None:
    user_id, stranger = world.person(), world.person()
    world.put_object("photos", f"{user_id}/me.jpg", user_id)
    make_generation(admin, user_id, photo_path=f"{user_id}/me.jpg")
    for who, path in ((stranger, f"{user_id}/me.jpg"), (user_id, f"{user_id}/none.jpg")):
        with pytest.raises(pg.InsufficientPrivilege, match="not one you uploaded"):
            make_generation(admin, who, photo_path=path)
    with pytest.raises(pg.InsufficientPrivilege, match="anonymous"):
        make_generation(admin, world.person(anonymous=True))


def test_a_generation_is_watched_by_its_owner_and_written_by_no_client(world: World, admin: Connection) -> None:
    user_id, stranger = world.person(), world.person()
    generation_id = make_generation(admin, user_id, scene_id=make_scene(admin), prompt="secret")
    with world.acting(user_id) as conn:
        assert conn.execute("select status, progress from public.generations").fetchall() == [
            {"status": "queued", "progress": 0}
        ]
        for statement in (
            "select prompt from public.generations",
            "update public.generations set status = 'canceled'",
            "delete from public.generations",
            f"insert into public.generations (user_id, idempotency_key) values ('{user_id}', 'k')",
            f"select private.settle_quota('{generation_id}', 0)",
            f"select private.spend_images('{user_id}', 1)",
        ):
            with pytest.raises(pg.InsufficientPrivilege), conn.transaction():
                conn.execute(statement.encode())
    with world.acting(stranger) as conn:
        assert conn.execute("select id from public.generations").rowcount == 0


def test_usage_is_read_by_its_owner_and_written_by_the_server(world: World) -> None:
    user_id = world.person()
    assert reserve(world, user_id, 2)
    with world.acting(user_id) as conn:
        assert conn.execute("select generation_count from public.usage_tracking").fetchall() == [
            {"generation_count": 2}
        ]
        for statement in ("update public.usage_tracking set generation_count = 0", "delete from public.usage_tracking"):
            with pytest.raises(pg.InsufficientPrivilege), conn.transaction():
                conn.execute(statement.encode())
    with world.acting(world.person()) as conn:
        assert conn.execute("select from public.usage_tracking").rowcount == 0


def test_the_day_of_the_quota_is_that_of_the_settings(admin: Connection) -> None:
    zone = "Pacific/Kiritimati"
    admin.execute("update private.settings set quota_time_zone = %s", (zone,))
    try:
        row = admin.execute(
            """
            select private.quota_day() = (now() at time zone %(zone)s)::date as day,
                   (private.quota_resets_at() at time zone %(zone)s)::time = '00:00' as midnight,
                   private.quota_resets_at() - now() between interval '0' and interval '24 hours' as soon
            """,
            {"zone": zone},
        ).fetchone()
    finally:
        admin.execute("update private.settings set quota_time_zone = default")
    assert row == {"day": True, "midnight": True, "soon": True}


def test_a_generation_of_an_unknown_user_is_refused(admin: Connection) -> None:
    with pytest.raises(pg.InsufficientPrivilege, match="An account that is gone"):
        make_generation(admin, uuid4())
