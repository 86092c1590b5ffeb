"""Every act of order leaves a row in the transaction of the act, which the host reads and admins, page by page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from tests.world import LINE, World


def acts(
    world: World, who: UUID, session: UUID, before: int | None = None, limit: int = 100
) -> list[Mapping[str, Any]]:
    page: list[Mapping[str, Any]] = world.verb(who, "read_log", session, before, limit)["acts"]
    return page


def test_each_act_says_who_what_whom_and_why(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, mod = world.watching(session), world.watching(session)
    world.verb(ada, "change_role", session, mod, "moderator")
    world.sql(bo, LINE, session, bo, bo, "Merhaba")
    line = world.one("select id from public.live_messages where sender_id = %s", bo)
    world.verb(mod, "pin_message", line, True)
    world.verb(mod, "pin_message", line, False)
    world.verb(mod, "delete_message", line)
    world.verb(mod, "mute_profile", session, bo, True)
    world.verb(mod, "mute_profile", session, bo, False)
    world.verb(mod, "time_out_profile", session, bo, 30, "reklam")
    world.verb(mod, "lift_timeout", session, bo)
    world.verb(mod, "kick_profile", session, bo)
    ban = world.verb(mod, "ban_profile", session, bo, "yine reklam")["ban"]["id"]
    world.verb(mod, "lift_ban", session, ban)
    world.verb(ada, "edit_chat", session, json.dumps({"slow_mode_seconds": 5, "blocked_words": ["kem"]}))
    rows = acts(world, ada, session)
    assert [row["act"] for row in reversed(rows)] == [
        "role", "pin", "unpin", "delete_message", "mute", "unmute", "timeout", "lift_timeout", "kick", "ban", "lift_ban",
        "blocked_words", "chat",
    ]  # fmt: skip
    assert {row["subject_profile_id"] for row in rows if row["actor_profile_id"] == str(mod)} == {str(bo)}
    timeout = next(row for row in rows if row["act"] == "timeout")
    assert (timeout["reason"], timeout["details"]) == ("reklam", {"seconds": 30})
    assert next(row for row in rows if row["act"] == "ban")["reason"] == "yine reklam"


def test_what_is_refused_leaves_nothing_and_neither_does_ones_own_line(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo, dilek = world.watching(session), world.watching(session)
    assert world.refusal(bo, "kick_profile", session, dilek) == (403, "forbidden")
    world.sql(bo, LINE, session, bo, bo, "Merhaba")
    world.verb(bo, "delete_message", world.one("select id from public.live_messages where sender_id = %s", bo))
    assert acts(world, ada, session) == []


def test_the_host_and_admins_read_it_and_moderators_do_not(world: World, ada: UUID, ege: UUID) -> None:
    session = world.session(ada)
    bo, mod = world.watching(session), world.watching(session)
    world.verb(ada, "change_role", session, mod, "moderator")
    for who in (bo, mod):
        assert world.refusal(who, "read_log", session, None, 10) == (403, "forbidden")
    assert acts(world, ada, session) == acts(world, ege, session) != []
    assert world.refusal(ege, "read_log", bo, None, 10) == (404, "not_found")


def test_pages_meet_end_to_end(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    for turn in range(7):
        world.verb(ada, "mute_profile", session, bo, turn % 2 == 0)
    whole = acts(world, ada, session)
    pages: list[Mapping[str, Any]] = []
    while page := acts(world, ada, session, pages[-1]["id"] if pages else None, 3):
        pages += page
    assert pages == whole
    assert len(whole) == 7


def test_what_a_creator_does_in_all_of_their_sessions_is_in_a_log_of_their_own(
    world: World, ada: UUID, bo: UUID
) -> None:
    ban = world.verb(ada, "ban_from_all", bo, "reklam")["ban"]["id"]
    world.verb(ada, "lift_ban_from_all", ban)
    rows = world.verb(ada, "read_own_log", None, 10)["acts"]
    assert [(row["act"], row["subject_profile_id"]) for row in rows] == [
        ("lift_ban_from_all", str(bo)), ("ban_from_all", str(bo)),
    ]  # fmt: skip
    assert world.verb(bo, "read_own_log", None, 10) == {"acts": []}


@pytest.mark.parametrize("gone", ["bo", "mod"])
def test_the_log_outlives_whom_it_tells_of(world: World, ada: UUID, gone: str) -> None:
    session = world.session(ada)
    people = {"bo": world.watching(session), "mod": world.watching(session)}
    world.verb(ada, "change_role", session, people["mod"], "moderator")
    world.verb(people["mod"], "mute_profile", session, people["bo"], True)
    world.owner("delete from auth.users where id = %s", people[gone])
    row = acts(world, ada, session)[0]
    assert row["act"] == "mute"
    assert [row["actor_profile_id"], row["subject_profile_id"]].count(None) == 1
