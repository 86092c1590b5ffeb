"""Faces of one's own: shadows made, changed and deleted, and the names that one may have."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from tests.at_once import together
from tests.stage import Door
from tests.world import World

NAME = "update public.profiles set username = %s where id = %s"


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def rename(door: Door, who: UUID, name: str | None, profile: UUID | None = None) -> httpx.Response:
    return door.call(who, "PATCH", f"account/profiles/{profile or who}", {"username": name})


def test_a_shadow_is_made_changed_and_deleted_and_nobody_else_hears_whose_it_is(
    door: Door, world: World, bo: UUID
) -> None:
    made = done(door.post(bo, "account/profiles", {"username": "gece.kusu", "display_name": "Gece"}))["profile"]
    assert (made["type"], made["username"], made["display_name"]) == ("shadow", "gece.kusu", "Gece")
    changed = done(
        door.call(bo, "PATCH", f"account/profiles/{made['id']}", {"display_name": None, "gender": "female"})
    )["profile"]
    assert (changed["username"], changed["display_name"], changed["gender"]) == ("gece.kusu", None, "female")
    assert [each["type"] for each in done(door.get(bo, "account/profiles"))["profiles"]] == ["real", "shadow"]
    stranger = world.person()
    for method in ("PATCH", "DELETE"):
        body = {"display_name": "x"} if method == "PATCH" else None
        assert refused(door.call(stranger, method, f"account/profiles/{made['id']}", body)) == (404, "not_found")
    assert refused(door.call(world.person(anonymous=True), "POST", "account/profiles", {})) == (
        403,
        "anonymous_not_allowed",
    )
    assert done(door.call(bo, "DELETE", f"account/profiles/{made['id']}"))["profile"]["id"] == made["id"]
    assert refused(door.call(bo, "DELETE", f"account/profiles/{bo}")) == (409, "real_profile")


def test_there_are_as_many_shadows_as_one_may_have_whoever_asks_at_once(door: Door, bo: UUID) -> None:
    answers = together(
        8, lambda n: door.post(bo, "account/profiles", {"username": f"shade_{bo.hex[:8]}_{n}"}).status_code
    )
    assert sorted(answers) == [201] * 5 + [409] * 3


def test_a_shadow_that_is_in_a_live_session_stays_until_it_has_left(
    door: Door, world: World, ada: UUID, bo: UUID
) -> None:
    session, shadow = world.session(ada), world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    assert refused(door.call(bo, "DELETE", f"account/profiles/{shadow}")) == (409, "profile_in_use")
    world.verb(bo, "leave_session", session)
    assert door.call(bo, "DELETE", f"account/profiles/{shadow}").is_success


@pytest.mark.parametrize(
    "name", ["admin", "sahne", "adm1n", "a.d.m.i.n", "supp0rt", "5ahne", "sahne_", "rnoderator", "adrnin"]
)
def test_nobody_takes_a_name_of_the_house_however_it_is_spelt(door: Door, world: World, bo: UUID, name: str) -> None:
    assert refused(rename(door, bo, name)) == (422, "username_reserved")
    assert refused(door.post(bo, "account/profiles", {"username": name})) == (422, "username_reserved")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not given to anybody"):
        world.sql(bo, NAME, name, bo)
    world.owner(NAME, name, bo)  # who runs the app names whom they will
    world.owner("update public.profiles set username = null where id = %s", bo)


@pytest.mark.parametrize("how", ["renamed", "shadow deleted", "erased"])
def test_a_name_that_was_somebodys_is_not_free_at_once(door: Door, world: World, bo: UUID, how: str) -> None:
    name, owner = f"n.{bo.hex[:12]}", world.person()
    if how == "shadow deleted":
        shadow = done(door.post(owner, "account/profiles", {"username": name}))["profile"]["id"]
        door.call(owner, "DELETE", f"account/profiles/{shadow}")
    else:
        done(rename(door, owner, name))
        if how == "renamed":
            done(rename(door, owner, f"{name}.two"))
        else:
            world.owner("delete from auth.users where id = %s", owner)
    assert refused(rename(door, bo, name)) == (409, "username_held")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="somebody else's until lately"):
        world.sql(bo, NAME, name, bo)
    if how == "renamed":
        assert rename(door, owner, name).is_success  # their own is theirs again
        done(rename(door, owner, f"{name}.three"))
    world.owner("update private.former_usernames set left_at = left_at - interval '91 days'")
    assert rename(door, bo, name).is_success


def test_a_name_is_changed_three_times_a_month_by_whatever_door(door: Door, world: World, bo: UUID) -> None:
    done(rename(door, bo, f"zero.{bo.hex[:8]}"))
    for n in range(3):
        done(rename(door, bo, f"more{n}.{bo.hex[:8]}"))
    assert refused(rename(door, bo, f"last.{bo.hex[:8]}")) == (429, "username_changed")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="so often in a month"):
        world.sql(bo, NAME, f"last.{bo.hex[:8]}", bo)
    assert door.call(bo, "PATCH", f"account/profiles/{bo}", {"display_name": "Bo"}).is_success
    world.owner("update private.username_changes set changed_at = changed_at - interval '31 days'")
    assert rename(door, bo, f"last.{bo.hex[:8]}").is_success


def test_a_name_that_is_taken_or_wrong_is_said_to_be(door: Door, world: World, bo: UUID) -> None:
    name = f"taken.{bo.hex[:8]}"
    done(rename(door, world.person(), name))
    taken = rename(door, bo, name)
    assert (*refused(taken), taken.json()["message"]) == (409, "conflict", "This username is taken.")
    for wrong in ("Büyük", "ab", "a" * 31, "a b"):
        answer = rename(door, bo, wrong)
        assert (answer.status_code, answer.json()["details"]["fields"][0]["where"]) == (422, "body.username")
