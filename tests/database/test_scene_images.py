"""Scenes, categories and pictures: rulings S1 to S4, S6, S11 to S13, S17."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors as pg

from tests.connections import Connection
from tests.studio import make_category, make_image, make_scene, upload_picture
from tests.world import World

INSERT = (
    "insert into public.generated_images (user_id, scene_id, image_url, prompt) values (%s, %s, %s, 'p') returning id"
)


def test_a_user_keeps_a_picture_of_their_own_and_every_counter_follows(world: World, admin: Connection) -> None:
    user_id, scene_id = world.person(), make_scene(admin)
    with world.acting(user_id) as conn:
        conn.execute(INSERT, (user_id, scene_id, upload_picture(world, user_id)))
    counted = admin.execute(
        """
        select (select usage_count from public.scenes where id = %(scene)s) as scene,
               (select generation_count from public.profiles where id = %(user)s) as profile,
               (select generation_count from public.usage_tracking where user_id = %(user)s) as today
        """,
        {"scene": scene_id, "user": user_id},
    ).fetchone()
    assert counted == {"scene": 1, "profile": 1, "today": 1}


def test_a_picture_of_a_stranger_or_of_nowhere_is_refused(world: World, admin: Connection) -> None:
    user_id, stranger, scene_id = world.person(), world.person(), make_scene(admin)
    theirs = upload_picture(world, stranger)
    forged = world.put_object("images", f"{user_id}/{uuid4()}.webp", stranger)
    for url in (theirs, forged, "https://evil.example/x.png", f"/storage/v1/object/authenticated/images/{user_id}/no"):
        with (
            world.acting(user_id) as conn,
            pytest.raises(pg.InsufficientPrivilege, match="must point at objects you uploaded") as refused,
        ):
            conn.execute(INSERT, (user_id, scene_id, url))
        assert refused.value.diag.message_hint
    with world.acting(user_id) as conn, pytest.raises(pg.InsufficientPrivilege, match="only your own pictures"):
        conn.execute(INSERT, (stranger, scene_id, theirs))


def test_an_anonymous_sign_in_keeps_no_pictures(world: World, admin: Connection) -> None:
    user_id = world.person(anonymous=True)
    url = upload_picture(world, user_id)
    with world.acting(user_id) as conn, pytest.raises(pg.InsufficientPrivilege, match="anonymous sign-in"):
        conn.execute(INSERT, (user_id, make_scene(admin), url))


@pytest.mark.parametrize(
    "column", ["generation_time", "model", "metadata", "is_favorite", "created_at", "generation_id"]
)
def test_a_client_cannot_forge_what_the_server_says_of_a_picture(world: World, column: str) -> None:
    user_id = world.person()
    with world.acting(user_id) as conn, pytest.raises(pg.InsufficientPrivilege):
        conn.execute(
            f"insert into public.generated_images (user_id, image_url, prompt, {column})"
            f" values ('{user_id}', '/x', 'p', null)"
        )


def test_a_picture_is_favoured_and_deleted_by_its_owner_alone(world: World, admin: Connection) -> None:
    user_id, stranger = world.person(), world.person()
    image_id = make_image(admin, user_id)
    with world.acting(stranger) as conn:
        for statement in (
            "update public.generated_images set is_favorite = true where id = %s",
            "delete from public.generated_images where id = %s",
        ):
            assert conn.execute(statement.encode(), (image_id,)).rowcount == 0
    with world.acting(user_id) as conn:
        with pytest.raises(pg.InsufficientPrivilege), conn.transaction():
            conn.execute("update public.generated_images set image_url = '/y' where id = %s", (image_id,))
        done = conn.execute("update public.generated_images set is_favorite = true where id = %s", (image_id,))
        assert done.rowcount == 1
        assert conn.execute("delete from public.generated_images where id = %s", (image_id,)).rowcount == 1


def test_a_deleted_picture_leaves_its_objects_to_be_removed_and_keeps_the_photo(
    world: World, admin: Connection
) -> None:
    user_id = world.person()
    image, thumbnail = upload_picture(world, user_id), upload_picture(world, user_id)
    photo = world.put_object("photos", f"{user_id}/me.jpg", user_id)
    columns = {"image_url": image, "thumbnail_url": thumbnail, "original_photo_url": photo}
    image_id = make_image(admin, user_id, **columns)
    with world.acting(user_id) as conn:
        conn.execute("delete from public.generated_images where id = %s", (image_id,))
    left = admin.execute(
        "select bucket_id || '/' || name as name from private.object_removals where name like %s", (f"{user_id}/%",)
    ).fetchall()
    assert {f"/storage/v1/object/authenticated/{row['name']}" for row in left} == {image, thumbnail}


def test_a_user_who_goes_leaves_all_their_folders_to_be_removed(world: World, admin: Connection) -> None:
    user_id, other = world.person(), world.person()
    for bucket in ("photos", "images", "avatars"):
        world.put_object(bucket, f"{user_id}/a.png", user_id)
    world.put_object("photos", f"{other}/a.png", other)
    admin.execute("delete from auth.users where id = %s", (user_id,))
    left = admin.execute(
        "select bucket_id from private.object_removals where name like %s", (f"{user_id}%",)
    ).fetchall()
    assert {row["bucket_id"] for row in left} == {"photos", "images", "avatars"}
    assert admin.execute("select from private.object_removals where name like %s", (f"{other}%",)).rowcount == 0


def test_a_used_scene_can_be_deleted_and_its_pictures_stay(world: World, admin: Connection) -> None:
    user_id, scene_id = world.person(), make_scene(admin)
    image_id = make_image(admin, user_id, scene_id=scene_id)
    admin.execute("delete from public.scenes where id = %s", (scene_id,))
    row = admin.execute("select scene_id from public.generated_images where id = %s", (image_id,)).fetchone()
    assert row == {"scene_id": None}


def test_a_seed_of_32_bits_fits(world: World, admin: Connection) -> None:
    make_image(admin, world.person(), seed=4294967295)


def test_the_prompts_of_scenes_and_pictures_stay_with_the_server(world: World, admin: Connection) -> None:
    user_id, scene_id = world.person(), make_scene(admin)
    make_image(admin, user_id)
    for who in (user_id, None):
        with world.acting(who) as conn:
            assert conn.execute("select name from public.scenes where id = %s", (scene_id,)).rowcount == 1
            for column in ("prompt_template", "negative_prompt", "*"):
                with pytest.raises(pg.InsufficientPrivilege), conn.transaction():
                    conn.execute(f"select {column} from public.scenes")
    with world.acting(user_id) as conn, pytest.raises(pg.InsufficientPrivilege):
        conn.execute("select prompt from public.generated_images")


def test_what_is_not_offered_is_not_seen_and_nobody_writes_the_catalogue(
    world: World, admin: Connection, ege: UUID
) -> None:
    scene_id = make_scene(admin, is_active=False)
    with world.acting(ege) as conn:
        assert conn.execute("select id from public.scenes where id = %s", (scene_id,)).rowcount == 0
        for table in ("scenes", "categories"):
            with pytest.raises(pg.InsufficientPrivilege), conn.transaction():
                conn.execute(f"update public.{table} set is_active = true")
    with world.serving() as conn:
        done = conn.execute("update public.scenes set is_active = true where id = %s", (scene_id,))
        assert done.rowcount == 1


def test_an_unknown_category_is_refused_and_a_used_one_stays(admin: Connection) -> None:
    with pytest.raises(pg.ForeignKeyViolation):
        make_scene(admin, "no-such-category")
    slug = make_category(admin)
    make_scene(admin, slug)
    with pytest.raises(pg.RestrictViolation if admin.info.server_version >= 180000 else pg.ForeignKeyViolation):
        admin.execute("delete from public.categories where slug = %s", (slug,))


def scene_count(admin: Connection, slug: str) -> int:
    row = admin.execute("select scene_count from public.categories where slug = %s", (slug,)).fetchone()
    assert row
    return int(row["scene_count"])


def test_the_count_of_a_category_follows_every_change(admin: Connection) -> None:
    slug, other = make_category(admin), make_category(admin)
    first, second = make_scene(admin, slug), make_scene(admin, slug)
    make_scene(admin, slug, is_active=False)
    assert scene_count(admin, slug) == 2
    admin.execute("update public.scenes set is_active = false where id = %s", (first,))
    assert scene_count(admin, slug) == 1
    admin.execute("update public.scenes set category = %s where id = %s", (other, second))
    assert (scene_count(admin, slug), scene_count(admin, other)) == (0, 1)
    renamed = f"{other}-renamed"
    admin.execute("update public.categories set slug = %s where slug = %s", (renamed, other))
    assert scene_count(admin, renamed) == 1
    admin.execute("delete from public.scenes where id = %s", (second,))
    assert scene_count(admin, renamed) == 0


def test_the_count_of_a_category_is_exact_when_many_write_at_once(world: World, admin: Connection) -> None:
    slug = make_category(admin)

    def add(_: int) -> None:
        with psycopg.connect(world.url, autocommit=True) as conn:
            conn.execute(
                "insert into public.scenes (name, category, prompt_template) values (%s, %s, 'p')", (str(uuid4()), slug)
            )

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(add, range(24)))
    assert scene_count(admin, slug) == 24


def folder_cases(user_id: UUID, shadow_id: UUID) -> list[tuple[str, str, bool]]:
    return [
        ("photos", f"{user_id}/a.png", True),
        ("images", f"{user_id}/deep/a.png", True),
        ("avatars", f"{user_id}/a.png", True),
        ("avatars", f"{shadow_id}/a.png", True),
        ("thumbnails", f"{user_id}/a.png", False),
        ("thumbnails", "scenes/a.png", False),
        ("photos", f"{shadow_id}/a.png", False),
        ("photos", f"{uuid4()}/a.png", False),
        ("photos", f"{user_id}", False),
        ("photos", "a.png", False),
    ]


def may_upload(world: World, who: UUID | None, bucket: str, name: str) -> bool:
    with world.acting(who) as conn:
        try:
            with conn.transaction():
                conn.execute(
                    "insert into storage.objects (bucket_id, name, owner_id) values (%s, %s, auth.uid()::text)",
                    (bucket, name),
                )
        except pg.InsufficientPrivilege:
            return False
        conn.rollback()
        return True


def test_everybody_uploads_into_folders_of_their_own_alone(world: World, admin: Connection) -> None:
    user_id, shadow_id = world.person(), uuid4()
    admin.execute("insert into public.profiles (id, user_id, type) values (%s, %s, 'shadow')", (shadow_id, user_id))
    for bucket, name, allowed in folder_cases(user_id, shadow_id):
        assert may_upload(world, user_id, bucket, name) is allowed, (bucket, name)
        assert not may_upload(world, None, bucket, name)
    admin.execute("update public.profiles set is_creator = true where id = %s", (user_id,))
    assert may_upload(world, user_id, "thumbnails", f"{user_id}/a.png")
    admin.execute("update public.profiles set role = 'admin' where id = %s", (user_id,))
    assert may_upload(world, user_id, "thumbnails", "scenes/a.png")


def test_an_anonymous_sign_in_uploads_no_photos(world: World) -> None:
    user_id = world.person(anonymous=True)
    assert not may_upload(world, user_id, "photos", f"{user_id}/a.png")


def test_objects_of_others_are_neither_seen_nor_changed(world: World) -> None:
    owner, stranger = world.person(), world.person()
    world.put_object("photos", f"{owner}/a.png", owner)
    world.put_object("avatars", f"{owner}/a.png", owner)
    with world.acting(owner) as conn:
        assert conn.execute("select from storage.objects").rowcount == 2
    with world.acting(stranger) as conn:
        assert conn.execute("select from storage.objects").rowcount == 0
        assert conn.execute("update storage.objects set owner_id = auth.uid()::text").rowcount == 0
