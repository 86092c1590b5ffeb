"""Who finds something wrong reports it once; an admin looks at what there was to see, and the reporter hears the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.at_once import together
from tests.world import LINE, World

TOLD = "select code, actor_profile_id, details from public.notifications where user_id = %s order by created_at"


def queue(world: World, admin: UUID, status: str = "open", after: int | None = None) -> list[Mapping[str, Any]]:
    page: list[Mapping[str, Any]] = world.verb(admin, "read_reports", status, after, 100)["reports"]
    return page


def report(world: World, who: UUID, kind: str, subject: UUID, note: str | None = None) -> Mapping[str, Any]:
    row: Mapping[str, Any] = world.verb(who, "report", kind, subject, "spam", note)["report"]
    return row


@pytest.fixture
def line(world: World, ada: UUID) -> tuple[UUID, UUID, UUID]:
    """A session, who wrote in it, and the line."""
    session = world.session(ada)
    bo = world.watching(session)
    world.sql(bo, LINE, session, bo, bo, "Takip edin: x")
    return session, bo, world.one("select id from public.live_messages where sender_id = %s", bo)


def test_a_line_is_kept_as_it_was_when_it_was_reported(world: World, ege: UUID, line: tuple[UUID, UUID, UUID]) -> None:
    session, bo, message = line
    dilek = world.watching(session)
    mine = report(world, dilek, "message", message, "Her yerde aynı")
    assert mine.keys() == {"id", "kind", "subject_id", "reason", "note", "status", "outcome", "created_at"}
    world.verb(bo, "delete_message", message)
    (row,) = [row for row in queue(world, ege) if row["id"] == mine["id"]]
    assert (row["evidence"]["content"], row["profile_id"], row["session_id"]) == (
        "Takip edin: x",
        str(bo),
        str(session),
    )
    assert "reporter_id" not in row


def test_each_thing_is_reported_once_by_each(world: World, ada: UUID, bo: UUID, dilek: UUID) -> None:
    answers = together(4, lambda _: report(world, bo, "profile", ada))
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert world.refusal(bo, "report", "profile", ada, "hate", None) == (409, "already_reported")
    report(world, dilek, "profile", ada)


def test_nobody_reports_what_they_cannot_see_nor_themselves(
    world: World, ada: UUID, bo: UUID, dilek: UUID, line: tuple[UUID, UUID, UUID]
) -> None:
    session, writer, message = line
    shadow = world.shadow(dilek)
    image = world.put("generated_images", user_id=bo, image_url=f"/storage/v1/object/authenticated/images/{bo}/a.png",
                      scene_id=None, prompt="p")  # fmt: skip
    ended = world.session(world.person(creator=True))
    world.owner("update public.live_sessions set status = 'ended' where id = %s", ended)
    for kind, subject in (("message", message), ("session", ended), ("image", image), ("profile", uuid4())):
        assert world.refusal(dilek, "report", kind, subject, "spam", None) == (404, "not_found")
    for who, kind, subject in (
        (dilek, "profile", dilek), (dilek, "profile", shadow), (writer, "message", message), (ada, "session", session),
    ):  # fmt: skip
        assert world.refusal(who, "report", kind, subject, "spam", None) == (422, "unprocessable")
    assert world.refusal(world.person(anonymous=True), "report", "profile", bo, "spam", None)[0] == 403
    report(world, bo, "image", image)


def test_what_the_house_said_by_itself_is_nobodys_to_report(world: World, ada: UUID) -> None:
    session = world.session(ada)
    bo = world.watching(session)
    world.verb(None, "say_system", session, "goal_reached", '{"coins": 100}')
    said = world.one("select id from public.live_messages where session_id = %s", session)
    assert world.refusal(bo, "report", "message", said, "spam", None) == (404, "not_found")


def test_the_reporter_is_told_of_the_outcome_and_the_reported_of_nothing(
    world: World, ege: UUID, bo: UUID, dilek: UUID
) -> None:
    mine = report(world, bo, "profile", dilek)
    world.verb(ege, "handle_report", mine["id"], "reviewing", None)
    assert world.owner(TOLD, bo) == []
    world.verb(ege, "handle_report", mine["id"], "resolved", "Hesap uyarıldı")
    (told,) = world.owner(TOLD, bo)
    assert (told["code"], told["actor_profile_id"]) == ("report_resolved", None)
    assert told["details"]["outcome"] == "Hesap uyarıldı"
    assert world.owner(TOLD, dilek) == []
    assert world.refusal(ege, "handle_report", mine["id"], "dismissed", None) == (409, "report_closed")
    assert mine["id"] in [row["id"] for row in queue(world, ege, "resolved")]


def test_one_of_two_admins_closes_a_report(world: World, ege: UUID, bo: UUID, dilek: UUID) -> None:
    mine, other = report(world, bo, "profile", dilek), world.admin()
    together(2, lambda n: world.verb((ege, other)[n], "handle_report", mine["id"], "dismissed", None))
    assert len(world.owner(TOLD, bo)) == 1


def test_the_queue_is_admins_alone(world: World, ada: UUID, bo: UUID, dilek: UUID) -> None:
    mine = report(world, bo, "profile", dilek)
    for who in (ada, bo):
        assert world.refusal(who, "read_reports", "open", None, 10) == (403, "forbidden")
        assert world.refusal(who, "handle_report", mine["id"], "dismissed", None) == (403, "forbidden")


def test_the_queue_begins_with_the_oldest_and_goes_on_after_one(world: World, ege: UUID, dilek: UUID) -> None:
    numbers = [row["number"] for row in queue(world, ege)]
    assert numbers == sorted(numbers)
    mine = [report(world, world.person(), "profile", dilek)["id"] for _ in range(3)]
    first = next(row["number"] for row in queue(world, ege) if row["id"] == mine[0])
    assert [row["id"] for row in queue(world, ege, after=first)] == mine[1:]


def test_ten_reports_at_once_and_then_a_pause(world: World, bo: UUID) -> None:
    for _ in range(10):
        report(world, bo, "profile", world.person())
    assert world.refusal(bo, "report", "profile", world.person(), "spam", None) == (429, "too_fast")


def test_a_report_outlives_its_reporter_and_goes_with_whom_it_is_about(
    world: World, ege: UUID, bo: UUID, dilek: UUID
) -> None:
    mine = report(world, bo, "profile", dilek)
    world.owner("delete from auth.users where id = %s", bo)
    world.verb(ege, "handle_report", mine["id"], "resolved", None)
    world.owner("delete from auth.users where id = %s", dilek)
    assert world.one("select count(*) from private.reports where id = %s", mine["id"]) == 0
