"""Whatever the policies, rows, claims and changes in whatever order: who may see a change, found for all viewers at once
or kept from before, is who may see it when PostgreSQL is asked for each viewer alone.

Ten thousand verdicts; `--prove` gives a million. `verdict_stories.toml` keeps what went wrong once.
"""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg import sql

from sahne.changes.feed import Feed
from sahne.changes.judge import ProbingJudge, Question
from sahne.changes.listener import Delivery, StoredMessage
from sahne.changes.past import TemporaryTables
from sahne.changes.policies.counts import JUDGED
from sahne.changes.policies.set_based import SetBasedJudge
from sahne.changes.replication import Source
from sahne.changes.subscriptions import Binding, Subscription, Viewer
from sahne.database.pool import Database
from sahne.database.sql import load_queries
from sahne.settings.reading import read_settings

FOLDER = Path(__file__).parent
WORLD = load_queries("tests.database", "verdicts.sql")["world"]
KNOWN = tomllib.loads((FOLDER / "verdict_stories.toml").read_text("utf-8"))["stories"]

PEOPLE = [f"00000000-0000-0000-0000-00000000000{n}" for n in range(6)]
CLAIMS: list[dict[str, Any]] = [
    *({"sub": person, "role": "authenticated", "org": "ab"[n % 2], "level": n} for n, person in enumerate(PEOPLE)),
    *({"sub": person, "role": "authenticated", "org": "a", "level": "3"} for person in PEOPLE[:3]),
    *({"sub": person, "role": "authenticated", "org": "b", "app_metadata": {"plan": "x"}} for person in PEOPLE),
    {"sub": PEOPLE[0], "role": "authenticated", "level": "high"},
    {"sub": "nobody in particular", "role": "authenticated", "level": 9},
    {"role": "authenticated", "org": None},
    {},
]
VIEWERS = [Viewer("authenticated", json.dumps(claims)) for claims in CLAIMS] + [
    Viewer("anon", json.dumps(claims | {"role": "anon"})) for claims in CLAIMS[::4]
]

UNREADABLE = {viewer for viewer in VIEWERS if '"high"' in viewer.claims or "particular" in viewer.claims}

CONDITIONS = [
    "open", "not open", "true", "level > 2", "tag is null", "tag in ('a', 'b')", "null::boolean",
    "owner = (select auth.uid())", "auth.uid() = owner", "owner is distinct from auth.uid()",
    "tag = auth.jwt() ->> 'org'", "tag = club.org()", "tag = (select club.org())",
    "(auth.jwt() ->> 'level')::int >= level", "club.own_level() >= level", "club.own_level() + 1 > any (array[level, 3])",
    "room in (select members.room from club.members where members.person = auth.uid())",
    "room in (select club.own_rooms())", "room = any (array(select club.own_rooms()))", "room in (select club.seen_rooms())",
    "room not in (select members.room from club.members where members.role is not null)",
    "exists (select from club.members m where m.room = lines.room and m.person = (select auth.uid()) and m.active)",
    "exists (select from club.rooms where rooms.id = lines.room and rooms.kind = lines.tag)",
    "exists (select from club.members m join club.rooms r on r.id = m.room where r.owner = lines.owner)",
    "exists (select from club.rooms left join club.members on members.room = rooms.id where rooms.id = lines.room"
    " and (members.room is null or members.active))",
    "(select rooms.kind from club.rooms where rooms.id = lines.room) = 'open'",
    "club.is_member(room)", "(select club.is_member(lines.room))", "club.is_banned(room, auth.uid()) is false",
    "club.role_in(room) = 'host'", "coalesce(club.role_in(room), 'guest') = tag",
    "level >= club.least_level(room)",
    "at <= now()", "(select auth.role()) = 'authenticated'",
    "case when open then club.is_member(room) else owner = auth.uid() end",
    "lines.room in (values (1), (3))",
    "exists (select from (select room from club.members where active) rooms where rooms.room = lines.room)",
]  # fmt: skip

# What is always asked viewer by viewer
LEFT_TO_THE_PROBE = [
    "club.opaque(room)", "club.fickle()", "club.twice(level) > 3", "current_user = 'authenticated'",
    "(room, owner) in (select members.room, members.person from club.members)",
    "lines.id in (select l.id from club.lines l where l.open)",
]  # fmt: skip
LINES = [(n % 4, PEOPLE[n % 3], [True, False, None][n % 3], n % 4, ["a", "b", None][n % 3]) for n in range(7)]

small = st.integers(0, 4)
person = st.sampled_from([*PEOPLE, None])
flag = st.sampled_from([True, True, False, None])
tag = st.sampled_from(["a", "b", "host", None])
condition = st.recursive(
    st.sampled_from(CONDITIONS),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=3,
)
role = st.sampled_from(["authenticated", "authenticated", "public", "anon"])


@dataclass(frozen=True, slots=True)
class Step:
    """Something is written, and then a line is."""

    written: tuple[str, tuple[object, ...]] | None
    line: tuple[object, ...]
    together: bool  # in one transaction, the line first


written = st.one_of(
    st.none(),
    st.tuples(
        st.just("insert into club.members (room, person, role, active) values (%s, %s, %s, %s)"),
        st.tuples(small, person, tag, flag),
    ),
    st.tuples(st.just("update club.members set active = %s where room = %s"), st.tuples(flag, small)),
    st.tuples(st.just("update club.members set person = %s, note = 'x' where room = %s"), st.tuples(person, small)),
    st.tuples(st.just("update club.members set room = %s where room = %s"), st.tuples(small, small)),
    st.tuples(st.just("alter table club.members replica identity default"), st.just(())),
    st.tuples(st.just("delete from club.members where room = %s or person = %s"), st.tuples(small, person)),
    st.tuples(st.just("update club.rooms set owner = %s, kind = %s where id = %s"), st.tuples(person, tag, small)),
    st.tuples(st.just("update club.rooms set kind = 'open' where id = %s"), st.tuples(small)),
    st.tuples(st.just("update club.rooms set counted = counted + 1 where id = %s"), st.tuples(small)),
    st.tuples(st.just("insert into club.bans values (%s, %s)"), st.tuples(small, person)),
    st.tuples(st.just("truncate club.members"), st.just(())),
)
steps = st.lists(st.builds(Step, written, st.sampled_from(LINES), st.booleans()), min_size=12, max_size=20)
policies = st.one_of(
    st.just([("owner = auth.uid()", True, "authenticated")]),
    *[st.lists(st.tuples(condition, st.sampled_from([True, True, False]), role), min_size=1, max_size=3)] * 5,
    st.lists(st.tuples(st.sampled_from(LEFT_TO_THE_PROBE), st.just(True), role), min_size=1, max_size=2),
)


@dataclass(eq=False)
class Doubted:
    """A judge that asks the other one too, and gathers where they differ."""

    judge: SetBasedJudge
    probe: ProbingJudge
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    verdicts: int = 0
    differences: list[str] = field(default_factory=list)

    def depends_on(self, table: int) -> bool:
        return self.judge.depends_on(table)

    def changed(self, table: int, old: Mapping[str, object] | None, new: Mapping[str, object] | None, xid: int) -> None:
        self.judge.changed(table, old, new, xid)

    def forget(self) -> None:
        self.judge.forget()

    async def visible(self, questions: Sequence[Question]) -> list[set[Viewer]]:
        found, told = await self.judge.visible(questions), await self.probe.visible(questions)
        for question, ours, theirs in zip(questions, found, told, strict=True):
            self.verdicts += len(question.viewers)
            theirs -= UNREADABLE - ours  # whether PostgreSQL comes upon what it cannot read depends on its plan
            if doubtful := ours & UNREADABLE - theirs:
                alone = replace(question, viewers=frozenset(doubtful))
                theirs |= (await self.probe.visible([alone]))[0]
            if ours != theirs:
                more, less = sorted(map(str, ours - theirs)), sorted(map(str, theirs - ours))
                self.differences.append(f"{question.row}: {more} may not see it, {less} may")
        self.answered.set()
        return found


class Nobody:
    """A listener who does not listen."""

    def deliver(self, delivery: Delivery) -> None: ...
    def broadcast_stored(self, message: StoredMessage) -> None: ...
    def told(self, position: object) -> None: ...
    def stream_started(self, position: object) -> None: ...
    def stream_resumed(self, lost_at: object) -> None: ...


@pytest.fixture(scope="module")
def club(database_url: str) -> str:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(WORLD)
    return database_url


def set_policies(conn: psycopg.Connection[Any], conditions: Sequence[tuple[str, bool, str]]) -> None:
    for (name,) in conn.execute("select polname from pg_policy where polrelid = 'club.lines'::regclass").fetchall():
        conn.execute(sql.SQL("drop policy {} on club.lines").format(sql.Identifier(name)))
    for number, (text, permissive, role) in enumerate(conditions):
        kind = "permissive" if permissive else "restrictive"
        using = f"using ({text})" if text else ""
        conn.execute(f"create policy p{number} on club.lines as {kind} for select to {role} {using}".encode())


async def tell(url: str, chapters: Sequence[tuple[Sequence[tuple[str, bool, str]], Sequence[Step]]]) -> Doubted:
    """Each chapter's policies, then its steps, one after another; what the two judges made of them."""
    options = read_settings(env_file=None, database_url=url)
    probe, past = ProbingJudge(options.authenticator_url), TemporaryTables(url)
    judge = SetBasedJudge(options.authenticator_url, probe, past)
    doubted = Doubted(judge, probe)
    async with Database(options.authenticator_url) as database:
        feed = Feed(database, Source(url), doubted, Nobody())
        for number, viewer in enumerate(VIEWERS):
            binding = Binding(event="*", schema="club", table="lines")
            feed.subscriptions.add(Subscription(number, binding, viewer, doubted))
        feed.open()
        try:
            assert await feed.streams_within(20)
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute("truncate club.members, club.bans, club.lines; delete from club.rooms")
                conn.execute("alter table club.members replica identity full")
                conn.execute("insert into club.rooms select n, %s, 'open' from generate_series(0, 3) n", (PEOPLE[1],))
                for conditions, steps in chapters:
                    set_policies(conn, conditions)
                    for step in steps:
                        await _take(conn, step, doubted)
        finally:
            await feed.close()
            for each in (judge, probe, past):
                await each.close()
    return doubted


async def _take(conn: psycopg.Connection[Any], step: Step, doubted: Doubted) -> None:
    doubted.answered.clear()
    say = "insert into club.lines (room, owner, open, level, tag) values (%s, %s, %s, %s, %s)"
    if step.written is None:
        conn.execute(say, step.line)
    elif step.together:
        with conn.transaction():
            conn.execute(say, step.line)
            conn.execute(step.written[0].encode(), step.written[1])
    else:
        conn.execute(step.written[0].encode(), step.written[1])
        conn.execute(say, step.line)
    await asyncio.wait_for(doubted.answered.wait(), 20)


@pytest.mark.prove
def test_a_verdict_for_all_is_each_viewers_own(club: str, pytestconfig: pytest.Config) -> None:
    stories = 2_300 if pytestconfig.getoption("--prove") else 23
    before, verdicts = Counter(JUDGED.verdicts), 0

    @settings(
        max_examples=stories, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(st.lists(st.tuples(policies, steps), min_size=1, max_size=2))
    def story(chapters: list[tuple[list[tuple[str, bool, str]], list[Step]]]) -> None:
        nonlocal verdicts
        doubted = asyncio.run(tell(club, chapters))
        verdicts += doubted.verdicts
        assert doubted.differences == []

    story()
    told = JUDGED.verdicts - before
    assert verdicts >= 10_000 * (stories // 23)
    assert {tier for table, tier in told if table == "club.lines"} >= {"constant", "claim", "set", "reused", "probe"}, (
        told
    )


# A seat is taken, moved to the next room, given up by who sat there, taken away: who may see is another in its rooms
SEATS = [
    ("insert into club.members (room, person, role, active) values (1, %s, 'host', true)", (PEOPLE[0],)),
    ("update club.members set room = 2 where room = 1", ()),
    ("update club.members set active = false, role = null where room = 2", ()),
    ("insert into club.members (room, person, role, active) values (2, %s, 'host', true)", (PEOPLE[1],)),
    ("delete from club.members where room = 2", ()),
]
OF_A_ROOM = [
    "room in (select club.own_rooms())",
    "exists (select from club.members m where m.room = lines.room and m.person = (select auth.uid()) and m.active)",
    "not exists (select from club.members where members.room = lines.room and members.role = 'host')",
]


@pytest.mark.parametrize("condition", OF_A_ROOM)
def test_a_seat_that_is_taken_moved_or_given_up_changes_who_may_see_in_both_of_its_rooms(
    club: str, condition: str
) -> None:
    rooms = [Step(None, (room, PEOPLE[2], True, 1, "a"), together=False) for room in (1, 2, 3)]
    steps = [*rooms, *rooms]
    for write in SEATS:
        steps += [replace(rooms[2], written=write), *rooms]
    assert asyncio.run(tell(club, [([(condition, True, "authenticated")], steps)])).differences == []


def test_what_misled_once_does_so_no_more(club: str) -> None:
    lines = [(n % 5, PEOPLE[n % 3], n % 2 == 0, n % 4, "ab"[n % 2]) for n in range(6)]
    writes: list[tuple[str, tuple[object, ...]] | None] = [
        None,
        (
            "insert into club.members (room, person, role, active) values (1, %s, 'host', true), (2, %s, null, true), (null, %s, 'a', true)",
            tuple(PEOPLE[:3]),
        ),
        ("insert into club.bans values (1, %s)", (PEOPLE[0],)),
        ("update club.rooms set kind = 'shut' where id = 1", ()),
        ("delete from club.members where room = 1", ()),
        None,
    ]
    steps = [Step(write, line, n % 2 == 1) for n, (write, line) in enumerate(zip(writes, lines, strict=True))]
    chapters = [
        (
            [(text, True, "authenticated") for text in known["permissive"]]
            + [(text, False, "authenticated") for text in known.get("restrictive", [])],
            steps,
        )
        for known in KNOWN
    ]
    assert asyncio.run(tell(club, chapters)).differences == []
