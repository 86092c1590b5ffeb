"""The programs behind a transaction pooler: what cannot work there says so at its start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.conftest import free_port
from tests.eventually import eventually
from tests.pgbouncer import pgbouncer
from tests.process.sahne_up import run_sahne, started_sahne

pytestmark = pytest.mark.slow

SECRET = "a-secret-of-an-installation-that-is-long-enough"


@pytest.fixture(scope="module")
def pooled_url(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("pooler")
    with pgbouncer(database_url, folder) as url:
        yield url


@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "backup create"])
def test_a_program_that_needs_a_session_of_its_own_says_so(command: str, pooled_url: str, tmp_path: Path) -> None:
    variables = keys() | {"DATABASE_URL": pooled_url, "SAHNE_PORT": str(free_port())}
    done = run_sahne(*command.split(), cwd=tmp_path, variables=variables)
    assert done.returncode == 1
    assert "(pooler_in_between)" in done.stderr
    assert "SAHNE_REPLICATION_URL" in done.stderr
    assert "ready" not in done.stderr


def test_with_a_direct_way_beside_it_everything_works(pooled_url: str, database_url: str, tmp_path: Path) -> None:
    variables = keys() | {"DATABASE_URL": pooled_url, "SAHNE_REPLICATION_URL": database_url}
    assert run_sahne("migrate", cwd=tmp_path, variables=variables).returncode == 0
    assert run_sahne("worker", "--once", cwd=tmp_path, variables=variables).returncode == 0
    out = tmp_path / "serve.log"
    with started_sahne("serve", "--port", str(free_port()), cwd=tmp_path, variables=variables, out=out):
        eventually(lambda: "ready http" in out.read_text(), 30)


def keys() -> dict[str, str]:
    return {
        "SAHNE_JWT_SECRET": SECRET,
        "SAHNE_ANON_KEY": jwt.encode({"role": "anon"}, SECRET),
        "SAHNE_SERVICE_ROLE_KEY": jwt.encode({"role": "service_role"}, SECRET),
        "SAHNE_PUBLISHABLE_KEY": "sb_publishable_of_this_installation",
        "SAHNE_SECRET_KEY": "sb_secret_of_this_installation",
        "SAHNE_CONFIRM_EMAIL": "false",
    }
