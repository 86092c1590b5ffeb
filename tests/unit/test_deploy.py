"""What lies in `deploy/` is true: its commands, settings, files and versions are those of this checkout."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from sahne import __version__
from sahne.cli.app import COMMANDS
from sahne.gateway.fitting_settings import refuse_unfit
from sahne.settings import Settings, variable_of
from sahne.settings.file import WHICH
from sahne.settings.reading import SECRET_FILES, read_settings
from tests.absent import absent
from tests.keys import own_keys

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*@.service"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))
CHART = DEPLOY / "helm" / "sahne"
VARIABLES = {variable_of(each.name) for each in fields(Settings)} | {WHICH, *SECRET_FILES}
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
EXPOSURE_MAX = 20  # of 100, as systemd counts what a unit may do

A_VARIABLE = re.compile(r"\b(?:SAHNE_[A-Z0-9_]+|DATABASE_URL)\b")
A_WORD_TO_SYSTEMD = re.compile(r"\b(?:systemctl|journalctl) [^`\n#|]*")
A_UNIT = re.compile(r"(?<![\w./-])sahne(?:-[\w*]+)?(?:@\w*)?(?:\.\w+)?")
A_COMMAND = re.compile(r"^ExecStart=/opt/sahne/bin/sahne (\S+)", re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_units_and_they_may_do_little(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        absent("systemd-analyze", "the package systemd has it")
    here = unit.read_text("utf-8").replace("/opt/sahne/bin/sahne", str(Path(sys.executable).parent / "sahne"))
    for name in (unit.name, "sahne.target"):
        (tmp_path / name).write_text(here if name == unit.name else (unit.parent / name).read_text("utf-8"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit.name], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    exposed = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", tmp_path / unit.name],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert exposed.returncode == 0, exposed.stdout
    assert A_COMMAND.findall(unit.read_text("utf-8"))[0] in COMMANDS


def is_unit(called: str) -> bool:
    """Whether there is one, by its name, an instance's name or a pattern."""
    name = re.sub(r"@\w*", "@", called)
    units = {path.name for path in (DEPLOY / "systemd").iterdir()}
    return any(fnmatch(unit, each) for unit in units for each in (name, f"{name}.service"))


def test_the_guides_name_units_that_there_are() -> None:
    told = [(guide.name, line) for guide in GUIDES for line in A_WORD_TO_SYSTEMD.findall(guide.read_text("utf-8"))]
    named = [(guide, unit) for guide, line in told for unit in A_UNIT.findall(line)]
    assert len(named) >= 8
    assert [each for each in named if not is_unit(each[1])] == []
    assert not any(map(is_unit, ("sahne", "sahne-worker", "sahne-server")))


def test_prometheus_is_sent_where_the_units_of_a_server_and_a_worker_answer() -> None:
    watched = yaml.safe_load((DEPLOY / "observability" / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    (server,), (worker,) = (each["static_configs"][0]["targets"] for each in watched)
    unit = (DEPLOY / "systemd" / "sahne-worker@.service").read_text("utf-8")
    (port,) = re.findall(r"^Environment=.*\bSAHNE_WORKER_METRICS_PORT=(\S+)", unit, re.MULTILINE)
    assert (server, worker) == ("127.0.0.1:54321", f"127.0.0.1:{port.replace('%i', '1')}")
    assert set(A_VARIABLE.findall(unit)) <= VARIABLES


def test_asking_whether_an_upgrade_is_safe_does_not_begin_it() -> None:
    """Compose starts first what a service waits for, and `serve` waits for `migrate`."""
    assert "migrate" in COMPOSE["services"]["serve"]["depends_on"]
    guide = (ROOT / "docs" / "guides" / "upgrading.md").read_text("utf-8")
    asked = re.findall(r"docker compose run .*?upgrade --check", guide)
    assert asked
    assert [each for each in asked if "--no-deps" not in each] == []


def test_the_file_of_settings_of_the_units_fits_once_its_secrets_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = own_keys()
    secrets = keys | {
        "database_url": "postgresql://sahne:long@127.0.0.1/sahne",
        "authenticator_password": "another",
        "smtp_url": "smtp://sahne:long@mail.example.com",
        "metrics_token": "x" * 32,
    }
    text = (DEPLOY / "sahne.toml").read_text("utf-8").replace("/etc/sahne/secrets", str(tmp_path))
    for name in ("anon_key", "publishable_key"):
        text = re.sub(rf'^{name} = ".*"$', f'{name} = "{keys[name]}"', text, flags=re.MULTILINE)
    named = [name.removesuffix("_file") for name in tomllib.loads(text) if name.endswith("_file")]
    for name in named:
        (tmp_path / name).write_text(f"{secrets[name]}\n")
    (tmp_path / "sahne.toml").write_text(text)
    monkeypatch.setenv(WHICH, str(tmp_path / "sahne.toml"))
    read = read_settings(env_file=None)
    refuse_unfit(read)
    assert {name: getattr(read, name) for name in named} == {name: secrets[name] for name in named}


def test_the_image_copies_what_is_there_and_runs_as_nobody_special() -> None:
    copied = re.findall(r"^COPY ((?!--)\S.*) \S+$", DOCKERFILE, re.MULTILINE)
    sources = {each for line in copied for each in line.split()}
    assert {each for each in sources if not (ROOT / each).exists()} == set()
    kept = re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8"), re.MULTILINE)
    assert set(kept) == sources
    packed = (Path(each) for each in ("docs/README.md", "docs/guides"))  # what the build puts into a wheel
    assert all({str(path), *map(str, path.parents)} & sources for path in packed)
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (\d+)", last, re.MULTILINE)[1] != "0"  # type: ignore[index]
    assert "HEALTHCHECK" in last
    assert set(A_VARIABLE.findall(DOCKERFILE)) <= VARIABLES


def test_the_images_constraints_are_the_locks_versions() -> None:
    (line,) = re.findall(r"RUN (grep .*) > \S+ \\$", DOCKERFILE, re.MULTILINE)
    made = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(made) > 80
    assert [each for each in made if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==\S+( ; .+)?", each)] == []


def test_the_compose_file_runs_our_commands_with_our_settings() -> None:
    text = (DEPLOY / "compose" / "compose.yaml").read_text("utf-8")
    services = COMPOSE["services"]
    ours = {name: each for name, each in services.items() if each["image"].startswith("${SAHNE_IMAGE")}
    assert {each["command"][0] for each in ours.values()} == {"serve", "worker", "migrate"} <= COMMANDS.keys()
    assert set(A_VARIABLE.findall(text)) <= VARIABLES | {"SAHNE_IMAGE"}
    assert {each["image"].partition(":-")[2] for each in ours.values()} == {f"sahne:{__version__}}}"}
    assert [name for name, each in services.items() if "restart" not in each] == []
    for each in ours.values():
        assert (each["read_only"], each["cap_drop"]) == (True, ["ALL"])
    guide = (ROOT / "docs" / "guides" / "deploying.md").read_text("utf-8")
    needed = set(re.findall(r"\$\{(\w+):\?", text))
    assert {name for name in needed if f"{name}=" not in guide} == set()


def test_the_charts_settings_are_settings_and_its_version_is_ours() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    assert str(chart["appVersion"]) == __version__
    assert set(values["settings"]) <= {each.name for each in fields(Settings)}
    for path in (CHART / "values.yaml", *CHART.glob("templates/*")):
        assert set(A_VARIABLE.findall(path.read_text("utf-8"))) <= VARIABLES
