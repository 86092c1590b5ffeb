"""`seed`: the whole world in one transaction, so that a stop leaves nothing half-made.

refuse → scenes, gifts, months → triggers rest → COPY, table after table → what triggers would have counted, by the
set → commit → VACUUM (ANALYZE). Foreign keys rest too: every id comes from the rows written before it, and the tests
validate every constraint afterwards. Until the end the rows are seen by nobody; a server may run meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import errors as pg
from psycopg.rows import DictRow, dict_row

from sahne.counted import counted
from sahne.database.reach import unreachable
from sahne.database.sql import load_queries
from sahne.errors import SetupError
from sahne.operations.seed.events import event_table, months_of_events
from sahne.operations.seed.money import GIFTS, Ledger, ledger_tables, subscription_tables
from sahne.operations.seed.people import People, make_people, people_tables
from sahne.operations.seed.pictures import (
    CATEGORIES,
    Counts,
    Scene,
    Shot,
    count_tables,
    day_rows,
    make_scenes,
    picture_tables,
    plan_pictures,
)
from sahne.operations.seed.room import give_gifts, room_tables
from sahne.operations.seed.size import SCENE_DAYS, Frame, ImpossibleSize, Size, as_milliseconds
from sahne.operations.seed.stage import make_stage
from sahne.operations.seed.writing import Dice, Table, fixed_id
from sahne.public_addresses import is_loopback
from sahne.settings import Settings

ROWS_AT_ONCE = 2_000

QUERIES = load_queries("sahne.operations.seed", "seed.sql")

Connection = psycopg.Connection[DictRow]
Tell = Callable[[str, int, int], None]


class SeedRefused(SetupError):
    """Invented people do not belong here."""

    code = "seed_refused"


class SeededBefore(SetupError):
    """This seed lives in this database already."""

    code = "seeded_before"


class TriggersStay(SetupError):
    """This role may not let triggers rest."""

    code = "triggers_stay"


class NotMigrated(SetupError):
    """The database has not been migrated yet."""

    code = "not_migrated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """What was loaded: rows by COPY statement without its `copy_`, and how long it took."""

    seed: int
    until: str
    size: Size
    rows: dict[str, int]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "rows_total": sum(self.rows.values())}


def seed(
    settings: Settings,
    size: Size,
    *,
    number: int,
    until: datetime,
    even_so: bool = False,
    tell: Tell = lambda *_: None,
) -> Seeded:
    """Load the world of `number` that ends at `until`. `tell(table, rows done, rows in all)` is called as it goes.

    `settings.direct_admin_url` must be a superuser's, or of a role that may set `session_replication_role`.

    Raises:
        SeedRefused: others can reach this house, or real people live in it, and not `even_so`.
        SeededBefore, NotMigrated, TriggersStay, ImpossibleSize (`until` is to come): nothing was changed.
    """
    if until > datetime.now(UTC):
        raise ImpossibleSize(
            "A world cannot reach into the future.", details=until.isoformat(), hint="Give an earlier --until."
        )
    started = perf_counter()
    rows: dict[str, int] = {}
    with _connected(settings.direct_admin_url) as conn:
        with conn.transaction():
            refuse(conn, settings, even_so)
            _load(conn, size, number, until, tell, rows)
        tell("statistics", 0, 0)
        conn.execute(QUERIES["tidy"])
    return Seeded(
        seed=number, until=until.isoformat(), size=size, rows=rows, seconds=round(perf_counter() - started, 2)
    )


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    try:
        conn = psycopg.connect(url, autocommit=True, row_factory=dict_row, application_name="sahne seed")
    except pg.OperationalError as error:
        raise unreachable(url, error) from error
    with conn:
        yield conn


def refuse(conn: Connection, settings: Settings, even_so: bool) -> None:
    """See `seed`."""
    if not _one(conn, "look_around")["migrated"]:
        raise NotMigrated(hint="Run `sahne migrate` first.")
    if even_so:
        return
    hint = "If this is meant, say so with --yes."
    if not is_loopback(settings.host):
        raise SeedRefused(details=f"The server listens on {settings.host}.", hint=hint)
    host = urlsplit(settings.admin_database_url).hostname
    if host and not is_loopback(host):
        raise SeedRefused(details=f"The database is on {host}.", hint=hint)
    if residents := _one(conn, "residents")["people"]:
        accounts = counted(residents, "account")
        raise SeedRefused(details=f"Already here: {accounts} that neither a seed nor the demo made.", hint=hint)


def _load(conn: Connection, size: Size, number: int, until: datetime, tell: Tell, rows: dict[str, int]) -> None:
    rules = _one(conn, "read_settings")
    frame = Frame(number, as_milliseconds(until), rules["zone"], rules["commission_percent"])
    tell("planning", 0, 0)
    people = make_people(frame, size)
    if people.ids and _one(conn, "is_there", first=people.ids[0])["there"]:
        raise SeededBefore(details=f"seed {number}", hint="Choose another one with --seed.")
    plan = plan_pictures(frame, size, people)
    scenes = make_scenes(size)
    _put_shared(conn, frame, scenes)
    house = {row["kind"]: row["id"] for row in conn.execute(QUERIES["house_wallets"])}
    ledger = Ledger(frame=frame, dice=Dice(number, "ledger"), wallets=dict(house))
    counts = Counts()
    try:
        with conn.transaction():
            conn.execute(QUERIES["without_triggers"])
    except pg.InsufficientPrivilege as error:
        raise TriggersStay(details=str(error).strip(), hint="Connect as the database's superuser.") from error
    conn.execute(QUERIES["without_triggers"])
    studio = _studio_tables(frame, people, scenes, plan, counts)
    for table in chain(studio, _stage_tables(frame, size, people, ledger)):
        rows[table.copy.removeprefix("copy_")] = _copy(conn, table, tell)
    conn.execute(QUERIES["with_triggers"])
    tell("counters", 0, 0)
    _count(conn, counts)
    _credit_house(conn, ledger, house)


def _studio_tables(
    frame: Frame, people: People, scenes: list[Scene], plan: list[Shot], counts: Counts
) -> Iterator[Table]:
    yield from people_tables(frame, people)
    yield from picture_tables(frame, people, scenes, plan, counts)
    yield from count_tables(frame, people, counts)


def _stage_tables(frame: Frame, size: Size, people: People, ledger: Ledger) -> Iterator[Table]:
    yield from subscription_tables(frame, people, ledger)
    sessions = make_stage(frame, size, people, ledger)
    gifts = give_gifts(frame, sessions, ledger)
    yield from room_tables(frame, people, sessions, gifts, ledger)
    ledger.buy_what_was_spent(people)
    yield from ledger_tables(people, ledger)
    yield event_table(frame, size, people)


def _put_shared(conn: Connection, frame: Frame, scenes: list[Scene]) -> None:
    """What all seeds share, with triggers at work."""
    at = datetime.fromtimestamp(frame.days_before_end(SCENE_DAYS) / 1000, UTC)
    conn.execute(
        QUERIES["put_categories"],
        {"ids": [fixed_id(f"category:{name}") for name in CATEGORIES], "names": list(CATEGORIES), "at": at},
    )
    conn.execute(
        QUERIES["put_scenes"],
        {
            "ids": [each.id for each in scenes],
            "names": [each.name for each in scenes],
            "categories": [each.category for each in scenes],
            "actives": [each.active for each in scenes],
            "premiums": [each.premium for each in scenes],
            "at": at,
        },
    )
    conn.execute(
        QUERIES["put_gifts"],
        {
            "ids": [each[0] for each in GIFTS],
            "names": [each[1] for each in GIFTS],
            "prices": [each[2] for each in GIFTS],
            "at": at,
        },
    )
    conn.execute(QUERIES["put_months"], {"months": months_of_events(frame)})


def _copy(conn: Connection, table: Table, tell: Tell) -> int:
    count, rows, name = 0, iter(table.rows), table.copy.removeprefix("copy_")
    with conn.cursor().copy(QUERIES[table.copy]) as copy:
        while lines := list(islice(rows, ROWS_AT_ONCE)):
            copy.write("".join(lines))
            count += len(lines)
            tell(name, count, table.count)
    return count


def _count(conn: Connection, counts: Counts) -> None:
    scenes = sorted(counts.scenes)
    conn.execute(QUERIES["count_scenes"], {"ids": scenes, "counts": [counts.scenes[each] for each in scenes]})
    days = list(zip(*day_rows(counts), strict=True)) or [(), (), (), (), ()]
    values = dict(zip(("days", "images", "people", "seconds", "timed"), map(list, days), strict=True))
    conn.execute(QUERIES["count_days"], values)


def _credit_house(conn: Connection, ledger: Ledger, house: dict[str, str]) -> None:
    moved = [(id, ledger.balances[kind]) for kind, id in house.items() if ledger.balances[kind]]
    conn.execute(QUERIES["credit_house"], {"ids": [id for id, _ in moved], "amounts": [amount for _, amount in moved]})
    conn.execute(QUERIES["fold_house"])


def _one(conn: Connection, query: str, **values: Any) -> dict[str, Any]:
    row = conn.execute(QUERIES[query], values or None).fetchone()
    assert row
    return row
