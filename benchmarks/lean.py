"""How light the command line, a start and the server are: processor time of the verbs, megabytes of the server.

`python -m benchmarks lean [--repeats 10]` takes about a minute. A verb's own share is what it costs where nothing
answers: it is loaded, reads its settings, and says so. It is told in processor time too, which a busy machine disturbs
less than the clock. How fast a `sahne up` is, `start` measures.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import free_port, write_result
from benchmarks.start import verdict

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sahne"
REPEATS = 10
VERSION_SECONDS_MAX = 0.3
VERB_SECONDS_MAX = 0.5

VERBS = (
    "--version",
    "--help",
    "status",
    "keys",
    "livekit status",
    "user list",
    "coins check",
    "migrate --status",
    "partitions",
    "db docs",
    "backup list",
)
IMPORT = "import sahne.server"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: by the clock, and the processor's user and system time."""

    seconds: float
    cpu_seconds: float


def main(arguments: list[str] | None = None) -> None:
    """Measure, print what hits and what misses, and write `results/lean.json`."""
    parser = argparse.ArgumentParser(prog="benchmarks lean")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    repeats = parser.parse_args(arguments).repeats
    figures: dict[str, dict[str, float]] = {}
    load_before = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory() as folder:
        environment = alone(Path(folder))
        commands = {verb: [sys.executable, "-m", "sahne", *verb.split()] for verb in VERBS}
        # in turns, so that a busy minute of the machine falls on all alike
        rounds = [{verb: run_once(commands[verb], environment, Path(folder)) for verb in VERBS} for _ in range(repeats)]
        for verb in VERBS:
            figures[verb] = told([each[verb] for each in rounds])
            limit = VERSION_SECONDS_MAX if verb == "--version" else VERB_SECONDS_MAX
            print(
                f"{verb:>18}  {verdict(figures[verb]['cpu_seconds'], limit, 's')}  clock {figures[verb]['seconds']} s"
            )
        imported = [run_once([sys.executable, "-c", IMPORT], environment, Path(folder)) for _ in range(repeats)]
        memory = imported_mb(environment)
    wheel = wheel_bytes()
    print(f"{IMPORT}: {told(imported)['cpu_seconds']} s, {memory:.1f} MB; a wheel holds {wheel / 1e6:.1f} MB")
    file = write_result("lean", {
        "repeats": repeats, "load_average_before": load_before, "load_average": round(os.getloadavg()[0], 1),
        "verbs": figures,
        "server_import": told(imported), "server_import_mb": round(memory, 1), "wheel_bytes": wheel,
    })  # fmt: skip
    print(f"→ {file}")


def alone(folder: Path) -> dict[str, str]:
    """An environment in which nothing of Sahne runs, and a database that nobody answers for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SAHNE_", "DATABASE_URL"))}
    nobody = f"postgresql://a:b@127.0.0.1:{free_port()}/c"
    return kept | {"PYTHONPATH": str(ROOT), "SAHNE_DATA": str(folder / "data"), "DATABASE_URL": nobody}


def run_once(command: list[str], environment: Mapping[str, str], folder: Path) -> Run:
    """Run a command to its end, whatever it exits with."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        command, env=dict(environment), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def told(runs: list[Run]) -> dict[str, float]:
    """Medians."""
    return {
        "seconds": round(statistics.median(each.seconds for each in runs), 2),
        "cpu_seconds": round(statistics.median(each.cpu_seconds for each in runs), 2),
    }


def imported_mb(environment: Mapping[str, str]) -> float:
    """The memory of a process that has imported the server and opened nothing."""
    script = f"{IMPORT}\nimport resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    said = subprocess.run(
        [sys.executable, "-c", script], env=dict(environment), capture_output=True, text=True, check=True
    )
    return float(said.stdout)


def wheel_bytes() -> int:
    """What the package's files take, each compressed as in a wheel."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sum(len(zlib.compress(path.read_bytes())) for path in files)
