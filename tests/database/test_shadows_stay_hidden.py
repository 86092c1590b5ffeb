"""Nobody can find out whose shadow somebody is by asking: what a host is answered and shown is the same whoever is behind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sahne.changes.pgoutput import Decoder, Insert, Update
from sahne.database.refusals import refusals
from sahne.errors import SahneError
from tests.world import World

STORIES, STORIES_PROVED = 120, 1_200
ACTS_MAX = 12

Who = Literal["real", "shadow", "other"]
Act = tuple[str, Who]

HOSTS = ("invite", "ban", "ban from all", "lift", "lift from all", "kick", "mute", "promote")
THEIRS = ("join", "leave", "accept")
# What the host reads of the session after each act, as JSON: by which key, and by which column the rows are laid in order
ROWS = {"live_participants": ("session_id", "profile_id"), "live_session_bans": ("session_id", "banned_profile_id"),
        "live_sessions": ("id", "title")}  # fmt: skip
INVITATION = timedelta(minutes=5)
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+\+00(:00)?")


@st.composite
def stories(draw: st.DrawFn) -> list[Act]:
    """Acts on the three, and a start among them. Of the real one and the shadow only one ever comes: a person has one seat."""
    comes: Who = draw(st.sampled_from(["real", "shadow"]))
    people = st.sampled_from([comes, "other"])
    anybody = st.sampled_from(["real", "shadow", "other"])
    acts = st.tuples(st.sampled_from(HOSTS), anybody) | st.tuples(st.sampled_from(THEIRS), people)
    story: list[Any] = draw(st.lists(acts, max_size=ACTS_MAX))
    story.insert(draw(st.integers(0, min(3, len(story)))), ("start", "other"))
    return list(without_what_is_told_to_them_alone(story, comes))


def without_what_is_told_to_them_alone(story: list[Act], comes: Who) -> Iterator[Act]:
    """Who is banned from all, or was invited, as the other one is refused at the door; to the host they just stay away.

    A ban from all as the other one is for the door of those who have not sat there yet.
    """
    banned = invited = live = touched = seated = False
    for act, who in story:
        live = live or act == "start"
        touched = touched or (act in ("ban", "ban from all") and who == comes)
        seated = seated or ((act, who) == ("join", comes) and live and not (touched or banned or invited))
        if {who, comes} == {"real", "shadow"}:
            banned = act == "ban from all" or (banned and act != "lift from all")
            invited = invited or (act == "invite" and not live)
        if not (((banned and not seated) or invited) and who == comes and act in THEIRS):
            yield act, who


@pytest.fixture
def stream(world: World) -> Iterator[Stream]:
    stream = Stream(world)
    yield stream
    stream.close()


@pytest.mark.prove
@pytest.mark.timeout(1_800)
def test_a_host_sees_the_same_whoever_is_behind_a_shadow(
    world: World, stream: Stream, pytestconfig: pytest.Config
) -> None:
    seen: Counter[str] = Counter()
    told: Counter[str] = Counter()
    count = STORIES_PROVED if pytestconfig.getoption("--prove") else STORIES

    @settings(max_examples=count, derandomize=True, deadline=None)
    @given(stories())
    def alike(story: list[Act]) -> None:
        one, two = (Telling(world, one_person=one_person, stream=stream).tell(story) for one_person in (True, False))
        assert one == two
        seen.update(code_of(step["answer"]) for step in one)
        told.update(change["table"] for change in one[-1]["changes"])

    alike()
    assert seen.keys() >= {"done", "not_in_session", "not_found"}
    assert told.keys() >= {"live_participants", "live_sessions"}


def test_a_ban_that_acts_on_the_person_would_be_seen(world: World) -> None:
    story: list[Act] = [("start", "other"), ("join", "shadow"), ("ban from all", "real")]
    own = world.one("select pg_get_functiondef('private.put_out_of_all'::regproc)")
    world.owner(own.replace("seats.profile_id = _profile", "seats.user_id = _user"))
    try:
        one, two = (Telling(world, one_person=one_person).tell(story) for one_person in (True, False))
    finally:
        world.owner(own)
    assert one != two


@pytest.mark.parametrize("comes", ["real", "shadow"])
def test_a_ban_and_an_invitation_of_the_other_profile_are_refused_like_those_of_a_stranger(
    world: World, ada: UUID, comes: Who, bo: UUID
) -> None:
    stranger = world.person()
    shadow, session = world.shadow(bo), world.session(ada)
    worn, unworn = (bo, shadow) if comes == "real" else (shadow, bo)
    world.verb(bo, "join_session", session, worn)
    for who in (unworn, stranger):
        assert world.refusal(ada, "ban_profile", session, who) == (409, "not_in_session")
        assert world.refusal(ada, "invite_profile", session, who, "invited_guest") == (409, "not_in_session")
    assert world.verb(ada, "ban_profile", session, worn)["ban"]["banned_profile_id"] == str(worn)


def test_before_the_start_real_profiles_are_invited_and_shadows_are_not(world: World, ada: UUID, bo: UUID) -> None:
    session = world.session(ada, live=False)
    assert world.refusal(ada, "invite_profile", session, world.shadow(bo), "invited_guest") == (409, "not_in_session")
    assert world.verb(ada, "invite_profile", session, bo, "invited_guest")["participant"]["profile_id"] == str(bo)


def test_who_is_invited_as_one_and_comes_as_another_is_told_alone_to_come_as_the_first(
    world: World, ada: UUID, bo: UUID
) -> None:
    session = world.session(ada, live=False)
    world.verb(ada, "invite_profile", session, bo, "invited_guest")
    world.verb(ada, "start_session", session)
    shown = "select profile_id, is_active, invitation_response from public.live_participants where session_id = %s"
    before = world.sql(ada, shown, session)
    assert world.refusal(bo, "join_session", session, world.shadow(bo)) == (409, "profile_fixed")
    assert world.sql(ada, shown, session) == before
    assert world.verb(bo, "join_session", session)["participant"]["profile_id"] == str(bo)


def test_who_is_banned_from_all_comes_into_none_under_no_name(world: World, ada: UUID, bo: UUID) -> None:
    sessions = [world.session(ada), world.session(world.person(creator=True))]
    shadow = world.shadow(bo)
    ban = world.verb(ada, "ban_from_all", shadow, "spam")["ban"]
    assert (ban["profile_id"], ban["reason"]) == (str(shadow), "spam")
    for worn in (bo, shadow):
        assert world.refusal(bo, "join_session", sessions[0], worn) == (403, "banned")
    assert world.verb(bo, "join_session", sessions[1])["participant"]["is_active"]
    assert world.verb(ada, "own_bans")["bans"] == [ban]
    assert world.verb(ada, "lift_ban_from_all", ban["id"])["ban"] == ban
    assert world.verb(bo, "join_session", sessions[0])["participant"]["is_active"]


def test_a_ban_from_all_acts_at_once_on_the_seat_of_that_very_profile_alone(world: World, ada: UUID, bo: UUID) -> None:
    session = world.session(ada)
    shadow = world.shadow(bo)
    world.verb(bo, "join_session", session, shadow)
    world.verb(ada, "ban_from_all", bo)
    active = "select is_active from public.live_participants where session_id = %s and user_id = %s"
    assert world.one(active, session, bo) is True
    world.verb(ada, "ban_from_all", shadow)
    assert world.one(active, session, bo) is False
    assert world.row(session)["viewer_count"] == 0


def test_only_a_creator_keeps_a_list_and_it_is_theirs_alone(world: World, ada: UUID, bo: UUID) -> None:
    other = world.person(creator=True)
    ban = world.verb(ada, "ban_from_all", bo)["ban"]
    assert world.refusal(bo, "ban_from_all", ada) == (403, "creator_required")
    assert world.refusal(ada, "ban_from_all", ada) == (422, "unprocessable")
    assert world.refusal(other, "lift_ban_from_all", ban["id"]) == (404, "not_found")
    assert world.verb(other, "own_bans") == {"bans": []}
    for who in (ada, bo):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            world.sql(who, "select id from private.creator_bans")


class Telling:
    """A story with people of its own, and what its host sees step by step, freed of what is by chance.

    An id is told by when it came up, a moment by the act that happened then.
    """

    def __init__(self, world: World, *, one_person: bool, stream: Stream | None = None) -> None:
        self.world = world
        self.stream = stream
        self.host = world.person(creator=True)
        self.session = world.session(self.host, live=False)
        bo, cem, other = world.person(), world.person(), world.person()
        behind = bo if one_person else cem
        self.owners: dict[Who, UUID] = {"real": bo, "shadow": behind, "other": other}
        self.profiles: dict[Who, UUID] = {"real": bo, "shadow": world.shadow(behind), "other": other}
        self.ids = {str(profile): str(name) for name, profile in self.profiles.items()}
        self.moments: dict[datetime, str] = {}
        self.bans: dict[tuple[str, Who], str] = {}

    def tell(self, story: list[Act]) -> list[dict[str, Any]]:
        steps = []
        for number, (act, who) in enumerate(story):
            answer = self._act(f"act {number}", act, who)
            seen = {"answer": self._told(answer), **self._view(f"view {number}")}
            steps.append({"act": act, "who": who, **seen})
        return [*steps, {"answer": None, "changes": self._changes()}]

    def _act(self, moment: str, act: str, who: Who) -> Any:
        """The host's answer; of what others are answered the host is told nothing."""
        session, profile = self.session, self.profiles[who]
        match act:
            case "start":
                return self._ask(moment, self.host, "start_session", session)
            case "invite":
                return self._ask(moment, self.host, "invite_profile", session, profile, "invited_guest")
            case "ban":
                return self._banned(act, who, self._ask(moment, self.host, "ban_profile", session, profile))
            case "ban from all":
                return self._banned(act, who, self._ask(moment, self.host, "ban_from_all", profile))
            case "lift":
                return self._ask(moment, self.host, "lift_ban", session, self.bans.get(("ban", who)))
            case "lift from all":
                return self._ask(moment, self.host, "lift_ban_from_all", self.bans.get(("ban from all", who)))
            case "kick":
                return self._ask(moment, self.host, "kick_profile", session, profile)
            case "mute":
                return self._ask(moment, self.host, "mute_profile", session, profile, True)
            case "promote":
                return self._ask(moment, self.host, "change_role", session, profile, "moderator")
            case "join":
                self._ask(moment, self.owners[who], "join_session", session, profile)
            case "leave":
                self._ask(moment, self.owners[who], "leave_session", session)
            case _:
                self._ask(moment, self.owners[who], "accept_invitation", self._seat(profile))
        return None

    def _banned(self, act: str, who: Who, answer: Any) -> Any:
        if "ban" in answer:
            self.bans[act, who] = answer["ban"]["id"]
        return answer

    def _seat(self, profile: UUID) -> Any:
        asked = "select id from public.live_participants where session_id = %s and profile_id = %s"
        return next((row["id"] for row in self.world.owner(asked, self.session, profile)), None)

    def _ask(self, moment: str, user: UUID, verb: str, *values: Any) -> Any:
        holes = ", ".join(["%s"] * len(values))
        question = f"select now() as now, private.{verb}({holes}) as answer".encode()
        try:
            with self.world.serving(user) as conn, refusals():
                row = conn.execute(question, values).fetchone()
        except SahneError as error:
            return {"refused": error.body()}
        assert row
        self.moments[row["now"]] = moment
        return row["answer"]

    def _view(self, moment: str) -> dict[str, Any]:
        """Every row of the session that the host may read, its counts among them."""
        self.moments[self.world.one("select now() from private.fold_session_counters()")] = moment
        return {table: self._told(self._rows(table, *columns)) for table, columns in ROWS.items()}

    def _rows(self, table: str, key: str, order: str) -> list[Any]:
        columns = self.world.one(
            """select string_agg(attname, ', ') from pg_catalog.pg_attribute
                where attrelid = %s::regclass and attnum > 0
                  and has_column_privilege('authenticated', attrelid, attnum, 'select')""",
            f"public.{table}",
        )
        question = f"select to_jsonb(shown) as row from (select {columns} from public.{table} where {key} = %s) shown"
        rows = [row["row"] for row in self.world.sql(self.host, question, self.session)]
        return sorted(rows, key=lambda row: self.ids.get(str(row[order]), ""))

    def _changes(self) -> list[Any]:
        """What realtime has of the session from beginning to end, row by row: every change that was, not what is left."""
        if self.stream is None:
            return []
        session = str(self.session)
        rows = [row for row in self.stream.changes() if session in (row["row"].get("session_id"), row["row"].get("id"))]
        readable = {
            name: {each for row in self._rows(name, *columns) for each in row} for name, columns in ROWS.items()
        }
        return [
            {
                **row,
                "row": {name: self._told(each) for name, each in row["row"].items() if name in readable[row["table"]]},
            }
            for row in rows
        ]

    def _told(self, value: Any) -> Any:
        match value:
            case dict():
                return {name: self._told(each) for name, each in value.items()}
            case list():
                return [self._told(each) for each in value]
            case str() if MOMENT.fullmatch(value):
                return self._moment(datetime.fromisoformat(value))
            case str():
                return UUIDS.sub(lambda found: self.ids.setdefault(found[0], f"id {len(self.ids)}"), value)
        return value

    def _moment(self, moment: datetime) -> str:
        if moment in self.moments:
            return self.moments[moment]
        if moment - INVITATION in self.moments:
            return f"{self.moments[moment - INVITATION]} and five minutes"
        assert moment < min(self.moments), moment
        return "before"


class Stream:
    """The changes of the tables that a host's pages follow, as realtime's slot has them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._name = f"shadows_{uuid4().hex[:8]}"
        self._decoder = Decoder()
        world.owner("select pg_create_logical_replication_slot(%s, 'pgoutput')", self._name)

    def changes(self) -> list[dict[str, Any]]:
        """What was committed since the last time."""
        asked = """select data from pg_logical_slot_get_binary_changes(
            %s, null, null, 'proto_version', '1', 'publication_names', 'supabase_realtime')"""
        found = [self._decoder.decode(bytes(row["data"])) for row in self._world.owner(asked, self._name)]
        rows = [each for each in found if isinstance(each, Insert | Update) and each.relation.name in ROWS]
        return [
            {
                "kind": type(each).__name__,
                "table": each.relation.name,
                "row": dict(zip(each.relation.columns, each.new, strict=True)),
            }
            for each in rows
        ]

    def close(self) -> None:
        """The database cannot be dropped while there is a slot of it."""
        self._world.owner("select pg_drop_replication_slot(%s)", self._name)


def code_of(answer: Any) -> str:
    return str(answer["refused"]["code"]) if answer and "refused" in answer else "done"
