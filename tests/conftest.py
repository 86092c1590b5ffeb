"""One PostgreSQL cluster a process, one migrated template, a clone of it for each module that asks (≈ 150 ms).

`pytest -n 3` has three processes, each with a cluster of its own (`tests/sharing.py`).

The embedded PostgreSQL, or with `--postgres 15` the machine's own of that version. `SAHNE_TEST_DATABASE_URL` (a
superuser's URL of any PostgreSQL ≥ 15 with wal_level=logical) replaces both.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import socket
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import psycopg
import pytest

from sahne.database.binaries import Binaries, binaries_in, embedded_binaries
from sahne.database.embedded import EmbeddedPostgres
from sahne.database.migrate import migrate
from sahne.live import Servers
from sahne.providers.livekit import LiveKit
from sahne.server import serving
from sahne.settings import Settings
from sahne.settings.reading import read_settings
from tests.absent import absent
from tests.connections import close_kept
from tests.eventually import eventually
from tests.live_servers import alone
from tests.sharing import FilesAtOnce, own_ports
from tests.watched_operations import watch, wrong
from tests.world import World

TEMPLATE = "sahne_template"
INSTALLED = "/usr/lib/postgresql/{}/bin"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", metavar="MAJOR", help="Test with the machine's PostgreSQL of this version.")
    parser.addoption("--prove", action="store_true", help="Repeat what is proven by repetition as often as it takes.")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A folder of this run's own: another run of pytest as root closes the shared one to PostgreSQL's user."""
    if config.option.basetemp is None:
        config.option.basetemp = Path(tempfile.gettempdir()) / f"sahne-tests-{os.getpid()}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test has a name of its own, by which it is shared out: of two with one name, one would never run."""
    for item in items:
        if operation := getattr(item, "operation_label", None):  # schemathesis', which pytest leaves out of the name
            item._id = item.id.with_params(operation)
    twice = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if twice:
        raise pytest.UsageError(f"Tests of one name: {', '.join(twice)}")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesAtOnce:
    return FilesAtOnce(config, log)


watch()
_ports = own_ports()


@pytest.fixture(autouse=True)
def _operations_answer_as_described() -> Iterator[None]:
    yield
    told = wrong[:]
    wrong.clear()
    assert told == []


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def binaries(pytestconfig: pytest.Config) -> Binaries:
    """PostgreSQL's programs of the version under test."""
    wanted = pytestconfig.getoption("--postgres")
    if wanted is None:
        return embedded_binaries()
    folder = Path(INSTALLED.format(wanted))
    if not (folder / "postgres").exists():
        absent(f"PostgreSQL {wanted}", f"install it where it has {folder}, as scripts/system-packages does")
    return binaries_in(folder)


@pytest.fixture(scope="session")
def cluster_url(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The superuser's URL of a cluster of this run alone."""
    if given := os.environ.get("SAHNE_TEST_DATABASE_URL"):
        if "PYTEST_XDIST_WORKER" in os.environ:
            pytest.exit("One database server is for one process: make test PROCESSES=0")
        yield given
        return
    folder = tmp_path_factory.mktemp("cluster") / "postgres"
    quick = {"fsync": "off", "max_connections": "200"}
    cluster = EmbeddedPostgres(folder, free_port(), server_settings=quick, binaries=binaries)
    cluster.start()
    try:
        yield cluster.url
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def template(cluster_url: str) -> str:
    """The name of a database with every migration applied and no data."""
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"drop database if exists {TEMPLATE} with (force)")
        conn.execute(f"create database {TEMPLATE}")
    migrate(with_database(cluster_url, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="module")
def database_url(cluster_url: str, template: str) -> Iterator[str]:
    """The superuser's URL of a fresh, migrated, empty database for this module."""
    with cloned(cluster_url, template) as url:
        yield url


@pytest.fixture(scope="module")
def world(database_url: str) -> World:
    """The people of this module's database."""
    return World(database_url)


@pytest.fixture
def ada(world: World) -> UUID:
    """A creator, who streams."""
    return world.person(creator=True)


@pytest.fixture
def bo(world: World) -> UUID:
    """Who watches, and has 1,000 coins."""
    return world.person(coins=1_000)


@pytest.fixture
def cem(world: World, ada: UUID) -> UUID:
    """Whom Ada has banned from all her sessions, with 1,000 coins that buy nothing there."""
    cem = world.person(coins=1_000)
    world.verb(ada, "ban_from_all", cem)
    return cem


@pytest.fixture
def dilek(world: World) -> UUID:
    """Who has no coins."""
    return world.person()


@pytest.fixture
def ege(world: World) -> UUID:
    """An admin."""
    return world.admin()


@contextmanager
def cloned(cluster_url: str, template: str) -> Iterator[str]:
    name = f"t_{uuid4().hex[:12]}"
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"create database {name} template {template}")
        url = with_database(cluster_url, name)
        yield url
        close_kept(url)
        eventually(lambda: dropped(conn, name))


def dropped(conn: psycopg.Connection[Any], name: str) -> bool:
    """Whether the database could be dropped: the slot of a feed that has just ended is in use a moment longer."""
    try:
        conn.execute(f"drop database {name} with (force)".encode())
    except psycopg.errors.ObjectInUse:
        return False
    return True


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def free_port() -> int:
    """A port where nobody listens, below those the kernel gives to who connects; not soon again, in no other process."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a cycle has no end")


@dataclass(frozen=True, slots=True)
class Running:
    """A server of this process on a port of its own."""

    settings: Settings

    @property
    def url(self) -> str:
        return self.settings.api_url


ServerStarter = Callable[[Settings], AbstractContextManager[Running]]


@contextmanager
def running_server(
    settings: Settings,
    livekit: LiveKit | None = None,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    *,
    live: Servers | None = None,
) -> Iterator[Running]:
    """Serve on a thread with its own event loop, as clients outside would find it; on one LiveKit, or on several."""
    if livekit is not None:
        live = alone(livekit)
    started = threading.Event()
    stop: list[Callable[[], object]] = []
    failure: list[BaseException] = []

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(stopping.set))
        async with serving(settings, live):
            started.set()
            await stopping.wait()

    def thread() -> None:
        try:
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                runner.run(run())
        except BaseException as error:
            failure.append(error)
        finally:
            started.set()

    worker = threading.Thread(target=thread, name="sahne-server")
    worker.start()
    started.wait(60)
    if failure:
        raise failure[0]
    try:
        yield Running(settings)
    finally:
        stop[0]()
        worker.join(30)
    if failure:
        raise failure[0]


@pytest.fixture(scope="module")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a server over this module's database."""
    data: Path = tmp_path_factory.mktemp("data")
    return read_settings(env_file=None, data=data, port=free_port(), database_url=database_url)


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Running]:
    """Sahne serving over this module's database."""
    with running_server(settings) as running:
        yield running


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Elsewhere a test may say that its machine lacks something; on the build machine nothing may be left out.

    The seed documents are no program: where they do not lie beside the checkout, the kept table of facts stands.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # one of several processes: what became of its tests is told where all are shared out
        return
    skipped = [one for one in reporter.stats.get("skipped", []) if "SEED DOCUMENTS" not in str(one.longrepr)]
    if skipped and os.environ.get("CI"):
        reporter.write_line(f"{len(skipped)} skipped, and none may be here", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if session.exitstatus == pytest.ExitCode.OK:
        shutil.rmtree(session.config.option.basetemp, ignore_errors=True)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave without waiting for the interpreter to be taken apart, where LiveKit's library was used.

    Its threads may still call into Python then, which ends such a thread in the middle of Rust's frames: the process
    aborts, after all tests have passed. What was registered for the exit is done before.
    """
    if "livekit.rtc" in sys.modules:
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        status = reporter._session.exitstatus if reporter is not None else pytest.ExitCode.OK
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(status))
