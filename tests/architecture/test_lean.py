"""What a program loads is what it needs: by the packages that must stay out of it, and by the size of what is installed.

Seconds are measured by `python -m benchmarks lean`; here is only what can be counted.
"""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.absent import absent

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sahne"
PAGE = PACKAGE / "web" / "index.html"

OF_THE_WORKER = {"numpy", "onnxruntime", "PIL"}
OF_LIVEKIT = {"aiohttp", "google", "livekit"}
OF_THE_SERVER = {"picows", "psycopg_pool", "starlette", "uvicorn", "bcrypt", "cryptography", "prometheus_client"}
OF_THE_DATABASE = {"psycopg", "procrastinate"}
OF_SETTINGS = {"pydantic", "pydantic_core", "pydantic_settings"}
OF_SPEECH = {"rich", "pygments", "orjson"}

WHEEL_BYTES_MAX = 9_000_000  # of which the studio's nets are 7.6 million

# What each of these must not have loaded when it is ready to do its own work
STAYS_OUT: dict[str, set[str]] = {
    "from sahne.cli.main import run; run(['--version'])": OF_THE_WORKER
    | OF_LIVEKIT
    | OF_THE_SERVER
    | OF_THE_DATABASE
    | OF_SETTINGS
    | OF_SPEECH,
    "from sahne.cli.main import run; run(['--help'])": OF_THE_WORKER
    | OF_LIVEKIT
    | OF_THE_SERVER
    | OF_THE_DATABASE
    | OF_SETTINGS,
    "import sahne.cli.status, sahne.cli.keys": OF_THE_WORKER | OF_LIVEKIT | OF_THE_SERVER | OF_THE_DATABASE,
    "import sahne.cli.migrate, sahne.cli.seed, sahne.cli.db": OF_THE_WORKER | OF_LIVEKIT | {"uvicorn", "starlette"},
    "import sahne.cli.user, sahne.cli.coins": OF_THE_WORKER | OF_LIVEKIT | {"uvicorn", "starlette"},
    "import sahne.server": OF_THE_WORKER | OF_LIVEKIT | {"procrastinate", "typer", "rich", "pygments"},
    "import sahne.cli.serve, sahne.cli.up_running": OF_THE_WORKER | OF_LIVEKIT,
}


@pytest.mark.parametrize("program", STAYS_OUT)
def test_a_program_loads_nothing_it_does_not_need(program: str) -> None:
    report = "print(*{each.partition('.')[0] for each in sys.modules}, file=sys.stderr)"
    script = f"import sys\ntry:\n    {program}\nexcept SystemExit: pass\n{report}"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stderr
    assert STAYS_OUT[program] & set(said.split()) == set()


def test_the_wheel_stays_small() -> None:
    if not PAGE.exists():
        absent("the built page", "make install builds it")
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert sum(len(zlib.compress(path.read_bytes())) for path in files) <= WHEEL_BYTES_MAX
