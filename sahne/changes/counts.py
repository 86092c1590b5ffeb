"""How many changes somebody asked for, and how many sockets they went to, by table, for `/metrics`.

Plain numbers, as there may be hundreds of thousands a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector


class ToldChanges(Collector):
    """Since the start. What went to how many, divided by the changes, is how far one of them fans out."""

    def __init__(self) -> None:
        self.changes: Counter[str] = Counter()
        self.deliveries: Counter[str] = Counter()

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown."""
        for name, what, numbers in (
            ("sahne_realtime_changes", "Changes of tables that somebody follows, by table", self.changes),
            ("sahne_realtime_deliveries", "Channels that changes went to, by table", self.deliveries),
        ):
            family = CounterMetricFamily(name, what, labels=["table"])
            for table, number in numbers.items():
                family.add_metric([table], number)
            yield family


TOLD = ToldChanges()
REGISTRY.register(TOLD)
