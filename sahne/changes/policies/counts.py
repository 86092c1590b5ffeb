"""How many changes were judged for how many viewers, by table and by how, for `/metrics`.

Plain numbers, as there may be hundreds a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

REUSED = "reused"  # instead of the tier, where nothing had to be asked


class JudgedChanges(Collector):
    """Questions and verdicts since the start; a question is a change and a role."""

    def __init__(self) -> None:
        self.changes: Counter[tuple[str, str]] = Counter()
        self.verdicts: Counter[tuple[str, str]] = Counter()

    def add(self, table: str, way: str, viewers: int) -> None:
        """A change of `table` was judged for so many viewers of a role."""
        self.changes[table, way] += 1
        self.verdicts[table, way] += viewers

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown."""
        for name, what, numbers in (
            ("sahne_realtime_judged_changes", "Changes and roles that were judged, by table and tier", self.changes),
            ("sahne_realtime_verdicts", "Viewers that were judged, by table and tier", self.verdicts),
        ):
            family = CounterMetricFamily(name, what, labels=["table", "tier"])
            for (table, way), number in numbers.items():
                family.add_metric([table, way], number)
            yield family


JUDGED = JudgedChanges()
REGISTRY.register(JUDGED)
