"""Who gave most: whatever was given, given back and erased in whatever order, a board is what the gifts themselves say."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from sahne.database.refusals import Refused
from tests.at_once import overtaken
from tests.connections import transaction
from tests.world import World

STEPS_OF_A_STORY = 30
HOUSE = "Europe/Istanbul"

# The boards as the gifts themselves say
RECOUNT = {
    "sessions": """select session_id, sender_profile_id as profile_id, sum(coin_amount)::bigint as coins,
                          sum(quantity)::bigint as gifts
                     from public.live_gifts
                    where refunded_at is null and session_id is not null and sender_profile_id is not null
                    group by 1, 2 order by 1, 2""",
    "creators": """select receiver_id, periods.period, periods.begins_on, sender_profile_id as profile_id,
                          sum(coin_amount)::bigint as coins, sum(quantity)::bigint as gifts
                     from public.live_gifts, private.settings,
                          private.board_periods((created_at at time zone quota_time_zone)::date) periods
                    where refunded_at is null and receiver_id is not null and sender_profile_id is not null
                    group by 1, 2, 3, 4 order by 1, 2, 3, 4""",
    "sums": """select session_id, sum(coin_amount)::bigint as coins
                 from public.live_gifts where refunded_at is null and session_id is not null
                group by 1 order by 1""",
}
ROLLUPS = {
    "sessions": """select session_id, profile_id, coins, gifts from private.session_boards
                    where coins > 0 order by 1, 2""",
    "creators": """select receiver_id, period, begins_on, profile_id, coins, gifts from private.creator_boards
                    where coins > 0 order by 1, 2, 3, 4""",
    "sums": "select session_id, coins from private.session_coins where coins > 0 order by 1",
}


class Story:
    """Two creators with a session each, a guest on the first stage, and people who give, some under another name."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.outcomes: Counter[str] = Counter()
        self.admin = world.admin()
        self.gifts = [world.gift(1), world.gift(30)]
        self.sessions: list[UUID] = []
        self.hosts: list[UUID] = []
        for _ in range(2):
            self.opens()
        self.people = [self.comes(hidden=place % 3 == 0) for place in range(6)]
        self.guest = self.people[1]
        self.invites()

    def goes_on(self) -> None:
        """One thing happens."""
        acts: dict[Callable[[], None], int] = {
            self.gives: 12, self.give_together: 6, self.is_given_back: 8, self.was_long_ago: 3, self.is_erased: 2,
            self.takes_a_face_away: 1, self.host_is_erased: 1,
        }  # fmt: skip
        self.chance.choices(list(acts), list(acts.values()))[0]()

    def opens(self) -> None:
        self.hosts.append(self.world.person(creator=True))
        self.sessions.append(self.world.session(self.hosts[-1]))

    def comes(self, *, hidden: bool) -> UUID:
        user = self.world.person(coins=2_000)
        worn = self.world.shadow(user) if hidden else user
        for session in self.sessions:
            self.world.verb(user, "join_session", session, worn)
        self.world.one("select private.fold_coins()")
        return user

    def invites(self) -> None:
        self.world.owner("update public.live_participants set role = 'invited_guest' where user_id = %s", self.guest)

    def gives(self) -> None:
        asked = self.chance.choice(self.sessions), self.chance.choice(self.gifts), self.chance.randint(1, 4)
        receiver = self.guest if self.chance.random() < 0.3 else None
        self.tries("given", self.chance.choice(self.people), "send_gift", *asked, receiver, str(uuid4()))

    def give_together(self) -> None:
        count = self.chance.randint(1, 5)
        answers = self.world.verb(
            None, "send_gifts", self.chance.choices(self.people, k=count), [self.chance.choice(self.sessions)] * count,
            self.chance.choices(self.gifts, k=count), [1] * count, [None] * count, [str(uuid4()) for _ in range(count)],
            [None] * count,
        )  # fmt: skip
        self.outcomes["together"] += sum(answer is not None for answer in answers)

    def is_given_back(self) -> None:
        if sent := self.world.owner("select id from public.live_gifts order by id"):
            gift = self.chance.choice(sent)["id"]
            for _ in range(2):  # the second time, if not the first, it is refused
                self.tries("given back", self.admin, "refund_gift", gift)

    def was_long_ago(self) -> None:
        """Something that waits to be folded was given on another day."""
        waiting = self.world.owner("select distinct given_at from private.gift_tallies where coins > 0 order by 1")
        if waiting:
            moment, days = self.chance.choice(waiting)["given_at"], self.chance.randint(1, 9)
            for table, column in (("private.gift_tallies", "given_at"), ("public.live_gifts", "created_at")):
                self.world.owner(
                    f"update {table} set {column} = {column} - %s * interval '1 day' where {column} = %s", days, moment
                )

    def is_erased(self) -> None:
        place = self.chance.choice([0, 2, 3, 4, 5])
        self.world.owner("delete from auth.users where id = %s", self.people[place])
        self.people[place] = self.comes(hidden=place % 3 == 0)
        self.outcomes["erased"] += 1

    def takes_a_face_away(self) -> None:
        self.world.owner(
            "delete from public.profiles where user_id = %s and type = 'shadow'", self.chance.choice(self.people)
        )

    def host_is_erased(self) -> None:
        self.world.owner("delete from auth.users where id = %s", self.hosts.pop(0))
        self.sessions.pop(0)
        self.opens()
        for user in self.people:
            self.world.verb(user, "join_session", self.sessions[-1], user)
        self.invites()
        self.outcomes["host erased"] += 1

    def tries(self, what: str, who: UUID, verb: str, *values: Any) -> None:
        try:
            self.world.verb(who, verb, *values)
        except Refused as refused:
            self.outcomes[refused.code] += 1
        else:
            self.outcomes[what] += 1

    def boards_are_what_the_gifts_say(self) -> None:
        self.world.one("select private.fold_gift_tallies()")
        assert self.world.one("select count(*) from private.gift_tallies") == 0
        for name, question in RECOUNT.items():
            assert self.world.owner(ROLLUPS[name]) == self.world.owner(question), name


@pytest.mark.prove
@pytest.mark.timeout(1_200)  # proving, some minutes: a story is told over the gifts of all before it
@pytest.mark.parametrize("steps_a_look", [1, 10])
def test_a_board_is_what_the_gifts_themselves_say(world: World, pytestconfig: pytest.Config, steps_a_look: int) -> None:
    world.owner("update private.settings set quota_time_zone = %s", HOUSE)
    outcomes: Counter[str] = Counter()
    for seed in range(20 if pytestconfig.getoption("--prove") else 1):
        story = Story(world, random.Random(seed))
        for _ in range(STEPS_OF_A_STORY):
            for _ in range(steps_a_look):
                story.goes_on()
            story.boards_are_what_the_gifts_say()
        outcomes += story.outcomes
    assert outcomes.keys() >= {"given", "together", "given back", "already_refunded", "erased", "host erased"}


def give(world: World, giver: UUID, session: UUID, coins: int) -> UUID:
    gift = world.gift(coins)
    answer = world.verb(giver, "send_gift", session, gift, 1, None, str(uuid4()))
    return UUID(answer["live_gift"]["id"])


def board(world: World, who: UUID, session: UUID, most: int = 10) -> Any:
    world.one("select private.fold_gift_tallies()")
    return world.verb(who, "session_supporters", session, most)["board"]


def standing(rows: Any) -> list[tuple[int, str, int]]:
    return [(row["place"], row["profile_id"], row["coins"]) for row in rows]


def test_who_gave_the_same_shares_a_place_and_ones_own_is_told_wherever_it_is(world: World) -> None:
    session = world.session(world.person(creator=True))
    first, second, third, fourth = (world.watching(session, coins=100) for _ in range(4))
    for who, coins in ((first, 50), (second, 30), (third, 30), (fourth, 7)):
        give(world, who, session, coins)
    shown = board(world, fourth, session, most=3)
    assert standing(shown["supporters"]) == [
        (1, str(first), 50), *((2, each, 30) for each in sorted(map(str, (second, third)))),
    ]  # fmt: skip
    assert standing(shown["own"]) == [(4, str(fourth), 7)]
    assert (shown["period"], shown["begins_at"]) == ("session", None)
    assert board(world, world.watching(session), session)["own"] == []


def test_a_shadow_stands_there_as_itself_and_only_its_owner_is_told_that_it_is_theirs(world: World) -> None:
    eda = world.person(creator=True)
    session, elsewhere = world.session(eda), world.session(world.person(creator=True))
    bo, cem = world.person(coins=100), world.watching(session, coins=100)
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    world.verb(bo, "join_session", elsewhere)
    give(world, bo, session, 40)
    give(world, cem, session, 20)
    seen = board(world, cem, session)
    assert standing(seen["supporters"]) == [(1, str(shadow), 40), (2, str(cem), 20)]
    assert str(bo) not in str(seen)
    assert standing(board(world, bo, session)["own"]) == [(1, str(shadow), 40)]
    week = world.verb(cem, "creator_supporters", eda, "week", 10)["board"]
    assert standing(week["supporters"]) == standing(seen["supporters"])
    assert str(bo) not in str(week)


def test_a_creators_day_and_week_are_those_of_the_house(world: World) -> None:
    eda = world.person(creator=True)
    session = world.session(eda)
    bo = world.watching(session, coins=1_000)
    world.owner("update private.settings set quota_time_zone = %s", HOUSE)
    today, monday = world.owner(
        "select date_trunc('day', now() at time zone %s) at time zone %s as at, 1 as n"
        " union all select date_trunc('week', now() at time zone %s) at time zone %s, 2 order by n",
        *[HOUSE] * 4,
    )
    for coins, moment in (
        (1, "now()"), (10, f"'{today['at']}'::timestamptz"), (100, f"'{today['at']}'::timestamptz - interval '1 ms'"),
        (200, f"'{monday['at']}'::timestamptz - interval '1 ms'"),
    ):  # fmt: skip
        give(world, bo, session, coins)
        world.owner(f"update private.gift_tallies set given_at = {moment} where coins = {coins}")
    world.one("select private.fold_gift_tallies()")
    boards = {
        period: world.verb(bo, "creator_supporters", eda, period, 10)["board"] for period in ("day", "week", "all_time")
    }
    of_this_week = 11 + (100 if today["at"] > monday["at"] else 0)
    assert [each["own"][0]["coins"] for each in boards.values()] == [11, of_this_week, 311]
    assert datetime.fromisoformat(boards["day"]["begins_at"]).astimezone(UTC) == today["at"].astimezone(UTC)
    assert datetime.fromisoformat(boards["week"]["begins_at"]).astimezone(UTC) == monday["at"].astimezone(UTC)
    assert (boards["all_time"]["begins_at"], boards["day"]["time_zone"]) == (None, HOUSE)


def test_a_board_of_a_session_is_for_who_was_there(world: World) -> None:
    eda = world.person(creator=True)
    session = world.session(eda)
    bo = world.watching(session, coins=100)
    give(world, bo, session, 5)
    for who in (bo, eda):
        assert standing(board(world, who, session)["supporters"]) == [(1, str(bo), 5)]
    assert world.refusal(world.person(), "session_supporters", session, 10) == (404, "not_found")
    assert world.refusal(bo, "session_supporters", uuid4(), 10) == (404, "not_found")
    assert world.refusal(bo, "creator_supporters", bo, "day", 10) == (404, "not_found")


def test_the_clock_waits_for_nobody_who_is_being_erased(world: World) -> None:
    session = world.session(world.person(creator=True))
    bo, cem = world.watching(session, coins=100), world.watching(session, coins=100)
    give(world, bo, session, 5)
    give(world, cem, session, 6)
    with transaction(world.url) as erasing:
        erasing.execute("delete from auth.users where id = %s", (bo,))
        folded = overtaken(world, erasing, lambda: world.one("select private.fold_gift_tallies()"))
    assert folded == 1
    assert standing(board(world, cem, session)["supporters"]) == [(1, str(cem), 6)]
    assert world.one("select count(*) from private.gift_tallies") == 0


def test_days_and_weeks_long_over_are_not_kept(world: World) -> None:
    eda = world.person(creator=True)
    session = world.session(eda)
    bo = world.watching(session, coins=100)
    old = give(world, bo, session, 5)
    world.one("select private.fold_gift_tallies()")
    periods = "select period, coins from private.creator_boards where receiver_id = %s order by 1"
    world.owner("update private.creator_boards set begins_on = begins_on - 70 where period <> 'all_time'")
    world.owner("update public.live_gifts set created_at = created_at - interval '70 days' where id = %s", old)
    assert world.one("select private.forget_boards()") >= 2
    assert world.owner(periods, eda) == [{"period": "all_time", "coins": 5}]
    world.verb(world.admin(), "refund_gift", old)
    world.one("select private.fold_gift_tallies()")
    assert world.owner(periods, eda) == [{"period": "all_time", "coins": 0}]
