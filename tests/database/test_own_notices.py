"""What somebody reads of their notices, says of what they want, and registers: their own alone."""

from __future__ import annotations

from uuid import UUID

import pytest
from psycopg.errors import InsufficientPrivilege

from tests.world import World


def tell(world: World, who: UUID, *codes: str) -> None:
    for code in codes:
        world.one("select private.tell(%s, %s)", who, code)


def codes(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [row["code"] for row in answer["notices"]]


def test_pages_are_one_list_and_another_persons_is_another(world: World, ada: UUID) -> None:
    cem = world.person()
    tell(world, cem, "coins_bought", "premium_began", "premium_ended", "kettle_boils", "report_resolved")
    tell(world, ada, "subscribed")
    first = world.verb(cem, "own_notices", None, 2)
    second = world.verb(cem, "own_notices", first["next"], 2)
    third = world.verb(cem, "own_notices", second["next"], 2)
    assert codes(first) + codes(second) + codes(third) == [
        "report_resolved", "kettle_boils", "premium_ended", "premium_began", "coins_bought",
    ]  # fmt: skip
    assert (first["unread"], third["next"]) == (5, None)
    assert [row["category"] for row in first["notices"]] == ["moderation", None]


def test_what_was_read_is_read_and_others_do_not_read_it_for_one(world: World, ada: UUID) -> None:
    cem = world.person()
    tell(world, cem, "coins_bought", "premium_began", "premium_ended")
    ids = [row["id"] for row in world.verb(cem, "own_notices")["notices"]]
    assert world.verb(ada, "read_notices", [UUID(id) for id in ids], None)["read"] == 0
    assert world.verb(cem, "read_notices", [UUID(ids[0])], None) == {"read": 1, "unread": 2}
    assert world.verb(cem, "read_notices", [], world.one("select now()")) == {"read": 2, "unread": 0}
    assert world.verb(cem, "read_notices", [UUID(ids[0])], None) == {"read": 0, "unread": 0}


def test_preferences_begin_as_everybodys_and_are_changed_in_part(world: World, ada: UUID) -> None:
    cem = world.person()
    begins = world.verb(cem, "own_notice_preferences")["preferences"]
    assert begins["categories"]["live"] == {"app": True, "push": True, "mail": False}
    assert begins["categories"]["security"]["mail"] is True
    world.verb(cem, "change_notice_preferences", '{"categories": {"live": {"push": false}, "gifts": {"mail": true}}}')
    world.verb(
        cem,
        "change_notice_preferences",
        f'{{"muted_creators": ["{ada}"], "categories": {{"gifts": {{"app": false}}}}}}',
    )
    hours = '{"quiet_hours": {"starts": "22:00", "ends": "07:30", "time_zone": "Europe/Istanbul"}}'
    now = world.verb(cem, "change_notice_preferences", hours)["preferences"]
    assert now["categories"]["live"] == {"app": True, "push": False, "mail": False}
    assert now["categories"]["gifts"] == {"app": False, "push": True, "mail": True}
    assert now["quiet_hours"] == {"starts": "22:00", "ends": "07:30", "time_zone": "Europe/Istanbul"}
    assert [face["id"] for face in now["muted_creators"]] == [str(ada)]
    again = '{"categories": {"live": {"push": true}}, "quiet_hours": null, "muted_creators": []}'
    then = world.verb(cem, "change_notice_preferences", again)["preferences"]
    nothing = '{"categories": {"live": null, "gifts": {"app": null}}}'
    assert world.verb(cem, "change_notice_preferences", nothing)["preferences"] == then
    assert (then["categories"]["live"]["push"], then["quiet_hours"], then["muted_creators"]) == (True, None, [])


@pytest.mark.parametrize(
    "wrong",
    [
        '{"categories": {"security": {"mail": false}}}',
        '{"quiet_hours": {"starts": "22:00", "ends": "22:00", "time_zone": "UTC"}}',
        '{"quiet_hours": {"starts": "22:00", "ends": "07:00", "time_zone": "Mars/Olympus"}}',
    ],
)
def test_security_letters_nights_without_an_end_and_zones_of_nowhere_are_refused(world: World, wrong: str) -> None:
    cem = world.person()
    assert world.refusal(cem, "change_notice_preferences", wrong) == (422, "unprocessable")
    assert world.owner("select from private.notice_preferences where user_id = %s", cem) == []


def test_what_is_not_wanted_in_the_app_stands_in_no_list(world: World) -> None:
    cem = world.person()
    world.verb(cem, "change_notice_preferences", '{"categories": {"subscriptions": {"app": false}}}')
    tell(world, cem, "premium_began", "report_resolved")
    assert codes(world.verb(cem, "own_notices")) == ["report_resolved"]


def test_devices_preferences_and_deliveries_are_nobodys_to_read(world: World, ada: UUID) -> None:
    for table in ("devices", "notice_preferences", "muted_creators", "deliveries", "fan_outs", "notice_channels"):
        with pytest.raises(InsufficientPrivilege):
            world.sql(ada, f"select from private.{table}")
    with pytest.raises(InsufficientPrivilege):
        world.sql(ada, "select private.take_deliveries(true, 1, 1)")


def test_a_device_goes_with_its_session(world: World, ada: UUID) -> None:
    session = world.one(
        "insert into auth.sessions (id, user_id, created_at) values (gen_random_uuid(), %s, now()) returning id", ada
    )
    put = "select private.put_device('fcm', 'app', 'token', 'en')"
    claims = "select set_config('request.jwt.claims', json_build_object('sub', %s::text, 'session_id', %s::text)::text, true)"
    with world.serving(ada) as conn:
        conn.execute(claims, (ada, session))
        conn.execute(put)
    assert len(world.verb(ada, "own_devices")["devices"]) == 1
    world.owner("delete from auth.sessions where id = %s", session)
    assert world.verb(ada, "own_devices")["devices"] == []
