"""The feed: what goes on at and is planned by whom one follows, page by page, and nobody else's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.world import World

SUSPENDED = "update auth.users set banned_until = now() + interval '1 hour' where id = %s"


def later(**ahead: float) -> str:
    return str(datetime.now(UTC) + timedelta(**ahead))


def feed(world: World, who: UUID, after: str | None = None, limit: int = 20) -> Any:
    return world.verb(who, "feed", after, limit)


def shown(page: Any) -> list[UUID]:
    return [UUID(row["id"]) for row in page["sessions"]]


@pytest.fixture
def plans(world: World, ada: UUID, bo: UUID) -> list[UUID]:
    """Of two creators whom Bo follows, in the order of a feed: two live, three planned, the last without a time."""
    other = world.person(creator=True)
    for creator in (ada, other):
        world.verb(bo, "follow_profile", creator)
    first, second = world.session(ada), world.session(other)
    near = world.session(other, live=False, scheduled_at=later(hours=1))
    far = world.session(ada, live=False, scheduled_at=later(days=9))
    return [second, first, near, far, world.session(ada, live=False)]


def test_live_ones_come_first_then_plans_by_their_time(world: World, bo: UUID, ada: UUID, plans: list[UUID]) -> None:
    page = feed(world, bo)
    assert (shown(page), page["next"]) == (plans, None)
    assert str(ada) in {face["id"] for face in page["creators"]}
    assert feed(world, world.person()) == {"sessions": [], "creators": [], "next": None}


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_follow_each_other_without_gap_or_repetition(
    world: World, bo: UUID, plans: list[UUID], limit: int
) -> None:
    read: list[UUID] = []
    after = None
    while True:
        page = feed(world, bo, after, limit)
        read += shown(page)
        after = page["next"]
        if after is None:
            break
    assert read == plans


def test_what_is_over_called_off_long_past_or_unfollowed_is_not_in_it(
    world: World, ada: UUID, bo: UUID, plans: list[UUID]
) -> None:
    second, first, near, far, draft = plans
    world.verb(ada, "end_session", first)
    world.verb(ada, "cancel_session", far)
    assert shown(feed(world, bo)) == [second, near, draft]
    world.owner("update public.live_sessions set scheduled_at = now() - interval '25 hours' where id = %s", near)
    assert shown(feed(world, bo)) == [second, draft]
    world.verb(bo, "unfollow_profile", ada)
    assert shown(feed(world, bo)) == [second]


def test_who_is_suspended_is_not_in_it(world: World, ada: UUID, bo: UUID, plans: list[UUID]) -> None:
    world.owner(SUSPENDED, ada)
    assert {row["creator_id"] for row in feed(world, bo)["sessions"]} & {str(ada)} == set()


def test_who_follows_is_announced_plans_starts_moves_and_cancellations(world: World, ada: UUID) -> None:
    def told() -> list[Any]:
        return world.owner(
            "select code, details ->> 'session_id' as session from private.events where actor_profile_id = %s order by id",
            ada,
        )

    draft = world.session(ada, live=False)
    assert told() == []
    world.verb(ada, "edit_session", draft, json.dumps({"scheduled_at": later(hours=3)}))
    world.sql(ada, "update public.live_sessions set scheduled_at = %s where id = %s", later(hours=4), draft)
    world.sql(ada, "update public.live_sessions set title = 'Yeni ad' where id = %s", draft)
    world.verb(ada, "cancel_session", draft)
    live = world.session(ada)
    world.verb(ada, "end_session", live)
    news = ["session_planned", "session_moved", "session_called_off", "session_live"]
    assert [row["code"] for row in told()] == news
    assert {row["session"] for row in told()} == {str(draft), str(live)}


def test_who_is_invited_or_let_on_stage_is_told(world: World, ada: UUID, bo: UUID) -> None:
    session = world.session(ada)
    world.verb(bo, "join_session", session)
    request = world.verb(bo, "request_to_join", session, None)["guest_request"]["id"]
    world.verb(ada, "approve_request", UUID(request))
    world.verb(ada, "invite_profile", session, bo, "co_host")
    rows = world.sql(bo, "select code, actor_profile_id, details from public.notifications order by created_at")
    assert [(row["code"], row["actor_profile_id"]) for row in rows] == [("request_approved", ada), ("invitation", ada)]
    assert rows[1]["details"]["role"] == "co_host"
    assert {row["details"]["session_id"] for row in rows} == {str(session)}


def test_a_request_that_is_rejected_or_an_invitation_that_is_answered_tells_nothing_more(
    world: World, ada: UUID, bo: UUID
) -> None:
    session = world.session(ada)
    world.verb(bo, "join_session", session)
    request = world.verb(bo, "request_to_join", session, None)["guest_request"]["id"]
    world.verb(ada, "reject_request", UUID(request))
    seat = world.verb(ada, "invite_profile", session, bo, "co_host")["participant"]["id"]
    world.verb(bo, "accept_invitation", UUID(seat))
    assert [row["code"] for row in world.sql(bo, "select code from public.notifications")] == ["invitation"]
