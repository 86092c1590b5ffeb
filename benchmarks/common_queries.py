"""The six common queries and every list a client makes, as `authenticated` under row-level security.

`python -m benchmarks.common_queries [--url URL] [--users 100000 --images 1000000 --messages 1000000] [--samples 200]
[--rounds 3] [--plans docs/reference/query-plans.md]`. Without `--url` it makes a cluster, migrates and seeds it. The
six are compared with the seed document's SQL run by the owner: the same answers, and how long each takes.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from benchmarks.harness import free_port, write_result
from sahne.database.actor import user_actor
from sahne.database.embedded import EmbeddedPostgres
from sahne.database.migrate import migrate
from sahne.database.sql import load_queries
from sahne.operations.seed.load import seed
from sahne.operations.seed.size import choose_size, last_midnight
from sahne.settings.reading import read_settings
from tests.database.seed_sql import SEED_SQL
from tests.world import World

P95_MS_MAX = 5.0
SEED_SAMPLES = 5  # the seed's own SQL takes seconds
WARM_UP = 10

QUERIES = load_queries("benchmarks", "common_queries.sql")

Connection = psycopg.Connection[DictRow]

# who asks: everything else is asked by people in live rooms
ASKED_BY = {
    **dict.fromkeys(
        ("profile_with_stats", "recent_images", "daily_limit", "images_page", "favorite_images", "cover_of_images",
         "own_generations", "own_usage", "own_profiles", "own_calls"), "makers"),
    **dict.fromkeys(
        ("chat_of_ended", "lines_seen", "seats_seen", "gifts_of_session", "gifts_received", "gifts_seen",
         "own_subscribers", "requests_of_session", "bans_of_session", "own_sessions_hosted"), "hosts"),
    "daily_generation_stats": "admins",
}  # fmt: skip
ASKED = [name for name in QUERIES if not name.startswith(("pick_", "make_"))]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of one query over its samples, and the rows it answered with on average."""

    p50_ms: float
    p95_ms: float
    rows: float


def main(arguments: list[str] | None = None) -> None:
    """Measure, compare, write `results/common_queries.json` and, if asked, the plans."""
    options = _options(arguments)
    with _database(options) as (url, size), psycopg.connect(url, row_factory=dict_row, autocommit=True) as conn:
        conn.execute(QUERIES["make_admin"])
        samples = {
            who: conn.execute(QUERIES[f"pick_{who}"], {"samples": options.samples}).fetchall()
            for who in ("viewers", "makers", "hosts", "admins")
        }
        rounds = [
            {name: measure(conn, name, samples[_who(name)], options.samples) for name in ASKED}
            for _ in range(options.rounds)
        ]
        measured = {name: middle([each[name] for each in rounds]) for name in ASKED}
        compared = {name: compare(conn, url, name, samples) for name in SEED_SQL}
        if options.plans:
            options.plans.parent.mkdir(parents=True, exist_ok=True)
            options.plans.write_text(plans(conn, samples, size))
    slow = {name: timed.p95_ms for name, timed in measured.items() if timed.p95_ms > P95_MS_MAX}
    file = write_result("common_queries", {
        "size": size, "samples": options.samples, "rounds": options.rounds, "p95_ms_max": P95_MS_MAX,
        "queries": {name: _rounded(timed) for name, timed in measured.items()},
        "seeds_sql": compared, "too_slow": slow,
    })  # fmt: skip
    print(file.read_text())


def measure(conn: Connection, name: str, samples: list[DictRow], count: int) -> Timed:
    """`count` calls, each by the next sample's person; becoming that person is not timed, planning is."""
    took, rows = [], []
    for number in range(count + WARM_UP):
        sample = samples[number % len(samples)]
        with _acting(conn, sample["me"]):
            started = time.perf_counter()
            found = conn.execute(QUERIES[name], sample, prepare=True).fetchall()
            took.append((time.perf_counter() - started) * 1000)
            rows.append(len(found))
    took = took[WARM_UP:]
    return Timed(statistics.median(took), statistics.quantiles(took, n=20)[18], statistics.mean(rows))


def middle(rounds: list[Timed]) -> Timed:
    """The median of each figure, so that one bad moment of the machine is not the query's."""
    return Timed(*(statistics.median(getattr(each, figure) for each in rounds) for figure in Timed.__slots__))


def compare(conn: Connection, url: str, name: str, samples: Mapping[str, list[DictRow]]) -> dict[str, object]:
    """The seed's SQL by the owner beside ours by the person: equal, and how long the seed's took."""
    asked, world, took, equal = SEED_SQL[name], World(url), [], True
    for sample in samples[_who(name)][:SEED_SAMPLES]:
        person = UUID(sample["me"])
        started = time.perf_counter()
        seeds = asked.seeds(conn, person)
        took.append((time.perf_counter() - started) * 1000)
        equal = equal and seeds == asked.ours(world, person)
    return {"equal": equal, "p50_ms": round(statistics.median(took), 2), "samples": len(took)}


def plans(conn: Connection, samples: Mapping[str, list[DictRow]], size: Mapping[str, int]) -> str:
    """A page with what PostgreSQL does for each query; a function's inside is shown by auto_explain."""
    said: list[str] = []
    # only the plan's own text: the line before it repeats the query
    conn.add_notice_handler(lambda notice: said.append((notice.message_primary or "").partition("\n")[2]))
    for setting, value in (("log_min_duration", "0"), ("log_nested_statements", "on"), ("log_analyze", "on"),
                           ("log_buffers", "on")):  # fmt: skip
        conn.execute("load 'auto_explain'")
        conn.execute("select set_config(%s, %s, false)", (f"auto_explain.{setting}", value))
    counts = ", ".join(f"{count:,} {what}" for what, count in size.items())
    page = [
        "# Query plans\n",
        "What PostgreSQL does for the six common queries and the lists clients make, as `authenticated` under\n"
        f"row-level security, with {counts}.\n\nMade by"
        " `python -m benchmarks.common_queries --plans docs/reference/query-plans.md`; figures are one warm run's.\n",
    ]
    for name in ASKED:
        sample = samples[_who(name)][0]
        text = QUERIES[name].decode()
        sentence, _, statement = text.removeprefix("-- ").partition("\n")
        with _acting(conn, sample["me"]):
            conn.execute(QUERIES[name], sample, prepare=False)
            conn.execute("set local client_min_messages = 'log'")
            said.clear()
            conn.execute(QUERIES[name], sample, prepare=False)
        page += [f"## {name}\n", f"{sentence}\n", f"```sql\n{statement}\n```\n", *_told(said)]
    return "\n".join(page)


def _told(said: list[str]) -> Iterator[str]:
    """The outer plan comes last; the ones inside are those of functions and are repeated per call only once."""
    seen: set[str] = set()
    for plan in reversed([each for each in said if each]):
        shape = re.sub(r"[\d.]+", "", plan)
        if shape not in seen:
            seen.add(shape)
            yield f"```\n{plan.rstrip()}\n```\n"


@contextmanager
def _acting(conn: Connection, person: str) -> Iterator[None]:
    actor = user_actor(UUID(person))
    with conn.transaction():
        conn.execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
            (actor.role, actor.claims),
        )
        yield


@contextmanager
def _database(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, int]]]:
    """The database of `--url` as it is, or a new cluster with the seeded world in it."""
    size = choose_size(options.users, options.images, options.messages, None, None, None)
    counts = {name: getattr(size, name) for name in size.__slots__}
    if options.url:
        yield options.url, counts
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = EmbeddedPostgres(folder / "postgres", free_port(), server_settings={"fsync": "off"})
        cluster.start()
        try:
            migrate(cluster.url)
            settings = read_settings(env_file=None, database_url=cluster.url)
            seed(settings, size, number=1, until=last_midnight())
            yield cluster.url, counts
        finally:
            cluster.stop()


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a seeded database; a superuser's URL")
    for name, count in (
        ("users", 100_000),
        ("images", 1_000_000),
        ("messages", 1_000_000),
        ("samples", 200),
        ("rounds", 3),
    ):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--plans", type=Path, help="write EXPLAIN (ANALYZE, BUFFERS) of each here")
    return parser.parse_args(arguments)


def _who(name: str) -> str:
    return ASKED_BY.get(name, "viewers")


def _rounded(timed: Timed) -> dict[str, float]:
    return {"p50_ms": round(timed.p50_ms, 3), "p95_ms": round(timed.p95_ms, 3), "rows": round(timed.rows, 1)}


if __name__ == "__main__":
    main()
