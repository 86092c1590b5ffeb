"""Only people with an e-mail or a phone write, and nobody whose account is suspended; all read their own (R11)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from psycopg.errors import InsufficientPrivilege

from tests.world import World

SUSPENDED = "update auth.users set banned_until = now() + interval '1 hour' where id = %s"
ERASED = "update auth.users set deleted_at = now() where id = %s"
ANONYMOUS = "update auth.users set is_anonymous = true where id = %s"


def names_themselves(world: World, who: UUID) -> None:
    world.sql(who, "update public.profiles set username = %s where id = %s", f"ad_{uuid4().hex[:12]}", who)


def reports_an_event(world: World, who: UUID) -> None:
    world.sql(who, "insert into public.analytics_events (user_id, event_name) values (%s, 'opened')", who)


def uploads(bucket: str) -> Callable[[World, UUID], None]:
    def upload(world: World, who: UUID) -> None:
        world.sql(
            who,
            "insert into storage.objects (bucket_id, name, owner_id) values (%s, %s, %s)",
            bucket, f"{who}/{uuid4()}.png", str(who),
        )  # fmt: skip

    upload.__name__ = f"uploads to {bucket}"
    return upload


WRITES = [names_themselves, reports_an_event, uploads("avatars"), uploads("photos"), uploads("images")]


@pytest.mark.parametrize("barred", [SUSPENDED, ERASED, ANONYMOUS], ids=["suspended", "erased", "anonymous"])
@pytest.mark.parametrize("writes", WRITES, ids=lambda writes: writes.__name__)
def test_others_write_nothing(world: World, writes: Callable[[World, UUID], None], barred: str, bo: UUID) -> None:
    writes(world, bo)  # which they may, as long as they may
    world.owner(barred, bo)
    with pytest.raises(InsufficientPrivilege):
        writes(world, bo)
    assert world.sql(bo, "select id from public.profiles") == [{"id": bo}]


@pytest.mark.parametrize(
    ("barred", "sentence"),
    [
        (SUSPENDED, "An account that is suspended cannot change a profile"),
        (ANONYMOUS, "An anonymous sign-in cannot change a profile"),
    ],
)
def test_they_read_why(world: World, barred: str, sentence: str, bo: UUID) -> None:
    world.owner(barred, bo)
    with pytest.raises(InsufficientPrivilege, match=sentence):
        names_themselves(world, bo)


@pytest.mark.parametrize("barred", [SUSPENDED, ERASED], ids=["suspended", "erased"])
def test_what_is_theirs_stays_as_it_is(world: World, barred: str, ada: UUID) -> None:
    session = world.session(ada, live=False)
    picture = world.put("generated_images", user_id=ada, image_url=str(uuid4()), prompt="x")
    world.put_object("avatars", f"{ada}/face.png", ada)
    call = world.verb(world.person(), "start_call", ada, "video_call")["call"]["id"]
    world.owner("delete from private.call_slots where call_id = %s", call)
    world.owner(barred, ada)
    for statement, value in [
        ("update public.live_sessions set title = 'x' where id = %s", session),
        ("update public.generated_images set is_favorite = true where id = %s", picture),
        ("delete from public.generated_images where id = %s", picture),
        ("update storage.objects set user_metadata = '{}' where name = %s", f"{ada}/face.png"),
    ]:
        with pytest.raises(InsufficientPrivilege):
            world.sql(ada, statement, value)
    assert world.one("select count(*) from public.generated_images where id = %s", picture) == 1
