"""The alarms and the dashboard ask for what there is: each expression beside the page of the metrics, and tried by promtool."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.absent import absent

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "observability"
ALARMS = DEPLOY / "alerts.yml"
GUIDE = ROOT / "docs" / "guides" / "observability.md"
A_METRIC = re.compile(r"^\| `(sahne_\w+)` \| (\w+) \| (.*?) \|", re.MULTILINE)
AN_ALARM = re.compile(r"^ +- alert: (\w+)\n +expr: (.+)$", re.MULTILINE)
A_USE = re.compile(r"\b(sahne_\w+)(?:\{([^}]*)\})?")
OF_THE_SCRAPER = {"job", "instance"}
PARTS = {"histogram": ("_bucket", "_sum", "_count")}

METRICS = {
    name: (kind, set(re.findall(r"`(\w+)`", labels)))
    for name, kind, labels in A_METRIC.findall((ROOT / "docs" / "reference" / "metrics.md").read_text("utf-8"))
}
SERIES = {
    name + part: (kind, labels | ({"le"} if part == "_bucket" else set()))
    for name, (kind, labels) in METRICS.items()
    for part in PARTS.get(kind, ("",))
}
# Each alarm's word for what must be there, and a series a minute that makes it sound; the neighbour must not
SOUNDS = {
    "SahneDown": ('up{job="sahne-server"}', "0x40", "1x40"),
    "SahneNoDatabase": ('sahne_database_connections{pool="pipeline"}', "0x40", "8x40"),
    "SahneErrors": ('sahne_requests_total{door="/rest/v1",status="500"}', "0+10x40", "0x40"),
    "SahneDatabaseBusy": ('sahne_database_waiting{pool="pipeline"}', "11x40", "10x40"),
    "SahneFailures": ('sahne_facts_total{fact="Failed"}', "0+10x40", "5x40"),
    "SahneNoChanges": ("sahne_realtime_streaming", "0x40", "1x40"),
    "SahneManySockets": ("sahne_realtime_sockets", "9000x40", "7000x40"),
    "SahneDearVerdicts": ('sahne_realtime_verdicts_total{table="a",tier="probe"}', "0+7000x40", "0+600x40"),
    "SahneSlotLost": ('sahne_replication_slots{owner="others",state="lost"}', "1x40", "0x40"),
    "SahneSlotKeepsLog": ('sahne_replication_kept_bytes{owner="others"}', "600000000x40", "100000000x40"),
    "SahneBusDown": ("sahne_bus_up", "0x40", "1x40"),
    "SahneNoWorker": ("sahne_workers", "0x40", "1x40"),
    "SahneJobsLate": ('sahne_job_oldest_seconds{task="a"}', "900x40", "60x40"),
    "SahneInboxLate": ('sahne_backlog_oldest_seconds{lane="livekit_orders"}', "180x40", "60x40"),
    "SahneNoticesLate": ('sahne_backlog_oldest_seconds{lane="deliveries"}', "900x40", "300x40"),
    "SahneWebhooksLate": ('sahne_backlog_oldest_seconds{lane="webhooks"}', "30000x40", "600x40"),
    "SahnePicturesLate": ('sahne_backlog_oldest_seconds{lane="remote_pictures"}', "1000x40", "60x40"),
    "SahneGivenUp": ('sahne_backlog_given_up{lane="store_inbox"}', "1x40", "0x40"),
    "SahneProviderFails": ('sahne_provider_calls_total{outcome="failed",provider="a"}', "0+10x40", "0x40"),
    "SahneMoneyWrong": ("sahne_ledger_faults", "1x40", "0x40"),
    "SahneMoneyUnchecked": ("sahne_ledger_checked_timestamp_seconds", "0x300", "0+60x300"),
    "SahneBudgetNearlySpent": ('sahne_image_spent_dollars{period="day"}', "95x40", "80x40"),
    "SahneBackupOld": ("sahne_backup_timestamp_seconds", "1x2200", "0x2200"),
    "SahneDrillOld": ("sahne_backup_drill_timestamp_seconds", "1x12300", "0x12300"),
}
# What some of them are divided by
BESIDE = {
    "SahneErrors": ('sahne_requests_total{door="/rest/v1",status="200"}', "0+100x40"),
    "SahneProviderFails": ('sahne_provider_calls_total{outcome="answered",provider="a"}', "0+10x40"),
    "SahneBudgetNearlySpent": ('sahne_image_budget_dollars{period="day"}', "100x40"),
}
AFTER_DAYS = {"SahneBackupOld", "SahneDrillOld"}
AT_MINUTES = {"SahneMoneyUnchecked": 240, "SahneBackupOld": 2_160, "SahneDrillOld": 12_240}


def alarms() -> dict[str, str]:
    return dict(AN_ALARM.findall(ALARMS.read_text("utf-8")))


def panels() -> Iterator[tuple[str, str]]:
    """Each expression of the dashboard by its panel's title."""
    for panel in json.loads((DEPLOY / "grafana-dashboard.json").read_text("utf-8"))["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel.get("targets", ()))


EXPRESSIONS = [*alarms().items(), *panels()]


@pytest.mark.parametrize(
    ("title", "expression"), EXPRESSIONS, ids=[f"{title}-{at}" for at, (title, _) in enumerate(EXPRESSIONS)]
)
def test_an_expression_asks_for_metrics_and_labels_that_there_are(title: str, expression: str) -> None:
    uses = A_USE.findall(expression)
    assert uses or "up{" in expression
    asked_for = set()
    for name, matchers in uses:
        assert name in SERIES, f"{title}: nothing is called {name}"
        asked_for |= SERIES[name][1]
        assert set(re.findall(r"(\w+)=?[=~!]", matchers)) <= SERIES[name][1] | OF_THE_SCRAPER, title
    for group in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {label.strip() for label in group.split(",")} <= asked_for | OF_THE_SCRAPER, title


@pytest.mark.parametrize(
    ("title", "expression"), EXPRESSIONS, ids=[f"{title}-{at}" for at, (title, _) in enumerate(EXPRESSIONS)]
)
def test_what_only_grows_is_asked_for_as_a_rate_and_nothing_else_is(title: str, expression: str) -> None:
    counted = set(re.findall(r"\b(?:rate|increase)\((sahne_\w+)", expression))
    grows = {name for name, _ in A_USE.findall(expression) if SERIES[name][0] in ("counter", "histogram")}
    assert counted == grows, title


def test_every_metric_is_looked_at_by_an_alarm_or_on_the_dashboard() -> None:
    looked_at = {name for _, expression in EXPRESSIONS for name, _ in A_USE.findall(expression)}
    assert {name for name in METRICS if not any(each.startswith(name) for each in looked_at)} == set()


def test_the_guide_says_of_every_alarm_what_to_do() -> None:
    assert re.findall(r"^\| `(Sahne\w+)` \|", GUIDE.read_text("utf-8"), re.MULTILINE) == list(alarms())


@pytest.fixture(scope="module")
def promtool() -> str:
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sahne" / "bin" / "promtool"
    program = shutil.which("promtool") or (str(kept) if kept.exists() else None)
    if program is None:
        absent("promtool", "scripts/promtool gets it, where there is apt")
    return program


def test_prometheus_takes_the_rules_and_the_configuration(promtool: str) -> None:
    for command in (
        ["check", "rules", str(ALARMS)],
        ["check", "config", "--syntax-only", str(DEPLOY / "prometheus.yml")],
    ):
        told = subprocess.run([promtool, *command], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr


def test_each_alarm_sounds_when_it_should_and_not_beside_it(promtool: str, tmp_path: Path) -> None:
    """All but the one of a quantile, which the test above holds for being right Prometheus."""
    assert alarms().keys() - SOUNDS.keys() == {"SahneSlow"}
    files = []
    for interval, names in (("10m", SOUNDS.keys() - AFTER_DAYS), ("6h", AFTER_DAYS)):
        tries = [tried(name, SOUNDS[name][1], sounds=True) for name in sorted(names)]
        tries += [tried(name, SOUNDS[name][2], sounds=False) for name in sorted(names)]
        files.append(tmp_path / f"{interval}.yml")
        files[-1].write_text(json.dumps({"rule_files": [str(ALARMS)], "evaluation_interval": interval, "tests": tries}))
    told = subprocess.run([promtool, "test", "rules", *map(str, files)], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def tried(alarm: str, values: str, *, sounds: bool) -> dict[str, object]:
    """A try of promtool's: a series with its neighbour, and whether the alarm sounds for it at the end."""
    series = [(SOUNDS[alarm][0], values), *([BESIDE[alarm]] if alarm in BESIDE else [])]
    query = f'count(ALERTS{{alertname="{alarm}",alertstate="firing"}}) or vector(0)'
    at = AT_MINUTES.get(alarm, 30)
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": each} for name, each in series],
        "promql_expr_test": [
            {"expr": query, "eval_time": f"{at}m", "exp_samples": [{"labels": "{}", "value": int(sounds)}]}
        ],
    }
