"""Identity and profiles: rulings R1, R2, L17, S3, S10."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from psycopg import errors as pg

from tests.connections import Connection
from tests.world import World


def profile(admin: Connection, user_id: UUID) -> dict[str, object]:
    row = admin.execute("select * from public.profiles where id = %s", (user_id,)).fetchone()
    assert row
    return row


def make_shadow(admin: Connection, user_id: UUID, **columns: object) -> UUID:
    shadow_id = uuid4()
    admin.execute(
        "insert into public.profiles (id, user_id, type, username) values (%s, %s, 'shadow', %s)",
        (shadow_id, user_id, f"s_{shadow_id.hex[:12]}"),
    )
    return shadow_id


def test_signing_up_makes_a_real_profile_with_the_users_own_id(world: World, admin: Connection) -> None:
    user_id = world.person(email="mia@example.com", meta={"gender": "female", "display_name": " Mia "})
    found = profile(admin, user_id)
    assert (found["user_id"], found["type"], found["email"]) == (user_id, "real", "mia@example.com")
    assert (found["gender"], found["display_name"], found["is_premium"]) == ("female", "Mia", False)


@pytest.mark.parametrize("gender", ["other", 5, None, ["male"]])
def test_an_unknown_gender_does_not_make_the_sign_up_fail(world: World, admin: Connection, gender: object) -> None:
    assert profile(admin, world.person(meta={"gender": gender}))["gender"] is None


def test_a_user_without_an_email_signs_up(world: World, admin: Connection) -> None:
    assert profile(admin, world.person(anonymous=True))["email"] is None


def test_a_sign_up_that_fails_says_which_trigger_failed(world: World, admin: Connection) -> None:
    admin.execute("alter table public.profiles add constraint nobody_new check (email <> 'no@example.com')")
    try:
        with pytest.raises(pg.CheckViolation, match=r"on_auth_user_created: .*nobody_new"):
            world.person(email="no@example.com")
    finally:
        admin.execute("alter table public.profiles drop constraint nobody_new")
    assert admin.execute("select from auth.users where email = 'no@example.com'").rowcount == 0


def test_the_profiles_email_follows_the_account(world: World, admin: Connection) -> None:
    user_id = world.person()
    admin.execute("update auth.users set email = 'new@example.com' where id = %s", (user_id,))
    assert profile(admin, user_id)["email"] == "new@example.com"


def test_people_edit_their_face_and_nothing_that_rights_hang_on(world: World, admin: Connection) -> None:
    user_id = world.person()
    with world.acting(user_id) as conn:
        conn.execute(
            "update public.profiles set display_name = 'Me', username = 'me_1', gender = 'male' where id = %s",
            (user_id,),
        )
    assert profile(admin, user_id)["display_name"] == "Me"
    for column, value in {
        "is_premium": "true", "generation_count": "-5", "role": "'admin'", "is_creator": "true", "email": "'x@y.z'",
        "subscription_expires_at": "now()", "revenue_cat_user_id": "'x'", "type": "'shadow'", "user_id": "auth.uid()",
    }.items():  # fmt: skip
        with world.acting(user_id) as conn, pytest.raises(pg.InsufficientPrivilege):
            conn.execute(f"update public.profiles set {column} = {value} where id = '{user_id}'")


def test_a_profile_is_seen_and_changed_by_its_owner_alone(world: World) -> None:
    owner, stranger = world.person(), world.person()
    with world.acting(owner) as conn:
        assert [row["id"] for row in conn.execute("select * from public.profiles")] == [owner]
    with world.acting(stranger) as conn:
        assert conn.execute("select from public.profiles where id = %s", (owner,)).rowcount == 0
        assert conn.execute("update public.profiles set display_name = 'x' where id = %s", (owner,)).rowcount == 0
    with world.acting(None) as conn, pytest.raises(pg.InsufficientPrivilege):
        conn.execute("select * from public.profiles")


def test_nobody_inserts_a_profile_for_another(world: World, admin: Connection) -> None:
    owner, other = world.person(), world.person()
    admin.execute("delete from public.profiles where id in (%s, %s)", (owner, other))
    with world.acting(owner) as conn:
        conn.execute("insert into public.profiles (id, user_id) values (%s, %s)", (owner, owner))
        with pytest.raises(pg.InsufficientPrivilege):
            conn.execute("insert into public.profiles (id, user_id) values (%s, %s)", (other, other))


def test_a_user_has_one_real_profile_and_any_number_of_shadows(world: World, admin: Connection) -> None:
    user_id = world.person()
    make_shadow(admin, user_id)
    make_shadow(admin, user_id)
    with pytest.raises(pg.UniqueViolation):
        admin.execute("insert into public.profiles (id, user_id) values (%s, %s)", (user_id, user_id))
    with pytest.raises(pg.CheckViolation):
        admin.execute("insert into public.profiles (id, user_id) values (%s, %s)", (uuid4(), user_id))


@pytest.mark.parametrize("change", ["is_creator = true", "role = 'admin'", "is_premium = true", "email = 'a@b.c'"])
def test_a_shadow_is_never_more_than_a_face(world: World, admin: Connection, change: str) -> None:
    shadow = make_shadow(admin, world.person())
    with pytest.raises(pg.CheckViolation):
        admin.execute(f"update public.profiles set {change} where id = '{shadow}'")


def test_the_role_creator_follows_the_mark_and_an_admin_stays_one(world: World, admin: Connection) -> None:
    user_id = world.person()
    change = "update public.profiles set {} where id = '" + str(user_id) + "' returning role"
    for setting, role in [
        ("is_creator = true", "creator"),
        ("is_creator = false", "user"),
        ("role = 'creator'", "user"),
        ("role = 'admin', is_creator = true", "admin"),
    ]:
        assert admin.execute(change.format(setting).encode()).fetchone() == {"role": role}


def test_a_role_that_is_none_is_refused_and_not_made_another(world: World, admin: Connection) -> None:
    with pytest.raises(pg.CheckViolation, match="profiles_role_check"):
        admin.execute("update public.profiles set role = 'boss' where id = %s", (world.person(),))


@pytest.mark.parametrize("username", ["ab", "Ada", "a b c", "ç" * 4, "a" * 31])
def test_a_username_that_cannot_be_one_is_refused(world: World, admin: Connection, username: str) -> None:
    user_id = world.person()
    with pytest.raises(pg.CheckViolation, match="profiles_username_check"):
        admin.execute("update public.profiles set username = %s where id = %s", (username, user_id))


def test_a_username_belongs_to_one(world: World, admin: Connection) -> None:
    first, second = world.person(), world.person()
    admin.execute("update public.profiles set username = 'only.one' where id = %s", (first,))
    with pytest.raises(pg.UniqueViolation):
        admin.execute("update public.profiles set username = 'only.one' where id = %s", (second,))


def test_everybody_sees_the_public_face_and_nobody_whose_shadow_it_is(world: World, admin: Connection) -> None:
    user_id = world.person()
    shadow = make_shadow(admin, user_id)
    admin.execute("update public.profiles set display_name = 'Face', is_creator = true where id = %s", (user_id,))
    with world.acting(None) as conn:
        face = conn.execute("select * from public.public_profiles where id = %s", (user_id,)).fetchone()
        other = conn.execute("select * from public.public_profiles where id = %s", (shadow,)).fetchone()
    shown = {"username": None, "display_name": "Face", "avatar_url": None, "is_creator": True, "follower_count": 0}
    assert face == {"id": user_id} | shown
    assert other
    assert not {"user_id", "email", "type"} & other.keys()
    admin.execute("delete from public.profiles where id = %s", (shadow,))
    assert admin.execute("select from public.public_profiles where id = %s", (shadow,)).rowcount == 0


def test_nobody_writes_a_public_face(world: World) -> None:
    user_id = world.person()
    for statement in ("update public.public_profiles set is_creator = true", "delete from public.public_profiles"):
        with world.acting(user_id) as conn, pytest.raises(pg.InsufficientPrivilege):
            conn.execute(statement.encode())
        with world.serving() as conn, pytest.raises(pg.InsufficientPrivilege):
            conn.execute(statement.encode())


def test_a_user_who_goes_takes_every_profile_along(world: World, admin: Connection) -> None:
    user_id = world.person()
    make_shadow(admin, user_id)
    admin.execute("delete from auth.users where id = %s", (user_id,))
    assert admin.execute("select from public.profiles where user_id = %s", (user_id,)).rowcount == 0


def test_settings_have_one_row_the_server_may_change_and_clients_cannot_read(world: World) -> None:
    with world.serving() as conn:
        assert conn.execute("select (private.settings()).daily_limit_free as n").fetchone() == {"n": 10}
        with pytest.raises(pg.InvalidParameterValue), conn.transaction():
            conn.execute("update private.settings set quota_time_zone = 'Mars/Olympus'")
        with pytest.raises(pg.InsufficientPrivilege):
            conn.execute("insert into private.settings (only_row) values (false)")
    with world.acting(world.person()) as conn, pytest.raises(pg.InsufficientPrivilege):
        conn.execute("select * from private.settings")
