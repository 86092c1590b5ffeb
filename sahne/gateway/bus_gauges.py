"""How the bus stands, for `/metrics`, where one is set."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sahne.bus.bus import Bus


class BusGauges(Collector):
    """Read off the bus at the moment of asking."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown."""
        bus, tally = self._bus, self._bus.tally
        yield GaugeMetricFamily("sahne_bus_up", "Whether the bus answers", bus.is_up)
        yield GaugeMetricFamily("sahne_bus_servers", "Servers that are heard, with this one", bus.servers)
        yield GaugeMetricFamily("sahne_bus_queued_bytes", "What waits to be said on the bus", bus.queued_bytes)
        messages = CounterMetricFamily("sahne_bus_messages", "Messages, by what became of them", labels=["what"])
        for what in ("said", "heard", "lost", "unread"):
            messages.add_metric([what], getattr(tally, what))
        yield messages
